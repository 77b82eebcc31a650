"""Which layer of a child is which of its parent's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple
from typing import TypeVar

from kerasnas.genome.genes import (
    AveragePooling,
    Convolution,
    Dropout,
    FinalLayers,
    Gene,
    Genome,
    MaxPooling,
    ReductionConvolution,
    ReductionSeparable,
    SeparableConvolution,
)

_FAMILIES = (
    (Convolution, ReductionConvolution),
    (SeparableConvolution, ReductionSeparable),
    (MaxPooling, AveragePooling),
    (Dropout,),
    (FinalLayers,),
)
"""Layers of one family have weights of the same kinds."""

_FAMILY = {kind: number for number, family in enumerate(_FAMILIES) for kind in family}

_ALONE = 4
_OTHER_TYPE = 2

T = TypeVar("T")

Pair = tuple[int | None, int | None]


def is_chain(genome: Genome) -> bool:
    """Tell whether each layer of `genome` is one of a chain's, and so reads the layer before it alone."""
    return all(type(gene) in _FAMILY for gene in genome.genes)


def align(child: Sequence[T], parent: Sequence[T], change: Callable[[T, T], int | None]) -> list[Pair]:
    """Return what is in two sequences in pairs of places, in their order; None stands where one has nothing.

    The pairs cost least; what only one has costs 4. Of equal alignments it is the one whose pairs come first, since a
    layer that is inserted late may be an identity.

    Args:
        child: the one sequence, such as the genes of a chain.
        parent: the other.
        change: what a pair costs, None where the two make no pair.

    Source: Wagner and Fischer, "The String-to-String Correction Problem", Journal of the ACM, 1974.
    """
    rows, columns = len(child), len(parent)
    costs = [[0] * (columns + 1) for _ in range(rows + 1)]  # from each place to both ends
    steps: dict[tuple[int, int], tuple[int, int]] = {}
    for i in reversed(range(rows + 1)):
        for j in reversed(range(columns + 1)):
            possible = []
            paired = change(child[i], parent[j]) if i < rows and j < columns else None
            if paired is not None:
                possible.append((paired + costs[i + 1][j + 1], (1, 1)))
            if j < columns:
                possible.append((_ALONE + costs[i][j + 1], (0, 1)))
            if i < rows:
                possible.append((_ALONE + costs[i + 1][j], (1, 0)))
            if possible:
                # Of equal ones `min` takes the first, which is the pair.
                costs[i][j], steps[i, j] = min(possible, key=lambda each: each[0])
    pairs: list[Pair] = []
    i = j = 0
    while (i, j) in steps:
        down, right = steps[i, j]
        pairs.append((i if down else None, j if right else None))
        i, j = i + down, j + right
    return pairs


def gene_change(one: Gene, other: Gene) -> int | None:
    """Return what a pair of a chain's layers costs: 2 for another stride or kind of pooling, 1 for another argument."""
    if _FAMILY[type(one)] != _FAMILY[type(other)]:
        return None
    arguments = sum(a != b for a, b in zip(astuple(one), astuple(other), strict=True))
    return _OTHER_TYPE * (type(one) is not type(other)) + arguments
