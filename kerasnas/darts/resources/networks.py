"""From strengths of the operations to the network that is derived, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasnas.darts.cell import edge_count
from kerasnas.darts.derive import derive, derive_cell
from kerasnas.darts.primitives import DARTS_PRIMITIVES, NASBENCH201_PRIMITIVES
from kerasnas.genome import Genome
from kerasnas.genome.cells import Cell
from kerasnas.genome.genotype import Genotype, darts_genome
from kerasnas.genome.nasbench201 import nasbench201_genome
from kerasnas.model.cost import Cost, cost

Strengths = dict[str, np.ndarray]


@dataclass(frozen=True)
class DerivedNetworks:
    """The networks that a search can come to.

    Attributes:
        space: `darts` or `nasbench201`.
        channels: of the first cells.
        cells: of the network in DARTS' space, of a stage in NAS-Bench-201's.
        nodes: of a cell.
        image_shape: height, width and channels of the images that the network is for.
        classes: how many there are.
    """

    space: str
    channels: int
    cells: int
    nodes: int
    image_shape: tuple[int, int, int]
    classes: int

    @property
    def inputs(self) -> int:
        """How many states a cell reads that are not its own nodes."""
        return 2 if self.space == "darts" else 1

    @property
    def cell_names(self) -> tuple[str, ...]:
        """The cells, in the order of the alphas."""
        return ("normal", "reduce") if self.space == "darts" else ("cell",)

    @property
    def primitives(self) -> tuple[str, ...]:
        """Names of the operations, in the order of the alphas' columns."""
        return DARTS_PRIMITIVES if self.space == "darts" else NASBENCH201_PRIMITIVES

    @property
    def edges(self) -> int:
        """How many edges a cell has in the supernet."""
        return edge_count(self.inputs, self.nodes)

    def cell(self, strengths: Strengths, max_skips: int | None = None) -> Genotype | Cell:
        """Return the cell, or the pair of cells, derived from strengths, each [edges, operations]."""
        if self.space == "darts":
            return derive(strengths["normal"], strengths["reduce"], self.primitives, max_skips)
        return derive_cell(strengths["cell"], self.primitives, max_skips)

    def genome(self, cell: Genotype | Cell) -> Genome:
        """Return the network of a cell."""
        if isinstance(cell, Genotype):
            return darts_genome(cell, self.channels, self.cells)
        return nasbench201_genome(cell, self.cells, self.channels)

    def cost(self, strengths: Strengths) -> Cost:
        """Return what the derived network costs."""
        return cost(self.genome(self.cell(strengths)), self.image_shape, self.classes)
