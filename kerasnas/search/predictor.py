"""Search guided by a predictor of performance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Generic, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

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

NEAR, ANYWHERE = "near", "anywhere"
TURNS: tuple[float | str, ...] = (1.0, 0.3, 1.0, 0.3, NEAR, 1.0, 0.3, 1.0, 0.3, ANYWHERE)
"""How proposals are come by, one trial after the other; a number is a temperature, by which the deviation is
multiplied before a draw."""

_SMALLEST_UNIT = 1e-6

_Known: TypeAlias = "tuple[tuple[G, float], ...]"


class _Shortlist(NamedTuple):
    """Rows of a pool, and the mean and standard deviation that are believed of them; each `(rows,)`."""

    rows: NDArray[np.int64]
    mean: Vector
    deviation: Vector


@dataclass(frozen=True)
class _Belief(Generic[G]):
    """What follows from the results that were known at a fit."""

    known: _Known[G]
    predictor: GaussianEnsemble
    pool: EncodedGenomes[G]
    shortlist: _Shortlist


class PredictorGuided(Strategy[G]):
    """Fits a predictor to what is known, and proposes what a draw from its belief says is best.

    Candidates are all genomes of a small space, else the neighbours of the best genomes and random ones. After
    `initial` random genomes the predictor is fitted anew for every trial, and for every twenty-fifth part by which a
    long history has grown. Proposals come in `TURNS`: by independent Thompson sampling, at full and at lower
    temperature in turn, which explores and exploits; now and then the neighbour of one of the `tops` best genomes that
    the predictor thinks most of, since the very best lie close together, where a predictor of the whole space sees
    no difference; and now and then one drawn uniformly, lest it stay in the wrong region for ever.

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
        self._last: _Belief[G] | None = None

    def propose(self, history: Sequence[Result], rng: Random) -> G:
        """Return what the last fit thinks most of and has not been proposed since, in the way of this turn."""
        observed = self.observed(history)
        if len(observed) < self.initial:
            return self.fresh(observed, rng)
        turn = TURNS[len(observed) % len(TURNS)]
        if turn == ANYWHERE:
            return self.fresh(observed, rng)
        belief = self._belief(tuple(observed.items())[: self._last_fit(len(observed))])
        if belief is None:
            return self.fresh(observed, rng)
        ranked = self._near_the_top(belief) if turn == NEAR else self._drawn(belief, float(turn), rng)
        return next((genome for genome in ranked if genome not in observed), None) or self.fresh(observed, rng)

    def _last_fit(self, observed: int) -> int:
        """Return how many results were known when the predictor was fitted last."""
        size = self.initial
        while size + _batch(size) <= observed:
            size += _batch(size)
        return size

    def _belief(self, known: _Known[G]) -> _Belief[G] | None:
        """Return what follows from `known`, None where nothing does; the last answer is kept, to save time."""
        if self._last is None or self._last.known != known:
            targets = log_regrets([fitness for _, fitness in known])
            if targets is None:
                return None
            predictor = GaussianEnsemble(self._encode([genome for genome, _ in known]), targets)
            # Seeded by what is known, so that all proposals up to the next fit agree on the candidates.
            rng = Random("\n".join(str(genome) for genome, _ in known))
            pool = self._everything or self._near_and_far(known, rng)
            if pool is None:
                return None
            self._last = _Belief(known, predictor, pool, self._shortlist(predictor, pool, dict(known), rng))
        return self._last

    def _shortlist(
        self, predictor: GaussianEnsemble, pool: EncodedGenomes[G], seen: dict[G, float], rng: Random
    ) -> _Shortlist:
        """Return the candidates worth a draw, with what the predictor believes of each."""
        open_rows = [row for row in range(len(pool.rows)) if pool.members(row, seen)]
        if not open_rows:
            return _Shortlist(np.array([], dtype=int), np.array([]), np.array([]))
        by_mean = np.array(open_rows)[np.argsort(-predictor.mean(pool.rows[open_rows]), kind="stable")]
        others = by_mean[SHORTLIST:].tolist()
        # Some of the rest as well: of what is unlike all that is known, the mean says nothing.
        rows = np.array([*by_mean[:SHORTLIST], *rng.sample(others, min(SHORTLIST, len(others)))])
        return _Shortlist(rows, *predictor.predict(pool.rows[rows]))

    def _drawn(self, belief: _Belief[G], temperature: float, rng: Random) -> Iterator[G]:
        """Yield candidates by a draw from what the predictor believes of each."""
        rows, mean, deviation = belief.shortlist
        draws = mean + temperature * deviation * np.array([rng.gauss(0, 1) for _ in rows])
        for row in rows[np.argsort(-draws, kind="stable")]:
            yield from belief.pool.members(row, ())

    def _near_the_top(self, belief: _Belief[G]) -> list[G]:
        """Return the unknown neighbours of the best genomes, the most promising first."""
        best = sorted(belief.known, key=lambda pair: pair[1], reverse=True)[: self.tops]
        found = {neighbour: None for genome, _ in best for neighbour in self.space.neighbours(genome)}
        neighbours = self.untried(found, dict(belief.known))
        if not neighbours:
            return []
        order = np.argsort(-belief.predictor.mean(self._encode(neighbours)), kind="stable")
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
    return max(1, size // 25)


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
