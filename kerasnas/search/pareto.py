"""Which genomes are worth keeping when several figures count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

Point: TypeAlias = "tuple[float, ...]"
"""The figures of one genome, all of them to be small."""


def dominates(first: Point, second: Point) -> bool:
    """Tell whether `first` is nowhere worse than `second` and somewhere better."""
    return first != second and all(a <= b for a, b in zip(first, second, strict=True))


def fronts(points: Sequence[Point]) -> list[list[int]]:
    """Return the numbers of `points` by front: those that none dominates, then those that only these dominate, …

    Source: the fast non-dominated sort of Deb et al., "A Fast and Elitist Multiobjective Genetic Algorithm:
    NSGA-II", IEEE Transactions on Evolutionary Computation 2002.
    """
    dominators = [sum(dominates(other, point) for other in points) for point in points]
    front = [number for number, count in enumerate(dominators) if count == 0]
    found = []
    while front:
        found.append(front)
        following = []
        for member in front:
            for number, point in enumerate(points):
                if dominates(points[member], point):
                    dominators[number] -= 1
                    if dominators[number] == 0:
                        following.append(number)
        front = sorted(following)
    return found


def crowding(points: Sequence[Point]) -> list[float]:
    """Return how far the neighbours of each point lie apart, summed over the figures; infinite at the ends.

    Source: the crowding distance of NSGA-II (Deb et al. 2002).
    """
    distances = [0.0] * len(points)
    for figure in range(len(points[0]) if points else 0):
        order = sorted(range(len(points)), key=lambda number: points[number][figure])
        width = points[order[-1]][figure] - points[order[0]][figure]
        distances[order[0]] = distances[order[-1]] = math.inf
        if 0 < width < math.inf:
            for before, number, after in zip(order, order[1:], order[2:], strict=False):
                distances[number] += (points[after][figure] - points[before][figure]) / width
    return distances


def pareto_front(points: Sequence[Point]) -> list[int]:
    """Return the numbers of the points that no other dominates, in their order."""
    return fronts(points)[0] if points else []
