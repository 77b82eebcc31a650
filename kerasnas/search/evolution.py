"""Regularised evolution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from random import Random

from kerasnas.errors import SettingsError
from kerasnas.genome import SearchSpace
from kerasnas.genome.space import G
from kerasnas.results import Result
from kerasnas.search.strategy import Strategy

_TOURNAMENTS = 100


class RegularisedEvolution(Strategy[G]):
    """Mutates the winner of a tournament among the youngest genomes; the oldest die, however good they are.

    The population is the last `population` results: that is what ageing means. Until there are so many, genomes
    are drawn at random. A child is drawn from the mutations of the winner that were not evaluated before.

    Args:
        population: how many results live.
        tournament: how many of them, drawn without replacement, compete to be the parent.

    Source: Real, Aggarwal, Huang and Le, "Regularized Evolution for Image Classifier Architecture Search", AAAI
    2019, arXiv 1802.01548.
    """

    name = "evolution"

    def __init__(
        self,
        space: SearchSpace[G],
        *,
        fitness: Callable[[Result], float] | None = None,
        admits: Callable[[G], bool] | None = None,
        population: int = 50,
        tournament: int = 10,
    ) -> None:
        super().__init__(space, fitness=fitness, admits=admits)
        if not 1 <= tournament <= population:
            raise SettingsError(f"a tournament of {tournament} needs a population as large, found {population}")
        self.population = population
        self.tournament = tournament

    def propose(self, history: Sequence[Result], rng: Random) -> G:
        """Return a child of a tournament's winner, or a random genome while the population grows."""
        observed = self.observed(history)
        if len(observed) < self.population:
            return self.fresh(observed, rng)
        living = list(islice(reversed(observed.items()), self.population))
        for _ in range(_TOURNAMENTS):
            winner, _fitness = max(rng.sample(living, self.tournament), key=lambda pair: pair[1])
            children = self.untried(self.space.neighbours(winner), observed)
            if children:
                return rng.choice(children)
        return self.fresh(observed, rng)
