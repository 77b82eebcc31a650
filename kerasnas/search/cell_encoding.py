"""Cells as vectors of numbers: the paths through a cell, and what it is made of."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from kerasnas.genome.cells import PRIMITIVES, Cell, Edge

LONGEST_PATH = 3
"""Longer paths through a cell are cut to their first so many operations, as BANANAS does."""

_COUNT_WEIGHT = 0.5
_LIVE = tuple(primitive for primitive in PRIMITIVES if primitive != "none")
_PATHS = {
    path: number
    for number, path in enumerate(
        path for length in range(1, LONGEST_PATH + 1) for path in product(_LIVE, repeat=length)
    )
}


@lru_cache(maxsize=65536)
def cell_features(cell: Cell) -> NDArray[np.float64]:
    """Return what a regressor needs to know of a cell with NAS-Bench-201's operations, `(features,)`.

    First, for each sequence of operations, whether a path from the cell's input to its output has it (the path
    encoding of BANANAS). Then, at half weight, how many of its edges carry each operation, and how many convolutions
    its deepest path has: the paths of two cells may have none in common where one has merely one convolution more.
    Edges that no path uses count for nothing, so that cells which compute the same are equal.

    Source: White, Neiswanger and Savani, "BANANAS", AAAI 2021, arXiv 1910.11858.
    """
    return np.concatenate([_paths(cell), _COUNT_WEIGHT * _contents(cell)])


def _paths(cell: Cell) -> NDArray[np.float64]:
    found = np.zeros(len(_PATHS))
    paths: list[set[tuple[str, ...]]] = [{()}]
    for node in cell.nodes:
        # Cut at once: a large cell has too many whole paths to hold.
        paths.append({(*path, edge.primitive)[:LONGEST_PATH] for edge in _live(node) for path in paths[edge.source]})
    for path in paths[-1]:
        found[_PATHS[path]] = 1.0
    return found


def _contents(cell: Cell) -> NDArray[np.float64]:
    """Return how many edges carry each operation, and the depth in convolutions, `(operations + 1,)`."""
    # How many convolutions the deepest path to each node has; none where no path leads there.
    depths: list[int | None] = [0]
    for node in cell.nodes:
        reaching = [
            depth + edge.primitive.startswith("nor_conv")
            for edge in _live(node)
            if (depth := depths[edge.source]) is not None
        ]
        depths.append(max(reaching, default=None))
    used = {len(cell.nodes)} if depths[-1] is not None else set()
    counts: Counter[str] = Counter()
    for number in range(len(cell.nodes), 0, -1):
        if number in used:
            edges = [edge for edge in _live(cell.nodes[number - 1]) if depths[edge.source] is not None]
            used |= {edge.source for edge in edges}
            counts.update(edge.primitive for edge in edges)
    return np.array([*(counts[primitive] for primitive in _LIVE), depths[-1] or 0], dtype=np.float64)


def _live(node: tuple[Edge, ...]) -> list[Edge]:
    return [edge for edge in node if edge.primitive != "none"]
