"""Genotypes: a pair of cells, normal and reduction, as papers and their code print them.

Two ways of printing are read and written. The DARTS authors list a cell's edges one after the other, two a node:

    Genotype(normal=[('sep_conv_3x3', 1), ('skip_connect', 0), …], normal_concat=range(2, 6), reduce=[…], …)

pt.darts, a well-known second implementation, has a list for each node: `normal=[[('sep_conv_3x3', 1), …], …]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from kerasnas.errors import GenomeError
from kerasnas.genome.arguments import CELLS, CHANNELS, ArgumentError, abbreviate
from kerasnas.genome.cells import Edge, TwoInputCell, TwoInputCellText
from kerasnas.genome.genes import CellPairStack, Gene, Genome, GlobalClassifier, ImageNetStem, Stem

Edges: TypeAlias = "tuple[tuple[str, int], ...]"

EDGES_PER_NODE = 2
STEM_MULTIPLIER = 3
"""How many times the cells' channels the stem has on small images."""

Style: TypeAlias = Literal["quark0", "ptdarts"]
STYLES: tuple[Style, ...] = ("quark0", "ptdarts")
"""The DARTS authors' flat lists, and pt.darts' lists of nodes."""


@dataclass(frozen=True, slots=True)
class Genotype:
    """A pair of cells with two inputs each, whose every node has two edges.

    Attributes:
        normal: (operation, state it reads) of every edge, node by node.
        normal_concat: the states whose concatenation is the cell's output; 0 and 1 are its inputs.
        reduce: the same of the reduction cell.
        reduce_concat: the same of the reduction cell.
    """

    normal: Edges
    normal_concat: tuple[int, ...]
    reduce: Edges
    reduce_concat: tuple[int, ...]


def format_genotype(genotype: Genotype, style: Style = "quark0") -> str:
    """Return the text that the DARTS authors' code, or pt.darts, prints for `genotype`."""

    def edges(flat: Edges) -> str:
        if style == "quark0":
            return repr(list(flat))
        return repr([list(flat[i : i + EDGES_PER_NODE]) for i in range(0, len(flat), EDGES_PER_NODE)])

    return (
        f"Genotype(normal={edges(genotype.normal)}, normal_concat={_format_concat(genotype.normal_concat)}, "
        f"reduce={edges(genotype.reduce)}, reduce_concat={_format_concat(genotype.reduce_concat)})"
    )


def darts_genome(genotype: Genotype, channels: int, cells: int, imagenet: bool = False) -> Genome:
    """Return the network that the DARTS authors evaluate `genotype` with.

    Args:
        genotype: the pair of cells.
        channels: of the first cells, an even number; 36 on CIFAR-10 and 48 on ImageNet in the paper.
        cells: how many, of which cells//3 and 2*cells//3 reduce; 20 and 14 in the paper.
        imagenet: whether the stem is that for large images, which halves them three times.

    Raises:
        GenomeError: the genotype is no pair of cells of the genome language, or a number is out of range.
    """
    try:
        for argument, value in ((CHANNELS, channels), (CELLS, cells)):
            argument.read(str(value))
        normal = _cell(genotype.normal, genotype.normal_concat, "normal")
        reduction = _cell(genotype.reduce, genotype.reduce_concat, "reduction")
    except ArgumentError as error:
        raise GenomeError(f"genotype: {error}") from None
    stem: Gene = ImageNetStem(channels) if imagenet else Stem(STEM_MULTIPLIER * channels, 3)
    return Genome((stem, CellPairStack(channels, cells, normal, reduction), GlobalClassifier()))


def genotype_of(genome: Genome) -> Genotype:
    """Return the pair of cells of `genome`; the edges of a node are in the genome's order, by the state they read.

    Raises:
        GenomeError: the genome has no such pair or several, or a node of it has other than two edges.
    """
    pairs = {(gene.normal, gene.reduction) for gene in genome.genes if isinstance(gene, CellPairStack)}
    if len(pairs) != 1:
        raise GenomeError(
            f"{abbreviate(str(genome))!r} has {len(pairs)} pairs of normal and reduction cells (NR) where a genotype "
            f"needs one"
        )
    ((normal, reduction),) = pairs
    return Genotype(_edges(normal, "normal"), normal.concat, _edges(reduction, "reduction"), reduction.concat)


def _cell(edges: Edges, concat: Sequence[int], name: str) -> TwoInputCell:
    if not edges or len(edges) % EDGES_PER_NODE:
        raise ArgumentError(f"the {name} cell has {len(edges)} edges, expected {EDGES_PER_NODE} for each node")
    listed = [Edge(state, primitive) for primitive, state in edges]
    nodes = tuple(tuple(listed[i : i + EDGES_PER_NODE]) for i in range(0, len(listed), EDGES_PER_NODE))
    return TwoInputCellText(name).read(str(TwoInputCell(nodes, tuple(concat))))


def _edges(cell: TwoInputCell, name: str) -> Edges:
    for number, node in enumerate(cell.nodes, start=2):
        if len(node) != EDGES_PER_NODE:
            raise GenomeError(
                f"node {number} of the {name} cell has {len(node)} edges; a genotype has {EDGES_PER_NODE} at each node"
            )
    return tuple((edge.primitive, edge.source) for edge in cell.edges)


def _format_concat(states: tuple[int, ...]) -> str:
    run = range(states[0], states[-1] + 1) if states else range(0)
    return repr(run if states == tuple(run) else list(states))
