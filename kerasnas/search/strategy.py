"""What every search strategy is: a pure proposer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Generic

from kerasnas.errors import GenomeError, SearchError
from kerasnas.genome import SearchSpace
from kerasnas.genome.space import G
from kerasnas.results import Result
from kerasnas.search.objective import Fitness
from kerasnas.search.replay import Replay

ENUMERABLE = 1_000_000
"""Spaces of no more combinations are gone through one by one before a search gives up."""

_ATTEMPTS = 1_000


def trial_generator(seed: int, trial: int) -> Random:
    """Return the generator from which trial number `trial`, from 0, of a search with `seed` draws.

    So the proposal for a trial does not depend on what was drawn before it, and a search resumes from its history.
    """
    return Random(f"{seed}:{trial}")


@dataclass(frozen=True, slots=True)
class Trial(Generic[G]):
    """What to evaluate next, and how thoroughly.

    Attributes:
        genome: the genome.
        epochs: for how many epochs to train it at most; None: as the search is set.
        decay_epochs: over which the learning rate falls to zero, where the genome may go on for as many; 0: `epochs`.
    """

    genome: G
    epochs: int | None = None
    decay_epochs: int = 0


class Strategy(ABC, Generic[G]):
    """Proposes the next genome from what is known. To write one, give `propose`; `observed` and `fresh` help.

    A strategy is pure: its proposal is a function of the history and the generator. The history also holds what
    must not be proposed again for other reasons: a pending trial is a result whose status is not `ok`.

    Args:
        space: what is searched.
        fitness: what is climbed; larger is better.
        admits: tells whether a genome may be proposed, for example `Limits`.
    """

    name: str
    continues = False
    """Whether it proposes genomes again, to be trained for more epochs."""

    def __init__(
        self,
        space: SearchSpace[G],
        *,
        fitness: Callable[[Result], float] | None = None,
        admits: Callable[[G], bool] | None = None,
    ) -> None:
        self.space = space
        self.fitness = fitness or Fitness()
        self._admits = admits
        self._admitted: dict[G, bool] = {}
        self._observed: Replay[dict[G, float]] = Replay(dict, self._observe)

    @abstractmethod
    def propose(self, history: Sequence[Result], rng: Random) -> G:
        """Return the genome to evaluate next: of the space, within the limits, and not in the history.

        Args:
            history: the results so far, in the order in which they came.
            rng: all that is drawn is drawn from it.

        Raises:
            SearchError: no such genome is left, or none was found.
        """

    def propose_trial(self, history: Sequence[Result], rng: Random) -> Trial[G]:
        """Return the next trial; a strategy that decides on epochs as well overrides this.

        Such a strategy finds in each result's protocol for how many epochs it was trained, and may propose a genome
        of the history again, for more.
        """
        return Trial(self.propose(history, rng))

    def observed(self, history: Sequence[Result]) -> dict[G, float]:
        """Return each genome of the history with its fitness, in order; rows of other spaces are left out."""
        return self._observed(history)

    def admits(self, genome: G) -> bool:
        """Tell whether `genome` is within the limits."""
        if self._admits is None:
            return True
        if genome not in self._admitted:
            self._admitted[genome] = self._admits(genome)
        return self._admitted[genome]

    def untried(self, genomes: Collection[G], seen: Collection[G]) -> list[G]:
        """Return those of `genomes` that are within the limits and not in `seen`."""
        return [genome for genome in genomes if genome not in seen and self.admits(genome)]

    def fresh(self, seen: Collection[G], rng: Random) -> G:
        """Return a genome drawn uniformly from those that may be proposed and are not in `seen`.

        Raises:
            SearchError: there is none, or none was found in a space too large to go through.
        """
        for _ in range(_ATTEMPTS):
            genome = self.space.sample(rng)
            if genome not in seen and self.admits(genome):
                return genome
        if self.space.size <= ENUMERABLE:
            rest = self.untried(list(self.space), seen)
            if rest:
                return rng.choice(rest)
            raise SearchError(
                f"space {self.space.name} is exhausted: all genomes within the limits are among the {len(seen)} "
                f"evaluated; widen the space or the limits, or stop here"
            )
        raise SearchError(
            f"space {self.space.name}: none of {_ATTEMPTS:,} samples is new and within the limits; widen the limits"
        )

    def read(self, result: Result) -> G | None:
        """Return the genome of a result, or None where it is none of the space."""
        try:
            return self.space.read(result.genome)
        except GenomeError:
            return None

    def _observe(self, observed: dict[G, float], result: Result) -> None:
        genome = self.read(result)
        if genome is not None:
            observed.setdefault(genome, self.fitness(result))


AnyStrategy = Strategy[Any]
