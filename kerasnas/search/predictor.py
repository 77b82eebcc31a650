"""Search guided by a predictor of performance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from random import Random
from typing import TypeAlias

import numpy as np

from kerasnas.errors import SettingsError
from kerasnas.genome import SearchSpace
from kerasnas.genome.space import G
from kerasnas.results import Result
from kerasnas.search.encoded import EncodedGenomes
from kerasnas.search.encoding import Encoder
from kerasnas.search.objective import FAILED
from kerasnas.search.strategy import Strategy
from kerasnas.search.surrogate import GaussianEnsemble, Vector, expected_improvement

LARGEST_POOL = 20_000
"""Spaces of no more combinations are their own candidates."""

SHORTLIST = 500
"""For so many candidates, the best by mean, and for as many of the others the uncertainty is computed."""

_Known: TypeAlias = "tuple[tuple[G, float], ...]"


class PredictorGuided(Strategy[G]):
    """Fits a predictor to what is known, and proposes the candidates from which it expects the most improvement.

    Candidates are all genomes of a small space, else the neighbours of the best genomes and random ones. After
    `initial` random genomes the predictor is fitted anew whenever the history has grown by a tenth; each fit yields
    the proposals up to the next. Fitnesses below the median count as the median: what matters is who is best, not
    how bad the rest is.

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
        seen = dict(known)
        pool = self._everything or self._near_and_far(known, rng)
        targets = _targets([fitness for _, fitness in known])
        if pool is None or targets is None:
            return []
        open_rows = [row for row in range(len(pool.rows)) if pool.members(row, seen)]
        predictor = GaussianEnsemble(self._encode([genome for genome, _ in known]), targets)
        by_mean = np.array(open_rows)[np.argsort(-predictor.mean(pool.rows[open_rows]), kind="stable")]
        others = by_mean[SHORTLIST:].tolist()
        # Some of the rest as well: of what is unlike all that is known, the mean says nothing.
        rows = np.array([*by_mean[:SHORTLIST], *rng.sample(others, min(SHORTLIST, len(others)))])
        gains = expected_improvement(*predictor.predict(pool.rows[rows]), best=float(targets.max()))
        best = rows[np.argsort(-gains, kind="stable")]
        return [genome for row in best for genome in pool.members(row, seen)]

    @cached_property
    def _everything(self) -> EncodedGenomes[G] | None:
        """The whole space, where it is small enough to be a candidate as it is."""
        if self.space.size > LARGEST_POOL:
            return None
        genomes = self.untried(list(self.space), ())
        return EncodedGenomes(genomes, self._encode) if genomes else None

    def _near_and_far(self, known: _Known[G], rng: Random) -> EncodedGenomes[G] | None:
        best = sorted(known, key=lambda pair: pair[1], reverse=True)[: self.parents]
        found = {neighbour: None for genome, _ in best for neighbour in self.space.neighbours(genome)}
        found |= {self.space.sample(rng): None for _ in range(self.strangers)}
        genomes = self.untried(found, dict(known))
        return EncodedGenomes(genomes, self._encode) if genomes else None


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
