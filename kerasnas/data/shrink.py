"""Smaller images."""

from __future__ import annotations

import numpy as np

from kerasnas.errors import DataError


def shrunk(images: np.ndarray, factor: int) -> np.ndarray:
    """Return images `(n, h, w, c)` as `(n, h // factor, w // factor, c)`, by means over squares, in their type.

    What fills no square is left out, at the lower and the right edge.

    Raises:
        DataError: a side is shorter than one square.
    """
    if factor == 1:
        return images
    n, height, width, channels = images.shape
    rows, columns = (height // factor, width // factor) if factor > 0 else (0, 0)
    if not (rows and columns):
        raise DataError(
            f"images of {height} x {width} cannot be shrunk by {factor}, expected from 1 to {min(height, width)}"
        )
    whole = images[:, : rows * factor, : columns * factor]
    squares = whole.reshape(n, rows, factor, columns, factor, channels).mean((2, 4))
    return np.round(squares).astype(images.dtype) if images.dtype == np.uint8 else squares.astype(images.dtype)
