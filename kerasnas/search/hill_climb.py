"""Hill climbing with restarts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from random import Random
from typing import Generic

from kerasnas.genome.space import G
from kerasnas.results import Result
from kerasnas.search.objective import FAILED
from kerasnas.search.replay import Replay
from kerasnas.search.strategy import Strategy


class _Climb(Generic[G]):
    """Where a climb stands.

    Attributes:
        known: the fitness of every genome evaluated.
        top: where the climb stands, or None where it has to start again.
        visited: where it stood before, so that a plateau is not crossed twice.
        untried: the neighbours of `top` that may still be proposed.
    """

    def __init__(self) -> None:
        self.known: dict[G, float] = {}
        self.top: G | None = None
        self.visited: set[G] = set()
        self.untried: dict[G, None] = {}


class HillClimb(Strategy[G]):
    """Climbs to the first better neighbour that it finds; where there is none, starts again at random.

    Neighbours that are known already cost nothing. From a local optimum the climb goes on to a neighbour of equal
    fitness, where there is one, so that a plateau does not end it.

    Source: Russell and Norvig, "Artificial Intelligence: A Modern Approach", section 4.1 (first-choice and
    random-restart hill climbing, sideways moves); on architectures, White et al., arXiv 2005.02960.
    """

    name = "hill-climb"

    patient = False
    """Whether all neighbours are evaluated before the climb moves on."""

    @cached_property
    def _climb(self) -> Replay[_Climb[G]]:
        return Replay(_Climb, self._step)

    def propose(self, history: Sequence[Result], rng: Random) -> G:
        """Return a neighbour of where the climb stands, drawn uniformly from the untried ones."""
        climb = self._climb(history)
        if climb.untried:
            return rng.choice(list(climb.untried))
        return self.fresh(climb.known, rng)

    def _step(self, climb: _Climb[G], result: Result) -> None:
        genome = self.read(result)
        if genome is None or genome in climb.known:
            return
        fitness = climb.known[genome] = self.fitness(result)
        climb.untried.pop(genome, None)
        if climb.top is None:
            if fitness == FAILED:
                return
            climb.visited.clear()
            self._stand(climb, genome)
        elif not self.patient and fitness > climb.known[climb.top]:
            self._stand(climb, genome)
        self._move_on(climb)

    def _stand(self, climb: _Climb[G], genome: G) -> None:
        climb.top = genome
        climb.visited.add(genome)
        climb.untried = dict.fromkeys(self.untried(self.space.neighbours(genome), climb.known))

    def _move_on(self, climb: _Climb[G]) -> None:
        """Go on to the best known neighbour while that leads up; with none untried also sideways, else start again."""
        while climb.top is not None and not (self.patient and climb.untried):
            height = climb.known[climb.top]
            fitness, best = self._best_known_neighbour(climb, climb.top)
            if best is not None and (fitness > height or (fitness == height and not climb.untried)):
                self._stand(climb, best)
            elif climb.untried:
                return
            else:
                climb.top = None

    def _best_known_neighbour(self, climb: _Climb[G], top: G) -> tuple[float, G | None]:
        best: tuple[float, G | None] = (FAILED, None)
        for neighbour in self.space.neighbours(top):
            fitness = climb.known.get(neighbour, FAILED)
            if fitness > best[0] and neighbour not in climb.visited:
                best = fitness, neighbour
        return best


class SteepestHillClimb(HillClimb[G]):
    """Evaluates all neighbours and climbs to the best of them; where none is better, starts again at random.

    Source: as `HillClimb` (steepest-ascent hill climbing).
    """

    name = "hill-climb-steepest"

    patient = True
