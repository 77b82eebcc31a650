"""NAS-Bench-201: its networks as genomes, and the space of them.

Source: Dong and Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020,
arXiv 2001.00326.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from kerasnas.errors import GenomeError
from kerasnas.genome.arguments import ArgumentError, abbreviate
from kerasnas.genome.cells import PRIMITIVES, Cell, CellText, Edge
from kerasnas.genome.combinations import CombinationSpace
from kerasnas.genome.genes import CellStack, Genome, PooledClassifier, ResidualReduction, Stem
from kerasnas.genome.language import parse
from kerasnas.genome.space import Combination, Positions

NODES = 3
"""Of a cell, its input not counted; each reads every state before it."""

CELLS = 5
WIDTH = 16


def nasbench201_genome(cell: Cell, cells: int = CELLS, width: int = WIDTH) -> Genome:
    """Return the network that NAS-Bench-201 puts `cell` into.

    A 3x3 stem; three stages of cells, with a residual block of stride 2 and twice the channels between them; batch
    norm, ReLU, global average pooling, and the classifier.

    Args:
        cell: the cell, of any number of nodes.
        cells: in each stage.
        width: channels of the first stage.
    """
    stack = CellStack(cells, cell)
    return Genome(
        (
            Stem(width, 3),
            stack,
            ResidualReduction(2 * width),
            stack,
            ResidualReduction(4 * width),
            stack,
            PooledClassifier(),
        )
    )


def read_nasbench201(text: str, cells: int = CELLS, width: int = WIDTH) -> Genome:
    """Return the genome that `text` writes: a bare cell is put into NAS-Bench-201's network.

    Raises:
        GenomeError: the text writes neither a cell nor a genome.
    """
    if not text.lstrip().startswith("|"):
        return parse(text)
    try:
        return nasbench201_genome(CellText().read(text.strip()), cells, width)
    except ArgumentError as error:
        raise GenomeError(f"cell {abbreviate(text)!r}: {error}") from None


def cell_of(genome: Genome) -> Cell:
    """Return the one cell that all stacks of `genome` have.

    Raises:
        GenomeError: the genome has no cells, or several kinds.
    """
    found = {gene.cell for gene in genome.genes if isinstance(gene, CellStack)}
    if len(found) != 1:
        raise GenomeError(f"{abbreviate(str(genome))!r} has {len(found)} kinds of cell where one was expected")
    return found.pop()


@dataclass(frozen=True)
class NasBench201Space(CombinationSpace[Genome]):
    """The 15,625 networks whose cell has four nodes and one of five operations on each of its six edges.

    Attributes:
        cells: in each of the three stages; the table has 5.
        width: channels of the first stage; the table has 16.
    """

    cells: int = CELLS
    width: int = WIDTH
    name: str = "nasbench201"

    @property
    def positions(self) -> Positions:
        """The six edges, each with the five operations to choose from."""
        return (PRIMITIVES,) * (NODES * (NODES + 1) // 2)

    def __contains__(self, genome: Genome) -> bool:
        """Tell whether `genome` is a network of the space, with its number of cells and its width."""
        return genome in self._combinations

    def read(self, text: str) -> Genome:
        """Return the genome that `text` writes: a whole network, or a bare cell as in the table.

        Raises:
            GenomeError: the text writes neither, or a network that is not in the space.
        """
        if text not in self._read:
            genome = read_nasbench201(text, self.cells, self.width)
            if genome not in self:
                raise GenomeError(
                    f"{abbreviate(text, 90)!r} is not in the space nasbench201 ({self.cells} cells a stage, width "
                    f"{self.width}); write a cell such as |none~0|+|none~0|none~1|+|none~0|none~1|none~2|"
                )
            self._read[text] = genome
        return self._read[text]

    def encode(self, genome: Genome) -> Combination:
        """Return for each of the six edges the number of its operation in `PRIMITIVES`."""
        return self._combinations[genome]

    def decode(self, combination: Combination) -> Genome:
        """Return the genome with those operations on its six edges."""
        return self._genomes[combination]

    @cached_property
    def _genomes(self) -> dict[Combination, Genome]:
        return {
            combination: nasbench201_genome(dense_cell([PRIMITIVES[n] for n in combination]), self.cells, self.width)
            for combination in product(range(len(PRIMITIVES)), repeat=len(self.positions))
        }

    @cached_property
    def _combinations(self) -> dict[Genome, Combination]:
        return {genome: combination for combination, genome in self._genomes.items()}

    @cached_property
    def _read(self) -> dict[str, Genome]:
        return {}


def dense_cell(primitives: Sequence[str], nodes: int = NODES) -> Cell:
    """Return the cell of so many nodes that has the operations on the edges from every state to every later node.

    The edges are in the order of the notation: node by node, the sources of each from 0.
    """
    rest = iter(primitives)
    return Cell(tuple(tuple(Edge(source, next(rest)) for source in range(node)) for node in range(1, nodes + 1)))


def dense_cell_primitives(cell: Cell, nodes: int = NODES) -> list[str]:
    """Return the operations of such a cell; raises `ValueError` where `cell` is none."""
    sources = [edge.source for edge in cell.edges]
    if len(cell.nodes) != nodes or sources != [source for node in range(1, nodes + 1) for source in range(node)]:
        raise ValueError(f"{cell} has not an edge from every state to each of {nodes} nodes")
    return [edge.primitive for edge in cell.edges]
