"""What each gene means: the operations that it stands for."""

from __future__ import annotations

from functools import singledispatch

from kerasnas.genome.genes import (
    CellStack,
    Convolution,
    FinalLayers,
    Gene,
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
    Pad,
)
from kerasnas.genome.primitives import add_cell, relu_convolve_normalise


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
    return fragment.chain(INPUT, Convolve(gene.filters, gene.kernel, 1, "same", bias=False), Normalise())


@add_layer.register
def _(gene: CellStack, fragment: Fragment, classes: int) -> int:
    source = INPUT
    for _ in range(gene.repeats):
        source = add_cell(gene.cell, fragment, source)
    return source


@add_layer.register
def _(gene: ResidualReduction, fragment: Fragment, classes: int) -> int:
    # Padded by hand: at stride 2 "same" pads one side only, where the reference pads both.
    reduced = fragment.chain(
        INPUT, Activate("relu"), Pad(1), Convolve(gene.filters, 3, 2, "valid", bias=False), Normalise()
    )
    block = fragment.chain(reduced, *relu_convolve_normalise(gene.filters, 3))
    shortcut = fragment.chain(INPUT, AveragePool(2, 2), Convolve(gene.filters, 1, 1, "same", bias=False))
    return fragment.add(Add(), shortcut, block)


@add_layer.register
def _(gene: PooledClassifier, fragment: Fragment, classes: int) -> int:
    return fragment.chain(
        INPUT, Normalise(), Activate("relu"), AveragePoolGlobally(), Connect(classes), Activate("softmax")
    )
