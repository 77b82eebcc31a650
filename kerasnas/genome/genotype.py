"""Genotypes: a pair of cells, normal and reduction, as papers and their code print them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Edges: TypeAlias = "tuple[tuple[str, int], ...]"


@dataclass(frozen=True, slots=True)
class Genotype:
    """A pair of cells with two inputs each.

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
