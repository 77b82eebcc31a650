"""Changing the images of each epoch at random, alike on every backend. Needs numpy alone."""

from __future__ import annotations

from typing import Literal

import numpy as np

MARGIN = 4
"""Pixels of black on each side of the image that a crop is taken from, as for CIFAR in the papers."""

MOST_DEGREES = 15.0
"""By which an image is turned, either way."""

_TURNED_AT_ONCE = 256  # the coordinates of all images at once would take several times their memory


def augmented(
    images: np.ndarray, names: str, cutout: int, fill: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Return changed copies of `images`, of the same shape and type.

    Args:
        images: `(n, height, width, channels)`.
        names: none or some of these, separated by commas: `crop`, a window of the image's size out of the image with
            `MARGIN` pixels of black around it; `shift`, the same, but with the pixels at the border going on outwards,
            as suits photographs on a plain ground; `flip`, left to right, every second image on average; `rotate`, by
            up to `MOST_DEGREES` either way around the middle, the border going on outwards.
        cutout: side in pixels of a square, around any pixel and cut off at the borders, that is painted over (DeVries
            and Taylor 2017, arXiv 1708.04552); 0 for none.
        fill: the colour of that square, `(channels,)`; the mean one is what the papers' zero after normalising is.
        generator: decides what is drawn.
    """
    if "crop" in names.split(","):
        images = _cropped(images, "constant", generator)
    if "shift" in names.split(","):
        images = _cropped(images, "edge", generator)
    if "flip" in names.split(","):
        flipped = generator.random(len(images)) < 0.5
        images = np.where(flipped[:, None, None, None], images[:, :, ::-1], images)
    if "rotate" in names.split(","):
        images = _rotated(images, generator)
    if cutout:
        images = np.where(_squares(images.shape, cutout, generator), fill.astype(images.dtype), images)
    return images


def _cropped(images: np.ndarray, around: Literal["constant", "edge"], generator: np.random.Generator) -> np.ndarray:
    count, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), around)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    down, right = generator.integers(0, 2 * MARGIN + 1, (2, count))
    return np.moveaxis(windows[np.arange(count), down, right], 1, -1)


def _rotated(images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    angles = np.deg2rad(generator.uniform(-MOST_DEGREES, MOST_DEGREES, (len(images), 1, 1)))
    starts = range(0, len(images), _TURNED_AT_ONCE)
    pieces = (slice(start, start + _TURNED_AT_ONCE) for start in starts)
    return np.concatenate([_turned(images[piece], angles[piece]) for piece in pieces])


def _turned(images: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Return turned images, each pixel the mean of the four that its centre comes to lie between, by nearness.

    Args:
        images: `(n, height, width, channels)`.
        angles: `(n, 1, 1)`, in radians.
    """
    count, height, width, _ = images.shape
    rows = np.arange(height)[:, None] - (height - 1) / 2
    columns = np.arange(width)[None, :] - (width - 1) / 2
    down = np.cos(angles) * rows + np.sin(angles) * columns + (height - 1) / 2
    right = np.cos(angles) * columns - np.sin(angles) * rows + (width - 1) / 2
    result = np.zeros(images.shape, np.float32)
    number = np.arange(count)[:, None, None]
    for i in (0, 1):
        for j in (0, 1):
            y, x = np.floor(down) + i, np.floor(right) + j
            weight = (1 - np.abs(down - y)) * (1 - np.abs(right - x))
            row, column = np.clip(y, 0, height - 1).astype(int), np.clip(x, 0, width - 1).astype(int)
            result += weight[..., None] * images[number, row, column]
    return np.round(result).astype(images.dtype) if images.dtype == np.uint8 else result.astype(images.dtype)


def _squares(shape: tuple[int, ...], side: int, generator: np.random.Generator) -> np.ndarray:
    """Return which pixels of each image lie in its square, `(n, height, width, 1)`."""

    def covered(length: int) -> np.ndarray:
        middle = generator.integers(0, length, (shape[0], 1))
        offset = np.arange(length) - middle
        return (offset >= -(side // 2)) & (offset < side - side // 2)

    rows, columns = covered(shape[1]), covered(shape[2])
    return rows[:, :, None, None] & columns[:, None, :, None]
