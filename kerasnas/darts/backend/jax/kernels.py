"""Convolutions and batch norm in JAX; the twin of `backend/tensorflow/kernels.py`.

All tensors are channels-last: [batch, height, width, channels].
"""

from collections.abc import Callable
from itertools import accumulate
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

Tensor = Any

_LAYOUT = ("NHWC", "HWIO", "NHWC")


def depthwise_conv(x: Tensor, kernel: Tensor, stride: int, padding: int) -> Tensor:
    """Depthwise convolution with symmetric zero padding.

    Args:
        x: [batch, height, width, channels].
        kernel: [k, k, channels, 1], one filter per channel.
        stride: step in both directions.
        padding: zeros added on each of the four sides.

    Returns:
        [batch, (height + 2 padding - k) // stride + 1, the same of width, channels].
    """
    return lax.conv_general_dilated(
        x,
        jnp.swapaxes(kernel, 2, 3),
        (stride, stride),
        [(padding, padding)] * 2,
        dimension_numbers=_LAYOUT,
        feature_group_count=x.shape[-1],
    )


def conv(x: Tensor, kernel: Tensor, stride: int, padding: int) -> Tensor:
    """Convolution with symmetric zero padding.

    Args:
        x: [batch, height, width, in channels].
        kernel: [k, k, in channels, out channels].
        stride: step in both directions.
        padding: zeros added on each of the four sides.
    """
    pads = [(padding, padding)] * 2
    return lax.conv_general_dilated(x, kernel, (stride, stride), pads, dimension_numbers=_LAYOUT)


def grouped_pointwise(x: Tensor, kernel: Tensor) -> Tensor:
    """1x1 convolution within each group of channels.

    Args:
        x: [batch, height, width, groups * in channels], one group after the other.
        kernel: [1, 1, in channels, groups * out channels].

    Returns:
        [batch, height, width, groups * out channels].
    """
    _, _, channels, width = kernel.shape
    groups = x.shape[-1] // channels
    grouped = jnp.reshape(x, (*x.shape[:-1], groups, channels))
    filters = jnp.reshape(kernel, (channels, groups, -1))
    return jnp.reshape(jnp.einsum("nhwgc,cgf->nhwgf", grouped, filters), (*x.shape[:-1], width))


def batch_norm(x: Tensor, scale: Tensor, offset: Tensor, epsilon: float) -> tuple[Tensor, Tensor, Tensor]:
    """Batch norm with the statistics of this batch.

    Args:
        x: [batch, height, width, channels].
        scale: [channels].
        offset: [channels].
        epsilon: added to the variance.

    Returns:
        The normalised batch, its mean and its unbiased variance (n / (n - 1)), both [channels].
    """
    mean, variance = jnp.mean(x, (0, 1, 2)), jnp.var(x, (0, 1, 2))
    count = x.size // x.shape[-1]
    y = (x - mean) * (lax.rsqrt(variance + epsilon) * scale) + offset
    return y, mean, variance * (count / (count - 1))


def traced_once(function: Callable[..., Any]) -> Callable[..., Any]:
    """A pure function of tensors that is traced once per shape and called, not copied, at every use."""
    return jax.jit(function)


def add_all(terms: list[Tensor]) -> Tensor:
    """The sum of tensors of one shape, in one pass."""
    return sum(terms[1:], terms[0])


def max_pool(x: Tensor) -> Tensor:
    """Maximum over the real pixels of 3x3 windows at stride 1; the shape stays."""
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 3, 3, 1), (1, 1, 1, 1), "SAME")


def uniform(seed: int, step: Tensor, shape: tuple[int, ...], dtype: Any) -> Tensor:
    """Numbers drawn uniformly from (0, 1), which depend on `seed` and `step` alone."""
    key = jax.random.fold_in(jax.random.key(seed), step)
    return jax.random.uniform(key, shape, dtype, minval=jnp.finfo(dtype).tiny)


def recomputed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function of tensors, whose gradient computes it anew and so keeps its arguments alone."""
    return jax.checkpoint(function)


def after(value: Tensor, others: list[Tensor]) -> Tensor:
    """The same value, which is ready no sooner than all of `others`."""
    return jax.lax.optimization_barrier((value, others))[0]


def split(x: Tensor, sizes: list[int], axis: int = 0) -> list[Tensor]:
    """Pieces of these sizes along an axis."""
    return jnp.split(x, list(accumulate(sizes))[:-1], axis)
