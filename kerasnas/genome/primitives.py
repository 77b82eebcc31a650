"""What the operations on a cell's edges mean, by the names that the field gives them.

Blocks are in pre-activation order (ReLU, convolution without bias, batch norm); strides pad both sides alike, so
that an output pixel has its input pixel in the middle. Sources: Liu, Simonyan, Yang, "DARTS", ICLR 2019, arXiv
1806.09055; for `nor_conv`, Dong and Yang, "NAS-Bench-201", ICLR 2020, arXiv 2001.00326.
"""

from __future__ import annotations

from kerasnas.genome.graph import Fragment
from kerasnas.genome.operations import (
    Activate,
    AveragePool,
    Concatenate,
    Convolve,
    ConvolveDepthwise,
    ConvolveRectangle,
    Crop,
    MaxPool,
    Normalise,
    Operation,
    Pad,
    Subsample,
    Zero,
)

EPSILON = 1e-5
"""Of batch norm in the networks of the papers, whose code has PyTorch's default."""

NORMALISE = Normalise(EPSILON)
RELU = Activate("relu")

_KERNELS = {"1x1": 1, "3x3": 3, "5x5": 5, "7x7": 7}


def add_primitive(primitive: str, fragment: Fragment, source: int, stride: int = 1) -> int:
    """Append what `primitive` does on the output of `source`; return the number of its last operation.

    That is `source` itself for `skip_connect` at stride 1.

    Args:
        primitive: one of `kerasnas.genome.cells.OPERATIONS`.
        fragment: takes the operations.
        source: whose output, `(height, width, channels)`, is read; the channels stay the same.
        stride: 1, or 2 to halve height and width, rounded up.
    """
    channels = fragment.shape(source)[-1]
    if primitive == "skip_connect":
        return source if stride == 1 else factorized_reduction(fragment, source, channels)
    if primitive == "conv_7x1_1x7":
        return fragment.chain(source, *_rectangles(channels, stride))
    kind, _, size = primitive.rpartition("_")
    if primitive == "none":
        operations: tuple[Operation, ...] = (*_subsample(stride), Zero())
    elif kind == "avg_pool":
        operations = (AveragePool(_KERNELS[size], 1), *_subsample(stride))
    elif kind == "max_pool":
        operations = (MaxPool(_KERNELS[size]), *_subsample(stride))
    elif kind == "sep_conv":
        operations = (*_separable(channels, _KERNELS[size], stride), *_separable(channels, _KERNELS[size], 1))
    elif kind == "dil_conv":
        operations = _dilated(channels, _KERNELS[size], stride)
    elif kind == "nor_conv":
        operations = relu_convolve_normalise(channels, _KERNELS[size], stride)
    else:
        raise TypeError(f"no operations are known for {primitive!r}")
    return fragment.chain(source, *operations)


def relu_convolve_normalise(filters: int, kernel: int, stride: int = 1) -> tuple[Operation, ...]:
    """Return ReLU, a square convolution without bias, and batch norm."""
    if stride == 1:
        return RELU, Convolve(filters, kernel, 1, "same", bias=False), NORMALISE
    return RELU, *strided_convolution(filters, kernel, stride), NORMALISE


def strided_convolution(filters: int, kernel: int, stride: int) -> tuple[Operation, ...]:
    """Return a square convolution without bias whose padding is the same on both sides."""
    # Padded by hand: at stride 2 "same" pads one side only.
    padding = () if kernel == 1 else (Pad.around(kernel // 2),)
    return *padding, Convolve(filters, kernel, stride, "valid", bias=False)


def factorized_reduction(fragment: Fragment, source: int, filters: int) -> int:
    """Append a halving of height and width that uses every other pixel twice over; return its number.

    ReLU; two 1x1 convolutions of stride 2, the second on the map without its first row and column; side by side;
    batch norm. A map of odd height or width gets zeros at the far end for the second, as in NAS-Bench-201's code.
    """
    source = fragment.add(RELU, source)
    half = filters // 2
    even = fragment.add(Convolve(half, 1, 2, "valid", bias=False), source)
    height, width, _ = fragment.shape(source)
    shifted = fragment.add(Pad((0, height % 2), (0, width % 2)), source) if height % 2 or width % 2 else source
    odd = fragment.chain(shifted, Crop((1, 0), (1, 0)), Convolve(filters - half, 1, 2, "valid", bias=False))
    return fragment.chain(fragment.add(Concatenate(), even, odd), NORMALISE)


def _subsample(stride: int) -> tuple[Operation, ...]:
    # A window of stride 2 that is padded alike on both sides is every second window of stride 1.
    return () if stride == 1 else (Subsample(stride),)


def _separable(channels: int, kernel: int, stride: int) -> tuple[Operation, ...]:
    depthwise: tuple[Operation, ...] = (ConvolveDepthwise(kernel, 1, "same"),)
    if stride > 1:
        depthwise = (Pad.around(kernel // 2), ConvolveDepthwise(kernel, stride, "valid"))
    return RELU, *depthwise, Convolve(channels, 1, 1, "same", bias=False), NORMALISE


def _dilated(channels: int, kernel: int, stride: int) -> tuple[Operation, ...]:
    depthwise: tuple[Operation, ...] = (ConvolveDepthwise(kernel, 1, "same", dilation=2),)
    if stride == 2:
        # At stride 2, taps 2 apart read none but the pixels that subsampling keeps.
        depthwise = (Subsample(2), ConvolveDepthwise(kernel, 1, "same"))
    return RELU, *depthwise, Convolve(channels, 1, 1, "same", bias=False), NORMALISE


def _rectangles(channels: int, stride: int) -> tuple[Operation, ...]:
    return (
        RELU,
        Pad((0, 0), (3, 3)),
        ConvolveRectangle(channels, (1, 7), (1, stride)),
        Pad((3, 3), (0, 0)),
        ConvolveRectangle(channels, (7, 1), (stride, 1)),
        NORMALISE,
    )
