"""Pure functions on pixels that several operations of a state share: pools and phases."""

from typing import Any

import numpy as np
from keras import ops

from kerasnas.darts.backend import load
from kerasnas.darts.primitives import Kind, Primitive

Tensor = Any


def pool(x: Tensor, primitive: Primitive, stride: int) -> Tensor:
    """Pool over real pixels only: what lies outside the image counts neither as zero nor at all.

    Args:
        x: [batch, height, width, channels].
        primitive: of kind AVERAGE_POOL or MAX_POOL.
        stride: 1 or 2; the window is centred on every pixel, or on every second.

    Returns:
        [batch, ceil(height / stride), ceil(width / stride), channels].
    """
    size, margin = primitive.kernel, primitive.kernel // 2
    if stride == 1 and primitive.kind is Kind.MAX_POOL and size == 3:
        return load("kernels").max_pool(x)
    run = ops.max_pool if primitive.kind is Kind.MAX_POOL else ops.average_pool
    if stride == 1:
        return run(x, size, strides=1, padding="same", data_format="channels_last")
    pads = [(0, 0), (margin, margin), (margin, margin), (0, 0)]
    outside = -np.inf if primitive.kind is Kind.MAX_POOL else 0.0
    pooled = run(
        ops.pad(x, pads, constant_values=outside),
        size,
        strides=stride,
        padding="valid",
        data_format="channels_last",
    )
    if primitive.kind is Kind.MAX_POOL:
        return pooled
    share = np.outer(*(_share_of_real_pixels(length, size, stride) for length in x.shape[1:3]))
    return pooled / ops.convert_to_tensor(share[None, :, :, None], pooled.dtype)


def _share_of_real_pixels(length: int, size: int, stride: int) -> np.ndarray:
    """For each window along one axis, which part of it lies inside the image."""
    inside = np.pad(np.ones(length), size // 2)
    windows = np.lib.stride_tricks.sliding_window_view(inside, size)[::stride]
    return windows.mean(axis=1)


def split_phases(x: Tensor) -> Tensor:
    """Take the pixels of even and of odd rows and columns apart, into the batch.

    A convolution of dilation 2 never mixes the four phases, so on them it is a dense convolution.

    Args:
        x: [batch, height, width, channels], height and width even.

    Returns:
        [4 * batch, height / 2, width / 2, channels].
    """
    _, height, width, channels = x.shape
    x = ops.reshape(x, (-1, height // 2, 2, width // 2, 2, channels))
    x = ops.transpose(x, (2, 4, 0, 1, 3, 5))
    return ops.reshape(x, (-1, height // 2, width // 2, channels))


def join_phases(x: Tensor) -> Tensor:
    """The inverse of `split_phases`: [4 * batch, h, w, channels] to [batch, 2 h, 2 w, channels]."""
    _, height, width, channels = x.shape
    x = ops.reshape(x, (2, 2, -1, height, width, channels))
    x = ops.transpose(x, (2, 3, 0, 4, 1, 5))
    return ops.reshape(x, (-1, 2 * height, 2 * width, channels))


def every_second(x: Tensor) -> Tensor:
    """The pixels of even rows and columns: [batch, h, w, c] to [batch, ceil(h / 2), ceil(w / 2), c]."""
    # A pool of one pixel is several times faster than a strided slice on the CPU, and so is its gradient.
    return ops.max_pool(x, 1, strides=2, padding="valid", data_format="channels_last")
