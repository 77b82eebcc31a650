"""What each gene means: from a genome to its network of operations, and whether that network can exist."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from kerasnas.errors import GenomeError
from kerasnas.genome.genes import Convolution, FinalLayers, Gene, Genome, ReductionConvolution
from kerasnas.genome.language import format_gene
from kerasnas.genome.network import Network, Node
from kerasnas.genome.operations import (
    Activate,
    AveragePoolGlobally,
    Connect,
    Convolve,
    Normalise,
    Operation,
    Shape,
)

MAX_SIDE = 16_384
MAX_CLASSES = 100_000


def expand(genome: Genome, input_shape: Sequence[int], classes: int) -> Network:
    """Return the network that `genome` stands for.

    Args:
        genome: the architecture.
        input_shape: the shape of one image, `(height, width, channels)`.
        classes: the number of classes, the width of the softmax.

    Raises:
        GenomeError: a layer cannot take the map that reaches it; names the layer and both sizes.
    """
    shape = checked_input_shape(input_shape, classes)
    nodes: list[Node] = []
    for layer, gene in enumerate(genome.genes):
        _check_fits(gene, layer, shape)
        for operation, shape, trainable, other, macs in _layer(gene, shape, classes):  # noqa: B020
            nodes.append(Node(operation, (len(nodes) - 1,), shape, layer, trainable, other, macs))
    return Network(tuple(input_shape), tuple(nodes))


def validate(genome: Genome, input_shape: Sequence[int], classes: int) -> None:
    """Raise `GenomeError` where the network that `genome` stands for cannot be built on these images."""
    expand(genome, input_shape, classes)


def checked_input_shape(input_shape: Sequence[int], classes: int) -> Shape:
    """Return `input_shape` as a tuple; raises `GenomeError` where it or `classes` makes no sense."""
    shape = tuple(input_shape)
    if len(shape) != 3 or not all(isinstance(side, int) and 1 <= side <= MAX_SIDE for side in shape):
        raise GenomeError(
            f"an input shape is height,width,channels, each from 1 to {MAX_SIDE}, for example 28,28,1; "
            f"found {','.join(map(str, shape))}"
        )
    if not 2 <= classes <= MAX_CLASSES:
        raise GenomeError(f"the number of classes must be from 2 to {MAX_CLASSES}, found {classes}")
    return shape


@lru_cache(maxsize=65536)
def _layer(gene: Gene, shape: Shape, classes: int) -> list[tuple[Operation, Shape, int, int, int]]:
    """Return each operation of a gene with its output's shape, its two kinds of parameters, and its macs."""
    rows = []
    for operation in _operations(gene, shape, classes):
        trainable, other = operation.parameters(shape)
        macs = operation.macs(shape)
        shape = operation.output_shape(shape)
        rows.append((operation, shape, trainable, other, macs))
    return rows


def _operations(gene: Gene, shape: Shape, classes: int) -> tuple[Operation, ...]:
    if isinstance(gene, Convolution):
        return Convolve(gene.filters, gene.kernel, 1, "same"), Normalise(), Activate(gene.activation)
    if isinstance(gene, ReductionConvolution):
        return Convolve(gene.filters, gene.kernel, 2, "valid"), Normalise(), Activate(gene.activation)
    return (
        AveragePoolGlobally(),
        Connect(gene.units or shape[-1]),
        Activate(gene.activation),
        Connect(classes),
        Activate("softmax"),
    )


def _check_fits(gene: Gene, layer: int, shape: Shape) -> None:
    if isinstance(gene, FinalLayers) or gene.kernel <= min(shape[:2]):
        return
    raise GenomeError(
        f"layer {layer + 1} ({format_gene(gene)!r}): the {gene.kernel}x{gene.kernel} kernel is larger than the "
        f"{shape[0]}x{shape[1]} map that reaches it; use a kernel of at most {min(shape[:2])}, fewer reductions "
        f"before it, or larger images"
    )
