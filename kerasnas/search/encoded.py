"""Candidates with their encodings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Generic

import numpy as np

from kerasnas.genome.space import G
from kerasnas.search.encoding import Encoder, Matrix


class EncodedGenomes(Generic[G]):
    """Genomes with their features; those that are encoded alike share a row.

    Args:
        genomes: at least one.
        encode: makes the features.

    Attributes:
        rows: the distinct encodings, `(rows, features)`.
    """

    def __init__(self, genomes: Sequence[G], encode: Encoder[G]) -> None:
        self.rows: Matrix
        self.rows, row_of = np.unique(encode(genomes), axis=0, return_inverse=True)
        self._members: list[list[G]] = [[] for _ in self.rows]
        for genome, row in zip(genomes, row_of.ravel(), strict=True):
            self._members[row].append(genome)

    def members(self, row: int, seen: Collection[G]) -> list[G]:
        """Return the genomes of a row that are not in `seen`."""
        return [genome for genome in self._members[row] if genome not in seen]
