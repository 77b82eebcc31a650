"""The small layers of a supernet: weights with PyTorch's default initial values, and batch norm."""

import math
from typing import Any

import keras
from keras import ops

from kerasnas.darts.backend import load
from kerasnas.darts.vectors import flatten, unflatten

Tensor = Any

EPSILON = 1e-5
MOMENTUM = 0.9


def fan_in_uniform(fan_in: int) -> keras.initializers.Initializer:
    """PyTorch's default for convolutions and linear layers: uniform within 1 / sqrt(fan_in)."""
    bound = 1 / math.sqrt(fan_in)
    return keras.initializers.RandomUniform(-bound, bound)


class BatchNorm(keras.layers.Layer):
    """Batch norm as PyTorch has it: unbiased moving variance, momentum 0.1 (Keras' 0.9), epsilon 1e-5.

    Args:
        channels: number of channels.
        affine: whether scale and offset are learnt.

    Call arguments:
        x: [batch, height, width, channels].
        scale: [channels], multiplies the result; for layers that are not affine.
        training: whether this batch's statistics are used. They are then left in `moving_mean` and
            `moving_variance` as they are: whoever trains moves all statistics at once, by `moved_statistics`.
    """

    def __init__(self, channels: int, affine: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._channels = channels
        self._kernels = load("kernels")
        shape = (channels,)
        self.moving_mean = self.add_weight(shape=shape, initializer="zeros", trainable=False, name="mean")
        self.moving_variance = self.add_weight(shape=shape, initializer="ones", trainable=False, name="variance")
        self.gamma = self.add_weight(shape=shape, initializer="ones", name="gamma") if affine else None
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta") if affine else None
        self.built = True

    def call(self, x: Tensor, scale: Tensor | None = None, training: bool = False) -> Tensor:
        """Normalise `x`; see the class."""
        if scale is None:
            scale = self.gamma if self.gamma is not None else ops.ones((self._channels,), x.dtype)
        offset = self.beta if self.beta is not None else ops.zeros((self._channels,), x.dtype)
        scale, offset = ops.convert_to_tensor(scale), ops.convert_to_tensor(offset)
        if not training:
            slope = scale * ops.rsqrt(self.moving_variance + EPSILON)
            return x * slope + (offset - self.moving_mean * slope)
        y, mean, variance = self._kernels.batch_norm(x, scale, offset, EPSILON)
        self.moving_mean.assign(mean)
        self.moving_variance.assign(variance)
        return y


def moved_statistics(moving: list[Tensor], batch: list[Tensor]) -> list[Tensor]:
    """The moving statistics after a batch, by PyTorch's rule; all as one vector, since there are some thousand.

    Args:
        moving: before the batch, each [channels].
        batch: the batch's own, each [channels].
    """
    if not moving:
        return []
    return unflatten(MOMENTUM * flatten(moving) + (1 - MOMENTUM) * flatten(batch), moving)


class ConvBatchNorm(keras.layers.Layer):
    """Convolution without bias, then batch norm.

    Args:
        channels: input channels.
        filters: output channels.
        kernel: side of the window in pixels.
        stride: step in pixels.
        affine: whether the batch norm's scale and offset are learnt.
        relu: whether a ReLU comes first.

    Call arguments:
        x: [batch, height, width, channels].
        training: see `BatchNorm`.
    """

    def __init__(
        self,
        channels: int,
        filters: int,
        kernel: int,
        stride: int = 1,
        affine: bool = False,
        relu: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._stride, self._padding, self._relu = stride, kernel // 2, relu
        self._kernels = load("kernels")
        self.kernel = self.add_weight(
            shape=(kernel, kernel, channels, filters),
            initializer=fan_in_uniform(kernel * kernel * channels),
            name="kernel",
        )
        self.norm = BatchNorm(filters, affine)
        self.built = True

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """Convolve and normalise `x`; see the class."""
        x = ops.relu(x) if self._relu else x
        x = self._kernels.conv(x, self.kernel.value, self._stride, self._padding)
        return self.norm(x, training=training)


class FactorizedReduce(keras.layers.Layer):
    """Halve height and width: ReLU, two 1x1 convolutions one pixel apart, one batch norm over both.

    Several reductions of one input run as one: `copies` of them lie side by side in the output's channels.

    Args:
        channels: input channels.
        filters: output channels of each copy, an even number.
        copies: number of independent reductions.

    Call arguments:
        x: [batch, height, width, channels], height and width even.
        scale: [copies * filters] or None, see `BatchNorm`.
        training: see `BatchNorm`.
    """

    def __init__(self, channels: int, filters: int, copies: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._copies, self._half = copies, filters // 2
        self._kernels = load("kernels")
        shape = (channels, copies, self._half)
        self.even = self.add_weight(shape=shape, initializer=fan_in_uniform(channels), name="even")
        self.odd = self.add_weight(shape=shape, initializer=fan_in_uniform(channels), name="odd")
        self.norm = BatchNorm(copies * filters)
        self.built = True

    def call(self, x: Tensor, scale: Tensor | None = None, training: bool = False) -> Tensor:
        """Reduce `x`; see the class."""
        kernel = ops.concatenate(
            [self._at_corner(self.even, first=True), self._at_corner(self.odd, first=False)], axis=-1
        )
        kernel = ops.reshape(kernel, (2, 2, kernel.shape[2], -1))
        return self.norm(self._kernels.conv(ops.relu(x), kernel, 2, 0), scale=scale, training=training)

    def _at_corner(self, weights: Tensor, first: bool) -> Tensor:
        """A 1x1 kernel as the first or the last tap of a 2x2 one, [2, 2, channels, copies, half]."""
        # Cutting a row and a column off the image instead costs a copy of it, and more in the gradient.
        where = (0, 1) if first else (1, 0)
        return ops.pad(ops.expand_dims(weights.value, (0, 1)), [where, where, (0, 0), (0, 0), (0, 0)])
