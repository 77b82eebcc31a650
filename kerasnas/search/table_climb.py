"""Hill climbing over models that are trained already, as the workflow's authors do it.

Models stand in a row, sorted by size. From a random one the climb goes to the smaller neighbour if that is more
accurate; else to the larger one if that is more accurate and its fitness is better; else it has reached a local
optimum and starts again elsewhere. The fittest optimum wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from kerasnas.search.fitness import fitness


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trained model: its accuracy in percent, and its size in parameters or multiply-adds, or the time it takes."""

    genome: str
    accuracy: float
    size: float

    def fitness(self, penalty: float) -> float:
        """Return the accuracy less the penalty on size."""
        return fitness(self.accuracy, self.size, penalty)


@dataclass(frozen=True, slots=True)
class Climb:
    """What a climb found.

    Attributes:
        best: the fittest local optimum.
        path: the models passed from the start of the climb that found it, `best` the last.
        optima: how many different local optima were found.
    """

    best: Candidate
    path: tuple[Candidate, ...]
    optima: int


def climb(candidates: Sequence[Candidate], *, penalty: float, restarts: int, rng: Random) -> Climb:
    """Climb `restarts` times from random starts and return the best of it.

    Args:
        candidates: at least one model.
        penalty: points of accuracy per tenfold of size.
        restarts: how many climbs, at least one.
        rng: draws the starts.
    """
    row = sorted(candidates, key=lambda candidate: (candidate.size, -candidate.accuracy, candidate.genome))
    paths = [_path(row, rng.randrange(len(row)), penalty) for _ in range(restarts)]
    best_path = max(paths, key=lambda path: row[path[-1]].fitness(penalty))
    return Climb(
        best=row[best_path[-1]],
        path=tuple(row[place] for place in best_path),
        optima=len({path[-1] for path in paths}),
    )


def _path(row: Sequence[Candidate], start: int, penalty: float) -> list[int]:
    path = [start]
    while (following := _step(row, path[-1], penalty)) is not None:
        path.append(following)
    return path


def _step(row: Sequence[Candidate], place: int, penalty: float) -> int | None:
    here = row[place]
    if place > 0 and row[place - 1].accuracy > here.accuracy:
        return place - 1
    if place + 1 < len(row):
        right = row[place + 1]
        if right.accuracy > here.accuracy and right.fitness(penalty) > here.fitness(penalty):
            return place + 1
    return None
