"""Genomes as vectors of numbers, for regressors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from kerasnas.errors import GenomeError
from kerasnas.genome import Genome, SearchSpace
from kerasnas.genome.cells import PRIMITIVES, Cell
from kerasnas.genome.nasbench201 import cell_of
from kerasnas.genome.space import G, Value

Matrix = NDArray[np.float64]

LONGEST_PATH = 3
"""Longer paths through a cell are cut to their first so many operations, as BANANAS does."""

_LIVE = tuple(primitive for primitive in PRIMITIVES if primitive != "none")
_PATHS = {
    path: number
    for number, path in enumerate(
        path for length in range(1, LONGEST_PATH + 1) for path in product(_LIVE, repeat=length)
    )
}


class Encoder(Generic[G]):
    """Writes genomes as vectors: those with cells by the paths through the cell, all others position by position.

    The path encoding says which sequences of operations lead from the cell's input to its output, so that cells
    which compute the same are equal. The positional one is one-hot; where the values are numbers it also has their
    logarithm, so that 32 filters are nearer to 64 than to 4.

    Args:
        space: whose genomes are encoded.

    Source: White et al., "A Study on Encodings for Neural Architecture Search", NeurIPS 2020, arXiv 2007.04965;
    the path encoding, BANANAS, AAAI 2021, arXiv 1910.11858.
    """

    def __init__(self, space: SearchSpace[G]) -> None:
        self._space = space
        self._tables = [_table(values) for values in space.positions]
        self._has_cells = _cell(next(iter(space))) is not None

    def __call__(self, genomes: Sequence[G]) -> Matrix:
        """Return a matrix of shape `(genomes, features)`."""
        if self._has_cells:
            return np.array([_paths(cell) for cell in map(_cell, genomes) if cell is not None])
        combinations = np.array([self._space.encode(genome) for genome in genomes])
        return np.hstack([table[combinations[:, place]] for place, table in enumerate(self._tables)])


def _cell(genome: object) -> Cell | None:
    try:
        return cell_of(genome) if isinstance(genome, Genome) else None
    except GenomeError:
        return None


@lru_cache(maxsize=65536)
def _paths(cell: Cell) -> Matrix:
    """Return for each sequence of operations whether a path of the cell has it."""
    found = np.zeros(len(_PATHS))
    paths: list[set[tuple[str, ...]]] = [{()}]
    for node in cell.nodes:
        live = [edge for edge in node if edge.primitive != "none"]
        # Cut at once: a large cell has too many whole paths to hold.
        paths.append({(*path, edge.primitive)[:LONGEST_PATH] for edge in live for path in paths[edge.source]})
    for path in paths[-1]:
        found[_PATHS[path]] = 1.0
    return found


def _table(values: Sequence[Value]) -> Matrix:
    """Return the features of each value of one position, in shape `(values, features)`."""
    one_hot = np.eye(len(values))
    if len(values) < 3 or not all(isinstance(value, int) for value in values):
        return one_hot
    logarithms = np.array([math.log(max(int(value), 1)) for value in values if value is not None])
    return np.hstack([one_hot / 2, logarithms[:, None] / (np.std(logarithms) or 1.0)])
