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
from kerasnas.search.surrogate import GaussianEnsemble, Vector

LARGEST_POOL = 20_000
"""Spaces of no more combinations are their own candidates."""

SHORTLIST = 500
"""For so many candidates, the best by mean, and for as many of the others the uncertainty is computed."""

_SMALLEST_UNIT = 1e-6
_STRANGERS_A_FIT = 10

_Known: TypeAlias = "tuple[tuple[G, float], ...]"


class PredictorGuided(Strategy[G]):
    """Fits a predictor to what is known, and proposes what a draw from its belief says is best.

    Candidates are all genomes of a small space, else the neighbours of the best genomes and random ones. After
    `initial` random genomes the predictor is fitted anew whenever the history has grown by a tenth; each fit yields
    the proposals up to the next, by independent Thompson sampling. Every third of them is instead the neighbour of one
    of the `tops` best genomes that the predictor thinks most of: the very best lie close together, where a predictor
    of the whole space sees no difference. Some are drawn uniformly, lest it stay in the wrong region for ever.

    Args:
        initial: how many random genomes come first.
        parents: how many of the best genomes have their neighbours as candidates.
        strangers: how many random candidates there are besides.
        tops: how many of the best genomes have their neighbours proposed.

    Source: White, Neiswanger and Savani, "BANANAS: Bayesian Optimization with Neural Architectures for Neural
    Architecture Search", AAAI 2021, arXiv 1910.11858 (ensemble, path encoding, independent Thompson sampling);
    local search as a complement, White, Nolen and Savani, UAI 2021, arXiv 2005.02960.
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
        tops: int = 3,
    ) -> None:
        super().__init__(space, fitness=fitness, admits=admits)
        if initial < 2:
            raise SettingsError(f"a predictor needs at least 2 genomes to begin with, found {initial}")
        self.initial = initial
        self.parents = parents
        self.strangers = strangers
        self.tops = tops
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
        targets = log_regrets([fitness for _, fitness in known])
        if pool is None or targets is None:
            return []
        predictor = GaussianEnsemble(self._encode([genome for genome, _ in known]), targets)
        drawn = self._drawn(predictor, pool, seen, rng)
        anything = self.untried([self.space.sample(rng) for _ in range(_STRANGERS_A_FIT)], seen)
        return _interleaved(_interleaved(drawn, anything, every=5), self._near_the_top(predictor, known), every=2)

    def _drawn(
        self, predictor: GaussianEnsemble, pool: EncodedGenomes[G], seen: dict[G, float], rng: Random
    ) -> list[G]:
        """Return candidates by a draw from what the predictor believes of each."""
        open_rows = [row for row in range(len(pool.rows)) if pool.members(row, seen)]
        by_mean = np.array(open_rows)[np.argsort(-predictor.mean(pool.rows[open_rows]), kind="stable")]
        others = by_mean[SHORTLIST:].tolist()
        # Some of the rest as well: of what is unlike all that is known, the mean says nothing.
        rows = np.array([*by_mean[:SHORTLIST], *rng.sample(others, min(SHORTLIST, len(others)))])
        mean, deviation = predictor.predict(pool.rows[rows])
        draws = mean + deviation * np.array([rng.gauss(0, 1) for _ in rows])
        best = rows[np.argsort(-draws, kind="stable")]
        return [genome for row in best for genome in pool.members(row, seen)]

    def _near_the_top(self, predictor: GaussianEnsemble, known: _Known[G]) -> list[G]:
        """Return the unknown neighbours of the best genomes, the most promising first."""
        best = sorted(known, key=lambda pair: pair[1], reverse=True)[: self.tops]
        found = {neighbour: None for genome, _ in best for neighbour in self.space.neighbours(genome)}
        neighbours = self.untried(found, dict(known))
        if not neighbours:
            return []
        order = np.argsort(-predictor.mean(self._encode(neighbours)), kind="stable")
        return [neighbours[number] for number in order]

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


def log_regrets(fitnesses: Sequence[float]) -> Vector | None:
    """Return what a predictor learns: minus the logarithm of how far each fitness is from the best, standardised.

    The distances are in units of that between the best and the upper quartile, so that differences count near the top
    and fade below. Failures count as the worst fitness that was reached.

    Args:
        fitnesses: `FAILED` where there is none.

    Returns:
        Of zero mean and unit variance, `(genomes,)`; None where all are equal.
    """
    values = np.array(fitnesses)
    reached = values[values > FAILED]
    if not len(reached) or reached.min() == reached.max():
        return None
    distances = reached.max() - np.where(values > FAILED, values, reached.min())
    unit = max(reached.max() - np.percentile(reached, 75), _SMALLEST_UNIT)
    logarithms = -np.log1p(distances / unit)
    return (logarithms - logarithms.mean()) / logarithms.std()


def _interleaved(first: Sequence[G], second: Sequence[G], every: int) -> list[G]:
    """Return both without repetition: after every so many of the first, one of the second."""
    rest, merged = iter(second), []
    for number, genome in enumerate(first, start=1):
        merged.append(genome)
        if number % every == 0 and (other := next(rest, None)) is not None:
            merged.append(other)
    return list(dict.fromkeys([*merged, *rest]))
