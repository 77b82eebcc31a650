"""What each gene means: the operations that it stands for."""

from __future__ import annotations

from functools import singledispatch

from kerasnas.genome.cell_networks import add_cell, add_cell_pair_stack
from kerasnas.genome.genes import (
    CellPairStack,
    CellStack,
    Convolution,
    FinalLayers,
    Gene,
    GlobalClassifier,
    ImageNetStem,
    PooledClassifier,
    ReductionConvolution,
    ResidualReduction,
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
    Normalise,
)
from kerasnas.genome.primitives import NORMALISE, RELU, relu_convolve_normalise, strided_convolution


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
