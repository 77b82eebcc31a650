"""The space of pairs of cells that DARTS searches, in a stack of a given size.

Source: Liu, Simonyan, Yang, "DARTS: Differentiable Architecture Search", ICLR 2019, arXiv 1806.09055.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from kerasnas.errors import GenomeError
from kerasnas.genome.arguments import CELLS, CHANNELS, ArgumentError, abbreviate
from kerasnas.genome.cells import MAX_NODES, OPERATIONS, Edge, TwoInputCell, check_operations
from kerasnas.genome.combinations import CombinationSpace
from kerasnas.genome.expansion import validate
from kerasnas.genome.genes import CellPairStack, Gene, Genome, GlobalClassifier, ImageNetStem, Stem
from kerasnas.genome.genotype import EDGES_PER_NODE, STEM_MULTIPLIER
from kerasnas.genome.language import parse
from kerasnas.genome.space import Combination, Positions, Value

DARTS_OPERATIONS = (
    "max_pool_3x3",
    "avg_pool_3x3",
    "skip_connect",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "dil_conv_3x3",
    "dil_conv_5x5",
)
"""What a derived cell of DARTS may have on an edge: all that it searches, but for none."""


@dataclass(frozen=True)
class CellsSpace(CombinationSpace[Genome]):
    """All pairs of a normal and a reduction cell whose every node has two edges from two different states.

    A cell hands on all of its nodes, as a cell that DARTS derives does. A position is, node by node, which two
    states are read, and the operation on each; every combination is another genome, so that samples are uniform over
    the genomes. Two genomes that number a cell's nodes in another order are told apart, though they compute the same.

    Attributes:
        input_shape: the shape of one image, `(height, width, channels)`.
        classes: the number of classes.
        channels: of the first cells, an even number.
        cells: how many, of which cells//3 and 2*cells//3 reduce.
        nodes: of each cell.
        operations: what an edge may carry.
        imagenet: whether the stem is that for large images, which halves them three times.

    Raises:
        GenomeError: a number is out of range, an operation is unknown or stands twice, or the networks do not fit on
            these images.
    """

    input_shape: tuple[int, int, int]
    classes: int
    channels: int = 16
    cells: int = 8
    nodes: int = 4
    operations: tuple[str, ...] = DARTS_OPERATIONS
    imagenet: bool = False
    name: str = "cells"

    def __post_init__(self) -> None:
        try:
            CHANNELS.read(str(self.channels))
            CELLS.read(str(self.cells))
        except ArgumentError as error:
            raise GenomeError(f"space cells: {error}") from None
        if not 1 <= self.nodes <= MAX_NODES:
            raise GenomeError(f"space cells: nodes must be a whole number from 1 to {MAX_NODES}, found {self.nodes}")
        check_operations(self.operations, OPERATIONS, self.name)
        validate(self.decode((0,) * len(self.positions)), self.input_shape, self.classes)

    @cached_property
    def positions(self) -> Positions:
        """For each node of the normal, then of the reduction cell: the states it reads, and an operation for each."""
        cell: list[tuple[Value, ...]] = []
        for pairs in self._sources:
            cell += [tuple("+".join(map(str, pair)) for pair in pairs), *[self.operations] * EDGES_PER_NODE]
        return tuple(cell * 2)

    def __contains__(self, genome: Genome) -> bool:
        """Tell whether `genome` is of the space: its size, its stem, its nodes and its operations."""
        return self._combination(genome) is not None

    def read(self, text: str) -> Genome:
        """Return the genome that `text` writes; raises `GenomeError` where it is not in the space."""
        genome = parse(text)
        if genome not in self:
            raise GenomeError(
                f"{abbreviate(text, 90)!r} is not in the space cells: expected {self.cells} cells of {self.channels} "
                f"channels, {self.nodes} nodes with two edges from different states, all of them handed on, and the "
                f"operations {', '.join(self.operations)}"
            )
        return genome

    def encode(self, genome: Genome) -> Combination:
        """Return the combination of `genome`; raises `GenomeError` where it is not in the space."""
        combination = self._combination(genome)
        if combination is None:
            raise GenomeError(f"{abbreviate(str(genome), 90)!r} is not in the space cells")
        return combination

    def decode(self, combination: Combination) -> Genome:
        """Return the genome of a combination."""
        half = len(combination) // 2
        normal, reduction = self._cell(combination[:half]), self._cell(combination[half:])
        stem: Gene = ImageNetStem(self.channels) if self.imagenet else Stem(STEM_MULTIPLIER * self.channels, 3)
        return Genome((stem, CellPairStack(self.channels, self.cells, normal, reduction), GlobalClassifier()))

    @cached_property
    def _sources(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """For each node, the pairs of states that it may read."""
        return tuple(tuple(combinations(range(number), EDGES_PER_NODE)) for number in range(2, self.nodes + 2))

    def _cell(self, combination: Combination) -> TwoInputCell:
        numbers = iter(combination)
        nodes = []
        for pairs in self._sources:
            states = pairs[next(numbers)]
            nodes.append(tuple(Edge(state, self.operations[next(numbers)]) for state in states))
        return TwoInputCell(tuple(nodes), tuple(range(2, self.nodes + 2)))

    def _combination(self, genome: Genome) -> Combination | None:
        stack = next((gene for gene in genome.genes if isinstance(gene, CellPairStack)), None)
        if stack is None:
            return None
        try:
            combination = tuple(number for cell in (stack.normal, stack.reduction) for number in self._numbers(cell))
        except ValueError:
            return None
        return combination if self.decode(combination) == genome else None

    def _numbers(self, cell: TwoInputCell) -> Iterator[int]:
        """Go through the cell's numbers in `positions`; raises `ValueError` where the space has no such cell."""
        for pairs, node in zip(self._sources, cell.nodes, strict=True):
            states: Sequence[int] = tuple(edge.source for edge in node)
            yield pairs.index(states)
            for edge in node:
                yield self.operations.index(edge.primitive)
