"""What each gene means: the operations that it stands for."""

from __future__ import annotations

from functools import singledispatch

from kerasnas.genome.cell_networks import add_cell, add_cell_pair_stack
from kerasnas.genome.genes import (
    AveragePooling,
    CellPairStack,
    CellStack,
    Convolution,
    Dropout,
    FinalLayers,
    Gene,
    GlobalClassifier,
    ImageNetStem,
    Join,
    MaxPooling,
    PooledClassifier,
    ReductionConvolution,
    ReductionSeparable,
    ResidualReduction,
    SeparableConvolution,
    Stem,
)
from kerasnas.genome.graph import INPUT, Fragment
from kerasnas.genome.operations import (
    Activate,
    Add,
    AveragePool,
    AveragePoolGlobally,
    Connect,
    Convolve,
    ConvolveDepthwise,
    Drop,
    MaxPool,
    Normalise,
    Operation,
)
from kerasnas.genome.primitives import NORMALISE, RELU, relu_convolve_normalise, strided_convolution
from kerasnas.genome.reconciliation import add_join


@singledispatch
def add_layer(gene: Gene, fragment: Fragment, classes: int) -> int:
    """Append to `fragment` the operations of `gene`; return the number of its output, `INPUT` where it has none."""
    raise TypeError(f"no meaning is known for {gene!r}")


@add_layer.register
def _(gene: Convolution, fragment: Fragment, classes: int) -> int:
    return fragment.chain(INPUT, Convolve(gene.filters, gene.kernel, 1, "same"), Normalise(), Activate(gene.activation))


@add_layer.register
def _(gene: ReductionConvolution, fragment: Fragment, classes: int) -> int:
    return fragment.chain(
        INPUT, Convolve(gene.filters, gene.kernel, 2, "valid"), Normalise(), Activate(gene.activation)
    )


@add_layer.register
def _(gene: SeparableConvolution, fragment: Fragment, classes: int) -> int:
    return fragment.chain(INPUT, ConvolveDepthwise(gene.kernel, 1, "same"), *_mix_channels(gene))


@add_layer.register
def _(gene: ReductionSeparable, fragment: Fragment, classes: int) -> int:
    return fragment.chain(INPUT, ConvolveDepthwise(gene.kernel, 2, "valid"), *_mix_channels(gene))


@add_layer.register
def _(gene: MaxPooling, fragment: Fragment, classes: int) -> int:
    return fragment.add(MaxPool(gene.window, 2, "valid"), INPUT)


@add_layer.register
def _(gene: AveragePooling, fragment: Fragment, classes: int) -> int:
    return fragment.add(AveragePool(gene.window, 2, "valid"), INPUT)


@add_layer.register
def _(gene: Dropout, fragment: Fragment, classes: int) -> int:
    return fragment.add(Drop(gene.percent), INPUT)


@add_layer.register
def _(gene: Join, fragment: Fragment, classes: int) -> int:
    return add_join(gene.sources.kind, fragment)


@add_layer.register
def _(gene: FinalLayers, fragment: Fragment, classes: int) -> int:
    pooled = fragment.add(AveragePoolGlobally(), INPUT)
    units = gene.units or fragment.shape(pooled)[0]
    return fragment.chain(pooled, Connect(units), Activate(gene.activation), Connect(classes), Activate("softmax"))


@add_layer.register
def _(gene: Stem, fragment: Fragment, classes: int) -> int:
    return fragment.chain(INPUT, Convolve(gene.filters, gene.kernel, 1, "same", bias=False), NORMALISE)


@add_layer.register
def _(gene: CellStack, fragment: Fragment, classes: int) -> int:
    source = INPUT
    for _ in range(gene.repeats):
        source = add_cell(gene.cell, fragment, source)
    return source


@add_layer.register
def _(gene: ResidualReduction, fragment: Fragment, classes: int) -> int:
    block = fragment.chain(
        INPUT, *relu_convolve_normalise(gene.filters, 3, 2), *relu_convolve_normalise(gene.filters, 3)
    )
    shortcut = fragment.chain(INPUT, AveragePool(2, 2), Convolve(gene.filters, 1, 1, "same", bias=False))
    return fragment.add(Add(), shortcut, block)


@add_layer.register
def _(gene: PooledClassifier, fragment: Fragment, classes: int) -> int:
    return fragment.chain(INPUT, NORMALISE, RELU, AveragePoolGlobally(), Connect(classes), Activate("softmax"))


@add_layer.register
def _(gene: ImageNetStem, fragment: Fragment, classes: int) -> int:
    first = fragment.chain(INPUT, *strided_convolution(gene.channels // 2, 3, 2), NORMALISE)
    second = fragment.chain(first, RELU, *strided_convolution(gene.channels, 3, 2), NORMALISE)
    fragment.hands_on = second
    return fragment.chain(second, RELU, *strided_convolution(gene.channels, 3, 2), NORMALISE)


@add_layer.register
def _(gene: CellPairStack, fragment: Fragment, classes: int) -> int:
    return add_cell_pair_stack(gene, fragment)


@add_layer.register
def _(gene: GlobalClassifier, fragment: Fragment, classes: int) -> int:
    return fragment.chain(INPUT, AveragePoolGlobally(), Connect(classes), Activate("softmax"))


def _mix_channels(gene: SeparableConvolution | ReductionSeparable) -> tuple[Operation, ...]:
    """Return what follows the depthwise convolution."""
    return Convolve(gene.filters, 1, 1, "same"), Normalise(), Activate(gene.activation)
