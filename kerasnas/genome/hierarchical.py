"""Macro and micro architecture in one space: the stages of a network, and the cells of each stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from kerasnas.errors import GenomeError
from kerasnas.genome.arguments import FILTERS, MAX_REPEATS
from kerasnas.genome.cells import MAX_NODES, PRIMITIVES, check_operations
from kerasnas.genome.expansion import checked_input_shape, validate
from kerasnas.genome.genes import CellStack, Gene, Genome, PooledClassifier, ResidualReduction, Stem
from kerasnas.genome.layer_choices import DEFAULT_FILTERS, check_values
from kerasnas.genome.nasbench201 import NODES, dense_cell, dense_cell_primitives
from kerasnas.genome.sequences import Parts, SequenceSpace, checked_range
from kerasnas.genome.space import Combination, Positions

DEFAULT_STAGES = (1, 4)
DEFAULT_CELLS = (1, 3)
MAX_STAGES = 12

_STEM_KERNEL = 3


@dataclass(frozen=True)
class HierarchicalSpace(SequenceSpace):
    """Genomes of so many stages, each with a width, a number of cells, and a cell of its own; see `SequenceSpace`.

        ST 16 3;CE 2 |nor_conv_3x3~0|;RB 64;CE 1 |skip_connect~0|;PC

    is what NAS-Bench-201 puts its cells into, but that the stages differ: a stem as wide as the first stage, and before
    each further stage a residual block of stride 2 to its width. A cell's nodes each have an edge from every state
    before them, with one of NAS-Bench-201's operations on it.

    Source: stages, their depths and their widths as what is searched, Tan et al., "MnasNet", CVPR 2019, arXiv
    1807.11626; the cells, Dong and Yang, "NAS-Bench-201", ICLR 2020, arXiv 2001.00326.

    Attributes:
        input_shape: the shape of one image, `(height, width, channels)`.
        classes: the number of classes.
        stages: the smallest and the largest number of stages.
        cells: the smallest and the largest number of cells of a stage.
        widths: the numbers of channels of a stage to choose from.
        nodes: of a cell, its input not counted.
        operations: what an edge may carry.

    Raises:
        GenomeError: a number is out of range, a width or an operation is none of the language or stands twice, or the
            networks do not fit on these images.
    """

    input_shape: tuple[int, int, int]
    classes: int
    stages: tuple[int, int] = DEFAULT_STAGES
    cells: tuple[int, int] = DEFAULT_CELLS
    widths: tuple[int, ...] = DEFAULT_FILTERS
    nodes: int = NODES
    operations: tuple[str, ...] = PRIMITIVES
    name: str = "hierarchical"

    def __post_init__(self) -> None:
        checked_input_shape(self.input_shape, self.classes)
        checked_range("stages", *self.stages, MAX_STAGES)
        checked_range("cells of a stage", *self.cells, MAX_REPEATS)
        check_values(FILTERS, self.widths)
        if not 1 <= self.nodes <= MAX_NODES:
            raise GenomeError(f"space hierarchical: nodes must be from 1 to {MAX_NODES}, found {self.nodes}")
        check_operations(self.operations, PRIMITIVES, self.name)
        validate(self.decode((0,) * len(self.positions)), self.input_shape, self.classes)

    @property
    def lengths(self) -> tuple[int, int]:
        """The smallest and the largest number of stages."""
        return self.stages

    def _part_positions(self, place: int) -> Positions:
        edges = self.nodes * (self.nodes + 1) // 2
        return (self.widths, tuple(range(self.cells[0], self.cells[1] + 1)), *[self.operations] * edges)

    @property
    def _ending_positions(self) -> Positions:
        return ()

    def _part_size(self, place: int) -> int:
        return prod(map(len, self._part_positions(place)))

    def _ending_size(self, length: int) -> int:
        return 1

    def _assemble(self, parts: Sequence[Combination], ending: Combination) -> Genome:
        genes: list[Gene] = []
        for width, cells, *edges in parts:
            channels = self.widths[width]
            genes.append(ResidualReduction(channels) if genes else Stem(channels, _STEM_KERNEL))
            cell = dense_cell([self.operations[edge] for edge in edges], self.nodes)
            genes.append(CellStack(self.cells[0] + cells, cell))
        return Genome((*genes, PooledClassifier()))

    def _take_apart(self, genome: Genome) -> Parts:
        body = genome.genes[:-1]
        if len(body) % 2:
            raise ValueError(f"{len(body)} layers are no stages of the space")
        return [self._numbers(*body[start : start + 2]) for start in range(0, len(body), 2)], ()

    def _numbers(self, widening: Gene, stack: Gene) -> Combination:
        if not isinstance(widening, Stem | ResidualReduction) or not isinstance(stack, CellStack):
            raise ValueError(f"{widening} and {stack} are no stage of the space")
        cells = range(self.cells[0], self.cells[1] + 1)
        primitives = dense_cell_primitives(stack.cell, self.nodes)
        return (
            self.widths.index(widening.filters),
            cells.index(stack.repeats),
            *map(self.operations.index, primitives),
        )

    def _expected(self) -> str:
        return (
            f"{self.stages[0]} to {self.stages[1]} stages of {self.cells[0]} to {self.cells[1]} cells, widths "
            f"{', '.join(map(str, self.widths))}, {self.nodes} nodes, the operations {', '.join(self.operations)}"
        )
