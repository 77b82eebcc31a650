"""The learnt operations of all edges that leave one state, each kind run as one grouped operation.

Every layer here maps a state [batch, height, width, channels] to [batch, height', width', edges * channels]:
what each edge carries lies side by side in the channels. The softmax weight of an operation enters as the
scale of its last batch norm, so mixing costs no pass over the data and its gradient is the norm's own.
"""

from typing import Any

import keras
from keras import ops

from kerasnas.darts.backend import load
from kerasnas.darts.layers import BatchNorm, fan_in_uniform
from kerasnas.darts.primitives import Primitive

Tensor = Any


def spread_taps(kernel: Tensor, distance: int) -> Tensor:
    """Set zeros between a kernel's taps: [k, k, channels, 1] to [d (k - 1) + 1, d (k - 1) + 1, channels, 1]."""
    if distance == 1:
        return kernel
    size, _, channels, _ = kernel.shape
    wide = ops.reshape(kernel, (size, 1, size, 1, channels))
    wide = ops.pad(wide, [(0, 0), (0, distance - 1), (0, 0), (0, distance - 1), (0, 0)])
    wide = ops.reshape(wide, (size * distance, size * distance, channels, 1))
    return wide[: 1 - distance, : 1 - distance]


class SeparableEdges(keras.layers.Layer):
    """A separable convolution on every edge: `repeats` times ReLU, depthwise, pointwise, batch norm.

    The input comes with the first ReLU applied, repeated once per edge, since several operations share it.
    A dilated convolution receives the input split into phases (`split_phases`), which makes it a dense one;
    where the image cannot be split, its kernel is spread instead.

    Args:
        primitive: a primitive of kind SEPARABLE.
        channels: channels of the state.
        edges: number of edges that leave the state.
        stride: stride of the first depthwise convolution.

    Call arguments:
        x: [batch, height, width, edges * channels], not negative.
        scale: [edges * channels], the softmax weight of this operation on each channel of each edge.
        spread: distance of the depthwise kernel's taps in pixels of `x`.
        training: see `BatchNorm`.
    """

    def __init__(self, primitive: Primitive, channels: int, edges: int, stride: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._stride, self._padding = stride, primitive.kernel // 2
        self._kernels = load("kernels")
        size, repeats = primitive.kernel, range(primitive.repeats)
        self.depthwise = [
            self.add_weight(
                shape=(size, size, edges * channels, 1),
                initializer=fan_in_uniform(size * size),
                name=f"depthwise_{i}",
            )
            for i in repeats
        ]
        self.pointwise = [
            self.add_weight(
                shape=(1, 1, channels, edges * channels), initializer=fan_in_uniform(channels), name=f"pointwise_{i}"
            )
            for i in repeats
        ]
        self.norms = [BatchNorm(edges * channels) for _ in repeats]
        self.built = True

    def call(self, x: Tensor, scale: Tensor, spread: int = 1, training: bool = False) -> Tensor:
        """What this operation adds to each edge; see the class."""
        x = self._convolve(x, 0, self._stride, spread)
        for i in range(1, len(self.norms)):
            x = ops.relu(self.norms[i - 1](x, training=training))
            x = self._convolve(x, i, 1, spread)
        return self.norms[-1](x, scale=scale, training=training)

    def _convolve(self, x: Tensor, i: int, stride: int, spread: int) -> Tensor:
        kernel = spread_taps(self.depthwise[i].value, spread)
        x = self._kernels.depthwise_conv(x, kernel, stride, self._padding * spread)
        return self._kernels.grouped_pointwise(x, self.pointwise[i].value)


class ConvolutionEdges(keras.layers.Layer):
    """An ordinary convolution on every edge: convolution, batch norm, on an input that has its ReLU applied.

    Args:
        primitive: a primitive of kind CONVOLUTION.
        channels: channels of the state.
        edges: number of edges that leave the state.
        stride: stride of the convolution.

    Call arguments:
        x: [batch, height, width, channels], not negative.
        scale: [edges * channels], the softmax weight of this operation on each channel of each edge.
        training: see `BatchNorm`.
    """

    def __init__(self, primitive: Primitive, channels: int, edges: int, stride: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._stride, self._padding = stride, primitive.kernel // 2
        self._kernels = load("kernels")
        size = primitive.kernel
        self.kernel = self.add_weight(
            shape=(size, size, channels, edges * channels),
            initializer=fan_in_uniform(size * size * channels),
            name="kernel",
        )
        self.norm = BatchNorm(edges * channels)
        self.built = True

    def call(self, x: Tensor, scale: Tensor, training: bool = False) -> Tensor:
        """What this operation adds to each edge; see the class."""
        x = self._kernels.conv(x, self.kernel.value, self._stride, self._padding)
        return self.norm(x, scale=scale, training=training)
