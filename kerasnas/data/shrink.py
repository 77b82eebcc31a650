"""Smaller images."""

from __future__ import annotations

import numpy as np

from kerasnas.errors import DataError


def shrunk(images: np.ndarray, factor: int) -> np.ndarray:
    """Return images `(n, h, w, c)` as `(n, h / factor, w / factor, c)`, by means over squares, in their type.

    Raises:
        DataError: height or width cannot be divided by `factor`.
    """
    if factor == 1:
        return images
    n, height, width, channels = images.shape
    if factor < 1 or height % factor or width % factor:
        raise DataError(f"images of {height} x {width} cannot be shrunk by {factor}; it must divide both sides")
    squares = images.reshape(n, height // factor, factor, width // factor, factor, channels).mean((2, 4))
    return np.round(squares).astype(images.dtype) if images.dtype == np.uint8 else squares.astype(images.dtype)
