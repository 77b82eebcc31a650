"""Bayesian optimisation, by KerasTuner."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from random import Random
from typing import Any

from threadpoolctl import threadpool_limits

from kerasnas.errors import GenomeError, SettingsError
from kerasnas.genome import SearchSpace
from kerasnas.genome.space import Combination, G
from kerasnas.oracles.positions import open_choices, to_combination, to_values
from kerasnas.oracles.status import PENDING
from kerasnas.results import Result
from kerasnas.search.strategy import Strategy
from kerasnas.training.quiet import import_backend_quietly


class BayesianOptimization(Strategy[G]):
    """Proposes what maximises the upper confidence bound of a Gaussian process, by KerasTuner's own oracle.

    There is one `Choice` for each position of the space. KerasTuner's optimum may be a genome that is known already,
    cannot be built or is over the limits; then the best by the same bound among those that differ from it at one
    position is proposed, and a random genome where there is none. Pending results are guessed as KerasTuner does.

    Args:
        num_initial_points: how many random genomes come first; None: three for each position.
        alpha: the variance of the noise that is assumed, in units of the variance of the fitness.
        beta: how many standard deviations of the prediction count as worth trying.

    Source: `keras_tuner.oracles.BayesianOptimizationOracle`; Srinivas, Krause, Kakade and Seeger, "Gaussian Process
    Optimization in the Bandit Setting", ICML 2010.
    """

    name = "bayesian"

    def __init__(
        self,
        space: SearchSpace[G],
        *,
        fitness: Callable[[Result], float] | None = None,
        admits: Callable[[G], bool] | None = None,
        num_initial_points: int | None = None,
        alpha: float = 1e-4,
        beta: float = 2.6,
    ) -> None:
        super().__init__(space, fitness=fitness, admits=admits)
        if num_initial_points is not None and num_initial_points < 1:
            raise SettingsError(
                f"Bayesian optimisation needs at least one genome to begin with, found {num_initial_points}"
            )
        self._choices = open_choices(space)
        self.num_initial_points = num_initial_points or max(3 * len(self._choices), 3)
        self.alpha = alpha
        self.beta = beta

    def propose(self, history: Sequence[Result], rng: Random) -> G:
        """Return the genome that promises most, or a random one while there are too few to learn from."""
        observed = self.observed(history)
        known = {genome: fitness for genome, fitness in observed.items() if math.isfinite(fitness)}
        if len(known) < self.num_initial_points or not self._choices:
            return self.fresh(observed, rng)
        pending = {self.read(result) for result in history if result.status == PENDING}
        with threadpool_limits(1), warnings.catch_warnings():  # its matrices are too small to share out
            warnings.simplefilter("ignore")  # scikit-learn's, of kernels at their bounds
            oracle = self._oracle(known, [g for g in observed if g in pending], seed=rng.randrange(1, 2**31))
            combination = to_combination(self.space, oracle.populate_space("next")["values"])
            for candidate in (combination, *self._by_promise(oracle, combination)):
                genome = self._decoded(candidate)
                if genome is not None and genome not in observed and self.admits(genome):
                    return genome
        return self.fresh(observed, rng)

    def _oracle(self, known: Mapping[G, float], pending: Collection[G], seed: int) -> Any:
        """Return KerasTuner's oracle as it would stand after these trials."""
        import_backend_quietly()
        import keras_tuner
        from keras_tuner.engine.trial import Trial

        space = keras_tuner.HyperParameters()
        for name, values in self._choices:
            space.Choice(name, values)
        oracle = keras_tuner.oracles.BayesianOptimizationOracle(
            objective=keras_tuner.Objective("fitness", "max"),
            num_initial_points=self.num_initial_points,
            alpha=self.alpha,
            beta=self.beta,
            seed=seed,
            hyperparameters=space,
        )

        def add(genome: G, status: str) -> Trial:
            values = space.copy()
            values.values = to_values(self.space, self.space.encode(genome))
            trial = Trial(values, trial_id=str(len(oracle.trials)), status=status)
            oracle.trials[trial.trial_id] = trial
            return trial

        for genome, fitness in known.items():
            add(genome, "COMPLETED").score = fitness
        if pending:
            # KerasTuner guesses them by what it fitted last, which an oracle that was made just now has not done.
            oracle.gpr.fit(*oracle._vectorize_trials())
        for genome in pending:
            trial = add(genome, "RUNNING")
            oracle.ongoing_trials[trial.trial_id] = trial
        return oracle

    def _by_promise(self, oracle: Any, combination: Combination) -> list[Combination]:
        """Return the combinations that differ from `combination` at one position, best first."""
        near = [
            (*combination[:place], number, *combination[place + 1 :])
            for place, values in enumerate(self.space.positions)
            for number in range(len(values))
            if number != combination[place]
        ]
        mean, deviation = oracle.gpr.predict([self._vector(c) for c in near], return_std=True)
        bounds = mean - self.beta * deviation  # KerasTuner minimises the fitness' negative
        return [near[row] for row in bounds.argsort(kind="stable")]

    def _vector(self, combination: Combination) -> list[float]:
        """Return the point of the unit cube that KerasTuner has for a combination."""
        sizes = [len(values) for values in self.space.positions]
        return [(number + 0.5) / size for number, size in zip(combination, sizes, strict=True) if size > 1]

    def _decoded(self, combination: Combination) -> G | None:
        try:
            return self.space.decode(combination)
        except GenomeError:
            return None
