"""Changing the images of each epoch at random, alike on every backend. Needs numpy alone."""

from __future__ import annotations

import numpy as np

MARGIN = 4
"""Pixels of black on each side of the image that a crop is taken from, as for CIFAR in the papers."""


def augmented(
    images: np.ndarray, names: str, cutout: int, fill: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Return changed copies of `images`, of the same shape and type.

    Args:
        images: `(n, height, width, channels)`.
        names: none, one or both of these, separated by a comma: `crop`, a window of the image's size out of the image
            with `MARGIN` pixels of black around it; `flip`, left to right, every second image on average.
        cutout: side in pixels of a square, around any pixel and cut off at the borders, that is painted over (DeVries
            and Taylor 2017, arXiv 1708.04552); 0 for none.
        fill: the colour of that square, `(channels,)`; the mean one is what the papers' zero after normalising is.
        generator: decides what is drawn.
    """
    if "crop" in names.split(","):
        images = _cropped(images, generator)
    if "flip" in names.split(","):
        flipped = generator.random(len(images)) < 0.5
        images = np.where(flipped[:, None, None, None], images[:, :, ::-1], images)
    if cutout:
        images = np.where(_squares(images.shape, cutout, generator), fill.astype(images.dtype), images)
    return images


def _cropped(images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    count, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    down, right = generator.integers(0, 2 * MARGIN + 1, (2, count))
    return np.moveaxis(windows[np.arange(count), down, right], 1, -1)


def _squares(shape: tuple[int, ...], side: int, generator: np.random.Generator) -> np.ndarray:
    """Return which pixels of each image lie in its square, `(n, height, width, 1)`."""

    def covered(length: int) -> np.ndarray:
        middle = generator.integers(0, length, (shape[0], 1))
        offset = np.arange(length) - middle
        return (offset >= -(side // 2)) & (offset < side - side // 2)

    rows, columns = covered(shape[1]), covered(shape[2])
    return rows[:, :, None, None] & columns[:, None, :, None]
