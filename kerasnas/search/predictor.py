"""Search guided by a predictor of performance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeAlias

import numpy as np

from kerasnas.errors import SettingsError
from kerasnas.genome import SearchSpace
from kerasnas.genome.space import G
from kerasnas.results import Result
from kerasnas.search.encoding import Encoder
from kerasnas.search.objective import FAILED
from kerasnas.search.strategy import Strategy
from kerasnas.search.surrogate import GaussianEnsemble, Vector, expected_improvement

_Known: TypeAlias = "tuple[tuple[G, float], ...]"


class PredictorGuided(Strategy[G]):
    """Fits a predictor to what is known, and proposes the candidates from which it expects the most improvement.

    Candidates are the untried neighbours of the best genomes, and random ones. After `initial` random genomes the
    predictor is fitted anew whenever the history has grown by a tenth; each fit yields the proposals up to the
    next. Fitnesses below the median count as the median: what matters is who is best, not how bad the rest is.

    Args:
        initial: how many random genomes come first.
        parents: how many of the best genomes have their neighbours as candidates.
        strangers: how many random candidates there are besides.

    Source: White, Neiswanger and Savani, "BANANAS: Bayesian Optimization with Neural Architectures for Neural
    Architecture Search", AAAI 2021, arXiv 1910.11858.
    """

    name = "predictor"

    def __init__(
        self,
        space: SearchSpace[G],
        *,
        fitness: Callable[[Result], float] | None = None,
        admits: Callable[[G], bool] | None = None,
        initial: int = 10,
        parents: int = 10,
        strangers: int = 200,
    ) -> None:
        super().__init__(space, fitness=fitness, admits=admits)
        if initial < 2:
            raise SettingsError(f"a predictor needs at least 2 genomes to begin with, found {initial}")
        self.initial = initial
        self.parents = parents
        self.strangers = strangers
        self._encode = Encoder(space)
        self._last: tuple[_Known[G], list[G]] = (), []

    def propose(self, history: Sequence[Result], rng: Random) -> G:
        """Return the most promising candidate of the last fit that has not been proposed since."""
        observed = self.observed(history)
        if len(observed) < self.initial:
            return self.fresh(observed, rng)
        known = tuple(observed.items())[: self._last_fit(len(observed))]
        untried = (genome for genome in self._ranked(known) if genome not in observed)
        return next(untried, None) or self.fresh(observed, rng)

    def _last_fit(self, observed: int) -> int:
        """Return how many results were known when the predictor was fitted last."""
        size = self.initial
        while size + _batch(size) <= observed:
            size += _batch(size)
        return size

    def _ranked(self, known: _Known[G]) -> list[G]:
        """Return the candidates that follow from `known`, best first; the last answer is kept, to save time."""
        if self._last[0] != known:
            # Seeded by what is known, so that all proposals up to the next fit agree on the candidates.
            rng = Random("\n".join(str(genome) for genome, _ in known))
            self._last = known, self._rank(known, rng)
        return self._last[1]

    def _rank(self, known: _Known[G], rng: Random) -> list[G]:
        targets = _targets([fitness for _, fitness in known])
        candidates = self._candidates(known, rng)
        if targets is None or not candidates:
            return candidates
        predictor = GaussianEnsemble(self._encode([genome for genome, _ in known]), targets)
        gain = expected_improvement(*predictor.predict(self._encode(candidates)), best=float(targets.max()))
        return [candidates[number] for number in np.argsort(-gain, kind="stable")]

    def _candidates(self, known: _Known[G], rng: Random) -> list[G]:
        seen = dict(known)
        found: dict[G, None] = {}
        best = sorted(known, key=lambda pair: pair[1], reverse=True)[: self.parents]
        for genome, _ in best:
            found |= dict.fromkeys(self.untried(self.space.neighbours(genome), seen))
        strangers = [self.space.sample(rng) for _ in range(self.strangers)]
        found |= dict.fromkeys(self.untried(strangers, seen))
        return list(found)


def _batch(size: int) -> int:
    return max(2, size // 10)


def _targets(fitnesses: list[float]) -> Vector | None:
    """Return the fitnesses with the lower half raised to the median, standardised; None where all are equal."""
    reached = [fitness for fitness in fitnesses if fitness > FAILED]
    if not reached:
        return None
    raised = np.maximum(fitnesses, np.median(reached))
    spread = float(raised.std())
    return (raised - raised.mean()) / spread if spread > 0 else None
