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


def _windows(sides: Shape, reach: int, stride: int, padding: Padding) -> tuple[int, int]:
    """Return how many windows that reach over so many pixels there are in height and width, as Keras counts them."""
    height, width = sides
    if padding == "same":
        return -(-height // stride), -(-width // stride)
    return (height - reach) // stride + 1, (width - reach) // stride + 1


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
        return *_windows(shape[:2], self.kernel, self.stride, self.padding), self.filters

    def parameters(self, shape: Shape) -> tuple[int, int]:
        """Return the trainable and the other parameters."""
        return (self.kernel * self.kernel * shape[2] + self.bias) * self.filters, 0

    def macs(self, shape: Shape) -> int:
        """Return the multiply-adds of one image; the bias is not counted."""
        return prod(self.output_shape(shape)) * self.kernel * self.kernel * shape[2]


@dataclass(frozen=True, slots=True)
class ConvolveRectangle:
    """A convolution without bias whose two sides differ, padding valid. Input and output: `(height, width, channels)`.

    `kernel` and `stride` are `(vertical, horizontal)`.
    """

    filters: int
    kernel: tuple[int, int]
    stride: tuple[int, int]

    def output_shape(self, shape: Shape) -> Shape:
        """Return the output's shape."""
        height, width = (
            (side - kernel) // stride + 1
            for side, kernel, stride in zip(shape[:2], self.kernel, self.stride, strict=True)
        )
        return height, width, self.filters

    def parameters(self, shape: Shape) -> tuple[int, int]:
        """Return the trainable and the other parameters."""
        return prod(self.kernel) * shape[2] * self.filters, 0

    def macs(self, shape: Shape) -> int:
        """Return the multiply-adds of one image."""
        return prod(self.output_shape(shape)) * prod(self.kernel) * shape[2]


@dataclass(frozen=True, slots=True)
class ConvolveDepthwise:
    """A square convolution of each channel by itself, without bias. Input and output: `(height, width, channels)`.

    `dilation` is the distance between the kernel's taps; more than 1 goes with stride 1 only, as in Keras.
    """

    kernel: int
    stride: int
    padding: Padding
    dilation: int = 1

    def output_shape(self, shape: Shape) -> Shape:
        """Return the output's shape, as TensorFlow and Keras define it for this padding."""
        reach = (self.kernel - 1) * self.dilation + 1
        return *_windows(shape[:2], reach, self.stride, self.padding), shape[2]

    def parameters(self, shape: Shape) -> tuple[int, int]:
        """Return the trainable and the other parameters."""
        return self.kernel * self.kernel * shape[2], 0

    def macs(self, shape: Shape) -> int:
        """Return the multiply-adds of one image."""
        return prod(self.output_shape(shape)) * self.kernel * self.kernel


@dataclass(frozen=True, slots=True)
class Normalise:
    """Batch normalisation over the last axis, with scale, shift and two moving statistics. Any shape.

    `epsilon` is added to the variance.
    """

    epsilon: float = 1e-3

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
    """Zeros around a map: rows `(above, below)`, columns `(left, right)`. `(height, width, channels)`."""

    rows: tuple[int, int]
    columns: tuple[int, int]

    @classmethod
    def around(cls, margin: int) -> Pad:
        """Return the padding that is `margin` wide on all four sides."""
        return cls((margin, margin), (margin, margin))

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape, with the zeros added to height and width."""
        height, width, channels = shape
        return height + sum(self.rows), width + sum(self.columns), channels


@dataclass(frozen=True, slots=True)
class Crop(Weightless):
    """A map without some of its rows `(above, below)` and columns `(left, right)`. `(height, width, channels)`."""

    rows: tuple[int, int]
    columns: tuple[int, int]

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape, with what is cut off taken from height and width."""
        height, width, channels = shape
        return height - sum(self.rows), width - sum(self.columns), channels


@dataclass(frozen=True, slots=True)
class Subsample(Weightless):
    """Every so many rows and columns of the map, the first among them. `(height, width, channels)`."""

    stride: int

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape, with height and width divided by the stride, rounded up."""
        height, width, channels = shape
        return -(-height // self.stride), -(-width // self.stride), channels


@dataclass(frozen=True, slots=True)
class AveragePool(Weightless):
    """The mean over square windows; padding is not part of the mean. `(height, width, channels)`."""

    size: int
    stride: int
    padding: Padding = "same"

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape, with as many rows and columns as there are windows."""
        return *_windows(shape[:2], self.size, self.stride, self.padding), shape[2]


@dataclass(frozen=True, slots=True)
class MaxPool(Weightless):
    """The maximum over square windows; padding never wins. `(height, width, channels)`."""

    size: int
    stride: int = 1
    padding: Padding = "same"

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape, with as many rows and columns as there are windows."""
        return *_windows(shape[:2], self.size, self.stride, self.padding), shape[2]


@dataclass(frozen=True, slots=True)
class AveragePoolGlobally(Weightless):
    """The mean over height and width. Input `(height, width, channels)`, output `(channels,)`."""

    def output_shape(self, shape: Shape) -> Shape:
        """Return `(channels,)`."""
        return shape[-1:]


@dataclass(frozen=True, slots=True)
class Drop(Weightless):
    """In training, `percent` of the values set to zero at random and the others scaled up (dropout). Any shape."""

    percent: int

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape, which stays the same."""
        return shape


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
class Concatenate(Weightless):
    """Two or more maps of one height and width, side by side in the channels."""

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the shape, with the channels of all inputs."""
        return *shapes[0][:-1], sum(shape[-1] for shape in shapes)


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


Operation: TypeAlias = (
    Convolve
    | ConvolveRectangle
    | ConvolveDepthwise
    | Normalise
    | Activate
    | Pad
    | Crop
    | Subsample
    | AveragePool
    | MaxPool
    | AveragePoolGlobally
    | Drop
    | Zero
    | Add
    | Concatenate
    | Connect
)

IN_PLACE = (Normalise, Activate, Drop)
"""Operations that can overwrite their input, so that they need no memory of their own."""
