"""Genomes as vectors of numbers, for regressors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from kerasnas.errors import GenomeError
from kerasnas.genome import Genome, SearchSpace, SequenceSpace
from kerasnas.genome.cells import Cell
from kerasnas.genome.nasbench201 import cell_of
from kerasnas.genome.space import G, Value
from kerasnas.search.cell_encoding import cell_features

Matrix = NDArray[np.float64]

_SEQUENCE_WEIGHT = 0.5


class Encoder(Generic[G]):
    """Writes genomes as vectors: those with cells by `cell_features`, all others position by position.

    The positional encoding is one-hot; where the values are numbers it also has their
    logarithm, so that 32 filters are nearer to 64 than to 4. A position that does not count in a genome is all zeros.
    In spaces of sequences all has half weight: their genomes differ at many positions, and at full weight each would be
    too far from all others for a predictor to learn from them.

    Args:
        space: whose genomes are encoded.

    Source: White et al., "A Study on Encodings for Neural Architecture Search", NeurIPS 2020, arXiv 2007.04965.
    """

    def __init__(self, space: SearchSpace[G]) -> None:
        self._space = space
        self._tables = [_table(values) for values in space.positions]
        is_sequence = isinstance(space, SequenceSpace)
        self._weight = _SEQUENCE_WEIGHT if is_sequence else 1.0
        self._has_cells = not is_sequence and _cell(next(iter(space))) is not None

    def __call__(self, genomes: Sequence[G]) -> Matrix:
        """Return a matrix of shape `(genomes, features)`."""
        if self._has_cells:
            return np.array([cell_features(cell) for cell in map(_cell, genomes) if cell is not None])
        combinations = np.array([self._space.encode(genome) for genome in genomes])
        counts = np.array([self._space.counts(combination) for combination in combinations.tolist()])
        features = [table[combinations[:, place]] * counts[:, place, None] for place, table in enumerate(self._tables)]
        return self._weight * np.hstack(features)


def _cell(genome: object) -> Cell | None:
    try:
        return cell_of(genome) if isinstance(genome, Genome) else None
    except GenomeError:
        return None


def _table(values: Sequence[Value]) -> Matrix:
    """Return the features of each value of one position, in shape `(values, features)`."""
    one_hot = np.eye(len(values))
    if len(values) < 3 or not all(isinstance(value, int) for value in values):
        return one_hot
    logarithms = np.array([math.log(max(int(value), 1)) for value in values if value is not None])
    return np.hstack([one_hot / 2, logarithms[:, None] / (np.std(logarithms) or 1.0)])
