"""Convolutions and batch norm as TensorFlow runs them fastest; the twin of `backend/jax/kernels.py`.

All tensors are channels-last: [batch, height, width, channels].
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

Tensor = Any

# The CPU kernel of the depthwise filter gradient was several times slower for filters wider than this
# (benchmarks/darts_notes.md), so wider ones are computed as strips of columns.
_FILTER_GRADIENT_STRIP = 3
_UNIT = [1, 1, 1, 1]


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
    if stride == 1 and 2 * padding == kernel.shape[0] - 1:
        return _same_depthwise_conv(x, kernel)
    pads = [[0, 0], [padding, padding], [padding, padding], [0, 0]]
    return tf.nn.depthwise_conv2d(tf.pad(x, pads), kernel, [1, stride, stride, 1], "VALID")


@tf.custom_gradient
def _same_depthwise_conv(x: Tensor, filters: Tensor) -> tuple[Tensor, Callable[[Tensor], tuple[Tensor, Tensor]]]:
    """Depthwise convolution at stride 1 that keeps height and width, with a faster filter gradient."""

    def gradient(dy: Tensor) -> tuple[Tensor, Tensor]:
        dx = tf.nn.depthwise_conv2d_backprop_input(tf.shape(x), filters, dy, _UNIT, "SAME")
        return dx, _filter_gradient(x, dy, filters.shape[0])

    return tf.nn.depthwise_conv2d(x, filters, _UNIT, "SAME"), gradient


def _filter_gradient(x: Tensor, dy: Tensor, size: int) -> Tensor:
    """Gradient of a square filter of odd size, in strips of few columns where one kernel would be slow."""
    channels = x.shape[-1]
    if size <= _FILTER_GRADIENT_STRIP:
        return tf.nn.depthwise_conv2d_backprop_filter(x, [size, size, channels, 1], dy, _UNIT, "SAME")
    margin, width = size // 2, dy.shape[2]
    x = tf.pad(x, [[0, 0], [margin, margin], [margin, margin], [0, 0]])
    strips = []
    for first in range(0, size, _FILTER_GRADIENT_STRIP):
        columns = min(_FILTER_GRADIENT_STRIP, size - first)
        seen = x[:, :, first : first + width + columns - 1, :]
        shape = [size, columns, channels, 1]
        strips.append(tf.nn.depthwise_conv2d_backprop_filter(seen, shape, dy, _UNIT, "VALID"))
    return tf.concat(strips, axis=1)


def conv(x: Tensor, kernel: Tensor, stride: int, padding: int) -> Tensor:
    """Convolution with symmetric zero padding.

    Args:
        x: [batch, height, width, in channels].
        kernel: [k, k, in channels, out channels].
        stride: step in both directions.
        padding: zeros added on each of the four sides.
    """
    if kernel.shape[:2] == [1, 1] and not padding:
        x, stride = x[:, ::stride, ::stride], 1  # see SubsamplingConv2D in kerasnas.training.backend.tensorflow
    return tf.nn.conv2d(x, kernel, stride, _explicit(padding, padding, padding, padding))


def grouped_pointwise(x: Tensor, kernel: Tensor) -> Tensor:
    """1x1 convolution within each group of channels.

    Args:
        x: [batch, height, width, groups * in channels], one group after the other.
        kernel: [1, 1, in channels, groups * out channels].

    Returns:
        [batch, height, width, groups * out channels].
    """
    if x.dtype == tf.float64:  # grouped convolutions have gradients in single precision and lower only
        _, _, channels, width = kernel.shape
        grouped = tf.reshape(x, [-1, *x.shape[1:3], x.shape[3] // channels, channels])
        filters = tf.reshape(kernel, [channels, x.shape[3] // channels, -1])
        y = tf.einsum("nhwgc,cgf->nhwgf", grouped, filters)
        return tf.reshape(y, [-1, *x.shape[1:3], width])
    return tf.nn.conv2d(x, kernel, 1, "VALID")


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
    if x.dtype == tf.float64:  # the fused kernel knows single precision and lower only
        return _plain_batch_norm(x, scale, offset, epsilon)
    return tf.compat.v1.nn.fused_batch_norm(x, scale, offset, epsilon=epsilon, is_training=True)


def _plain_batch_norm(x: Tensor, scale: Tensor, offset: Tensor, epsilon: float) -> tuple[Tensor, Tensor, Tensor]:
    # Not tf.nn.moments: it stops a gradient inside, which is wrong from the second derivative on.
    mean = tf.reduce_mean(x, [0, 1, 2])
    variance = tf.reduce_mean(tf.square(x - mean), [0, 1, 2])
    count = tf.cast(tf.size(x) // tf.size(mean), x.dtype)
    y = tf.nn.batch_normalization(x, mean, variance, offset, scale, epsilon)
    return y, mean, variance * count / (count - 1)


def _explicit(top: int, bottom: int, left: int, right: int) -> list[list[int]]:
    return [[0, 0], [top, bottom], [left, right], [0, 0]]


def traced_once(function: Callable[..., Any]) -> Callable[..., Any]:
    """A pure function of tensors that is traced once per shape and called, not copied, at every use."""
    return tf.function(function, autograph=False, experimental_attributes={"_noinline": True})


def add_all(terms: list[Tensor]) -> Tensor:
    """The sum of tensors of one shape, in one pass."""
    return tf.add_n(terms)


@tf.custom_gradient
def max_pool(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """Maximum over the real pixels of 3x3 windows at stride 1; the shape stays."""

    def gradient(dy: Tensor) -> Tensor:
        # The fast gradient kernel needs the forward one in the same function, so the pool is run again.
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.nn.max_pool2d(x, 3, 1, "SAME")
        return tape.gradient(y, x, output_gradients=dy)

    return tf.nn.max_pool2d(x, 3, 1, "SAME"), gradient


def uniform(seed: int, step: Tensor, shape: tuple[int, ...], dtype: Any) -> Tensor:
    """Numbers drawn uniformly from (0, 1), which depend on `seed` and `step` alone."""
    pair = tf.stack([tf.constant(seed, tf.int32), tf.cast(step, tf.int32)])
    return tf.random.stateless_uniform(shape, pair, minval=tf.as_dtype(dtype).as_numpy_dtype(1e-30), dtype=dtype)


def recomputed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function of tensors, whose gradient computes it anew and so keeps its arguments alone."""

    def call(*arguments: Any) -> Any:
        structure = arguments

        def flat_call(*flat: Tensor) -> Any:
            return function(*tf.nest.pack_sequence_as(structure, flat))

        return tf.recompute_grad(flat_call)(*tf.nest.flatten(arguments))

    return call


def after(value: Tensor, others: list[Tensor]) -> Tensor:
    """The same value, which is ready no sooner than all of `others`."""
    with tf.control_dependencies(others):
        return tf.identity(value)


def split(x: Tensor, sizes: list[int], axis: int = 0) -> list[Tensor]:
    """Pieces of these sizes along an axis. Keras' `split` works the sizes out in the graph, in twenty nodes."""
    return tf.split(x, sizes, axis)
