"""NSGA-II: the front of accuracy against cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import Generic, Literal, get_args

from kerasnas.errors import ResultsError, SettingsError
from kerasnas.genome import SearchSpace
from kerasnas.genome.space import G
from kerasnas.results import Result
from kerasnas.search.pareto import Point, crowding, fronts
from kerasnas.search.replay import Replay
from kerasnas.search.strategy import Strategy

_ATTEMPTS = 100

CostName = Literal["parameters", "macs", "peak_activation_bytes", "latency_ratio", "seconds"]


@dataclass(frozen=True)
class _Individual(Generic[G]):
    """A genome, its figures, and its place among its generation: the front, and how lonely it is there."""

    genome: G
    point: Point
    front: int = 0
    crowding: float = 0.0

    @property
    def rank(self) -> tuple[int, float]:
        """What tournaments and survival go by; smaller is better."""
        return self.front, -self.crowding


class _Generations(Generic[G]):
    """The parents, and the offspring that has been evaluated so far."""

    def __init__(self) -> None:
        self.seen: set[G] = set()
        self.parents: list[_Individual[G]] = []
        self.offspring: list[_Individual[G]] = []


class Nsga2(Strategy[G]):
    """Keeps the least dominated of parents and offspring; children of tournament winners, by crossover and mutation.

    Every `population` results make a generation, the first of them random.

    Args:
        population: how many survive a generation.
        cost: which figure of a result is to be small, beside the fitness that is to be large.

    Source: Deb, Pratap, Agarwal and Meyarivan, "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II", IEEE
    Transactions on Evolutionary Computation 2002; on architectures, Lu et al., "NSGA-Net", arXiv 1810.03522.
    """

    name = "nsga2"

    def __init__(
        self,
        space: SearchSpace[G],
        *,
        fitness: Callable[[Result], float] | None = None,
        admits: Callable[[G], bool] | None = None,
        population: int = 20,
        cost: CostName = "parameters",
    ) -> None:
        super().__init__(space, fitness=fitness, admits=admits)
        if population < 2:
            raise SettingsError(f"a population needs at least 2 genomes, found {population}")
        if cost not in get_args(CostName):
            raise SettingsError(f"unknown cost {cost!r}, expected one of {', '.join(get_args(CostName))}")
        self.population = population
        self.cost: CostName = cost

    def propose(self, history: Sequence[Result], rng: Random) -> G:
        """Return a child of two tournament winners, or a random genome in the first generation."""
        generations = self._generations(history)
        if not generations.parents:
            return self.fresh(generations.seen, rng)
        for _ in range(_ATTEMPTS):
            child = self._child(generations.parents, rng)
            children = [child, *self.space.neighbours(child)] if child in generations.seen else [child]
            untried = self.untried(children, generations.seen)
            if untried:
                return rng.choice(untried)
        return self.fresh(generations.seen, rng)

    def point(self, result: Result) -> Point:
        """Return the figures of a result, small ones being good; a missing cost counts as infinite.

        Raises:
            ResultsError: latency is the cost, and was not measured.
        """
        cost = getattr(result, self.cost)
        if cost is None and result.ok and self.cost == "latency_ratio":
            raise ResultsError(f"{result.genome}: the result has no latency to weigh; measure it with --latency")
        return -self.fitness(result), float("inf") if cost is None else float(cost)

    @cached_property
    def _generations(self) -> Replay[_Generations[G]]:
        return Replay(_Generations, self._step)

    def _step(self, generations: _Generations[G], result: Result) -> None:
        genome = self.read(result)
        if genome is None or genome in generations.seen:
            return
        generations.seen.add(genome)
        generations.offspring.append(_Individual(genome, self.point(result)))
        if len(generations.offspring) == self.population:
            generations.parents = _survivors(generations.parents + generations.offspring, self.population)
            generations.offspring = []

    def _child(self, parents: list[_Individual[G]], rng: Random) -> G:
        mother, father = (min(rng.sample(parents, 2), key=lambda parent: parent.rank).genome for _ in range(2))
        child = self.space.crossover(mother, father, rng)
        neighbours = self.space.neighbours(child)
        return rng.choice(neighbours) if neighbours else child


def _survivors(candidates: list[_Individual[G]], count: int) -> list[_Individual[G]]:
    ranked: list[_Individual[G]] = []
    for number, front in enumerate(fronts([candidate.point for candidate in candidates])):
        distances = crowding([candidates[member].point for member in front])
        ranked += [
            replace(candidates[member], front=number, crowding=distance)
            for member, distance in zip(front, distances, strict=True)
        ]
    return sorted(ranked, key=lambda individual: individual.rank)[:count]
