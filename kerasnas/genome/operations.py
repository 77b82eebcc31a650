"""The primitive operations that every genome is made of, with their exact costs.

Each operation knows, from the shapes of its inputs, the shape of its output, its parameters, and its
multiply-adds. Shapes leave out the batch: `(height, width, channels)` or `(features,)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Literal, TypeAlias

Shape: TypeAlias = tuple[int, ...]
Padding: TypeAlias = Literal["same", "valid"]


class Weightless:
    """An operation without weights, whose multiply-adds are not counted."""

    __slots__ = ()

    def parameters(self, *shapes: Shape) -> tuple[int, int]:
        """Return the trainable and the other parameters: none."""
        return 0, 0

    def macs(self, *shapes: Shape) -> int:
        """Return zero: multiply-adds count convolutions and dense layers only."""
        return 0


@dataclass(frozen=True, slots=True)
class Convolve:
    """A square two-dimensional convolution. Input and output: `(height, width, channels)`."""

    filters: int
    kernel: int
    stride: int
    padding: Padding
    bias: bool = True

    def output_shape(self, shape: Shape) -> Shape:
        """Return the output's shape, as TensorFlow and Keras define it for this padding."""
        height, width, _ = shape
        if self.padding == "same":
            return (-(-height // self.stride), -(-width // self.stride), self.filters)
        return (
            (height - self.kernel) // self.stride + 1,
            (width - self.kernel) // self.stride + 1,
            self.filters,
        )

    def parameters(self, shape: Shape) -> tuple[int, int]:
        """Return the trainable and the other parameters."""
        return (self.kernel * self.kernel * shape[2] + self.bias) * self.filters, 0

    def macs(self, shape: Shape) -> int:
        """Return the multiply-adds of one image; the bias is not counted."""
        return prod(self.output_shape(shape)) * self.kernel * self.kernel * shape[2]


@dataclass(frozen=True, slots=True)
class Normalise:
    """Batch normalisation over the last axis, with scale, shift and two moving statistics. Any shape."""

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape, which stays the same."""
        return shape

    def parameters(self, shape: Shape) -> tuple[int, int]:
        """Return the trainable and the other parameters."""
        return 2 * shape[-1], 2 * shape[-1]

    def macs(self, shape: Shape) -> int:
        """Return zero: multiply-adds count convolutions and dense layers only."""
        return 0


@dataclass(frozen=True, slots=True)
class Activate(Weightless):
    """An elementwise activation, or softmax over the last axis, by its Keras name. Any shape."""

    function: str

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape, which stays the same."""
        return shape


@dataclass(frozen=True, slots=True)
class Pad(Weightless):
    """Zeros on all four sides, `margin` wide. Input and output: `(height, width, channels)`."""

    margin: int

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape, with `2 * margin` added to height and width."""
        height, width, channels = shape
        return height + 2 * self.margin, width + 2 * self.margin, channels


@dataclass(frozen=True, slots=True)
class AveragePool(Weightless):
    """The mean over square windows, padding same; padding is not part of the mean. `(height, width, channels)`."""

    size: int
    stride: int

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape, with height and width divided by the stride, rounded up."""
        height, width, channels = shape
        return -(-height // self.stride), -(-width // self.stride), channels


@dataclass(frozen=True, slots=True)
class AveragePoolGlobally(Weightless):
    """The mean over height and width. Input `(height, width, channels)`, output `(channels,)`."""

    def output_shape(self, shape: Shape) -> Shape:
        """Return `(channels,)`."""
        return shape[-1:]


@dataclass(frozen=True, slots=True)
class Zero(Weightless):
    """Zeros in the shape of the input: an edge that carries nothing. Any shape."""

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape, which stays the same."""
        return shape


@dataclass(frozen=True, slots=True)
class Add(Weightless):
    """The elementwise sum of two or more maps of one shape."""

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the shape that all inputs have."""
        return shapes[0]


@dataclass(frozen=True, slots=True)
class Connect:
    """A dense layer with bias. Input `(features,)`, output `(units,)`."""

    units: int

    def output_shape(self, shape: Shape) -> Shape:
        """Return `(units,)`."""
        return (self.units,)

    def parameters(self, shape: Shape) -> tuple[int, int]:
        """Return the trainable and the other parameters."""
        return (shape[0] + 1) * self.units, 0

    def macs(self, shape: Shape) -> int:
        """Return the multiply-adds of one image; the bias is not counted."""
        return shape[0] * self.units


Operation: TypeAlias = Convolve | Normalise | Activate | Pad | AveragePool | AveragePoolGlobally | Zero | Add | Connect

IN_PLACE = (Normalise, Activate)
"""Operations that can overwrite their input, so that they need no memory of their own."""
