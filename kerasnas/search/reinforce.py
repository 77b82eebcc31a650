"""REINFORCE with a small controller."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import accumulate, compress
from random import Random
from typing import Generic

from kerasnas.errors import GenomeError
from kerasnas.genome import SearchSpace
from kerasnas.genome.space import Combination, G
from kerasnas.results import Result
from kerasnas.search.objective import FAILED
from kerasnas.search.replay import Replay
from kerasnas.search.strategy import Strategy

_ATTEMPTS = 50


class _Controller(Generic[G]):
    """A distribution over genomes: at each position, independently, a softmax of `logits`."""

    def __init__(self, logits: list[list[float]]) -> None:
        self.logits = logits
        self.seen: set[G] = set()
        self.worst = math.inf
        self.baseline = 0.0
        self.spread = 0.0
        self.rewards = 0

    def probabilities(self) -> list[list[float]]:
        return [_softmax(row) for row in self.logits]


class Reinforce(Strategy[G]):
    """Draws genomes from a controller, and makes those more likely that did better than the average so far.

    The controller is a softmax for each position of the genome, as NAS-Bench-201's REINFORCE baseline has it. The
    gradient of each result is taken in turn, with a moving average of the fitness as the baseline, in units of
    the moving average of the deviations from it. Failed genomes count as the worst fitness so far.

    Args:
        learning_rate: of the logits.
        decay: of the moving averages.

    Source: Zoph and Le, "Neural Architecture Search with Reinforcement Learning", ICLR 2017, arXiv 1611.01578;
    Williams, "Simple Statistical Gradient-Following Algorithms", Machine Learning 1992; the controller, Dong and
    Yang, arXiv 2001.00326.
    """

    name = "reinforce"

    def __init__(
        self,
        space: SearchSpace[G],
        *,
        fitness: Callable[[Result], float] | None = None,
        admits: Callable[[G], bool] | None = None,
        learning_rate: float = 0.2,
        decay: float = 0.9,
    ) -> None:
        super().__init__(space, fitness=fitness, admits=admits)
        self.learning_rate = learning_rate
        self.decay = decay

    def propose(self, history: Sequence[Result], rng: Random) -> G:
        """Return a genome drawn from the controller, uniformly where the controller gives seen ones only."""
        controller = self._controller(history)
        weights = [list(accumulate(row)) for row in controller.probabilities()]
        for _ in range(_ATTEMPTS):
            combination = tuple(rng.choices(range(len(row)), cum_weights=row)[0] for row in weights)
            try:
                genome = self.space.decode(combination)
            except GenomeError:
                continue
            if genome not in controller.seen and self.admits(genome):
                return genome
        return self.fresh(controller.seen, rng)

    @cached_property
    def _controller(self) -> Replay[_Controller[G]]:
        return Replay(lambda: _Controller([[0.0] * len(values) for values in self.space.positions]), self._step)

    def _step(self, controller: _Controller[G], result: Result) -> None:
        genome = self.read(result)
        if genome is None or genome in controller.seen:
            return
        controller.seen.add(genome)
        reward = self.fitness(result)
        if reward == FAILED:
            reward = controller.worst
        if math.isfinite(reward):
            self._learn(controller, self.space.encode(genome), reward)

    def _learn(self, controller: _Controller[G], combination: Combination, reward: float) -> None:
        controller.worst = min(controller.worst, reward)
        controller.rewards += 1
        # Weighed as if the average had begun with the first rewards, not with zero.
        weight = max(1 - self.decay, 1 / controller.rewards)
        advantage = reward - controller.baseline if controller.rewards > 1 else 0.0
        controller.baseline += weight * (reward - controller.baseline)
        controller.spread += weight * (abs(advantage) - controller.spread)
        if controller.spread > 0:
            step = self.learning_rate * advantage / controller.spread
            counts = self.space.counts(combination)
            for row, chosen in compress(zip(controller.logits, combination, strict=True), counts):
                for value, probability in enumerate(_softmax(row)):
                    row[value] += step * ((value == chosen) - probability)


def _softmax(logits: list[float]) -> list[float]:
    largest = max(logits)
    powers = [math.exp(logit - largest) for logit in logits]
    total = sum(powers)
    return [power / total for power in powers]
