"""Hyperband, by KerasTuner."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Generic, NamedTuple

from kerasnas.errors import SearchError, SettingsError
from kerasnas.genome import SearchSpace
from kerasnas.genome.space import G
from kerasnas.oracles.status import PENDING
from kerasnas.results import Result
from kerasnas.search.strategy import Strategy, Trial
from kerasnas.training.quiet import import_backend_quietly


class _Run(NamedTuple, Generic[G]):
    """One genome at one fidelity, and what came of it: a fitness, or None where it failed or is pending."""

    genome: G
    epochs: int
    fitness: float | None
    pending: bool


class Hyperband(Strategy[G]):
    """Trains many genomes for few epochs and the best of them for more, by KerasTuner's own oracle.

    Each result's protocol says for how many epochs it was trained, which tells its place in the brackets; a result
    without a protocol, or of other epochs than Hyperband asks for, has no place and its genome is not drawn again.
    The learning rate of every trial falls to zero over `max_epochs`, so that a genome that goes on is trained from
    where it stopped (see `kerasnas.training.checkpoint`); where that is lost, from the start, with the same result.
    Where all trials have the same epochs, Hyperband is random search, and so `propose` is.

    Args:
        max_epochs: the most epochs that a genome is trained.
        factor: a genome that goes on is trained for so many times the epochs, and one in so many goes on.
        iterations: how often all brackets are gone through; None: until the search ends.

    Source: `keras_tuner.oracles.HyperbandOracle`; Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, "Hyperband: A
    Novel Bandit-Based Approach to Hyperparameter Optimization", JMLR 2018.
    """

    name = "hyperband"
    continues = True

    def __init__(
        self,
        space: SearchSpace[G],
        *,
        fitness: Callable[[Result], float] | None = None,
        admits: Callable[[G], bool] | None = None,
        max_epochs: int = 27,
        factor: int = 3,
        iterations: int | None = None,
    ) -> None:
        super().__init__(space, fitness=fitness, admits=admits)
        for title, value, least in (("max_epochs", max_epochs, 1), ("factor", factor, 2)):
            if value < least:
                raise SettingsError(f"Hyperband's {title} must be at least {least}, found {value}")
        if iterations is not None and iterations < 1:
            raise SettingsError(f"Hyperband's iterations must be at least 1, found {iterations}")
        self.max_epochs = max_epochs
        self.factor = factor
        self.iterations = iterations

    def propose(self, history: Sequence[Result], rng: Random) -> G:
        """Return a genome drawn uniformly from those not in the history: what Hyperband is without fidelities."""
        return self.fresh(self.observed(history), rng)

    def propose_trial(self, history: Sequence[Result], rng: Random) -> Trial[G]:
        """Return the best genome that may go on, for more epochs, or a new genome for the bracket's first ones.

        Raises:
            SearchError: no new genome is left, or all iterations are done but for results that are pending.
        """
        runs = self._runs(history)
        oracle = self._oracle(seed=rng.randrange(1, 2**31))
        for number, run in enumerate(runs):
            self._place(oracle, str(number), run)
        answer = oracle.populate_space(str(len(runs)))
        if answer["status"] != "RUNNING":
            raise SearchError(
                f"Hyperband has gone through its brackets ({self.iterations} iterations of {self.max_epochs} epochs) "
                f"with {len(runs)} trials; ask for more iterations, or stop here"
            )
        values = answer["values"]
        if "tuner/trial_id" in values:
            return Trial(runs[int(values["tuner/trial_id"])].genome, values["tuner/epochs"], self.max_epochs)
        # KerasTuner's random values know neither the limits nor what can be built.
        return Trial(self.fresh(self.observed(history), rng), values["tuner/epochs"], self.max_epochs)

    def _runs(self, history: Sequence[Result]) -> list[_Run[G]]:
        """Return the results that say for how many epochs they ran, each genome once for each number of epochs."""
        runs: dict[tuple[G, int], _Run[G]] = {}
        for result in history:
            genome = self.read(result)
            if genome is not None and result.protocol is not None:
                fitness = self.fitness(result)
                reached = fitness if math.isfinite(fitness) else None
                run = _Run(genome, result.protocol.epochs, reached, pending=result.status == PENDING)
                place = genome, run.epochs
                if place not in runs or runs[place].pending:
                    runs[place] = run
        return list(runs.values())

    def _oracle(self, seed: int) -> Any:
        import_backend_quietly()
        import keras_tuner

        space = keras_tuner.HyperParameters()
        space.Fixed("genome", "kerasnas draws it")  # without any hyperparameter KerasTuner would stop at once
        return keras_tuner.oracles.HyperbandOracle(
            objective=keras_tuner.Objective("fitness", "max"),
            max_epochs=self.max_epochs,
            factor=self.factor,
            hyperband_iterations=self.iterations,
            seed=seed,
            hyperparameters=space,
        )

    def _place(self, oracle: Any, trial_id: str, run: _Run[G]) -> None:
        """Put a trial where KerasTuner's oracle had put it when it proposed it."""
        from keras_tuner.engine.trial import Trial as TunerTrial

        hyperparameters = oracle.get_space()
        hyperparameters.values = {"genome": str(run.genome)}
        status = "RUNNING" if run.pending else "FAILED" if run.fitness is None else "COMPLETED"
        trial = TunerTrial(hyperparameters, trial_id=trial_id, status=status)
        trial.score = run.fitness
        if not (self._go_on(oracle, trial, run.epochs) or self._begin(oracle, trial_id, run.epochs)):
            return
        oracle.trials[trial_id] = trial
        if run.pending:
            oracle.ongoing_trials[trial_id] = trial

    def _go_on(self, oracle: Any, trial: Any, epochs: int) -> bool:
        """Put the trial into a later round of a bracket, if its genome is waiting in the round before."""
        for bracket in oracle._brackets:
            number, rounds = bracket["bracket_num"], bracket["rounds"]
            for later in range(1, len(rounds)):
                if oracle._get_epochs(number, later) != epochs or _full(oracle, bracket, later):
                    continue
                gone_on = {entry["past_id"] for entry in rounds[later]}
                for entry in rounds[later - 1]:
                    past = oracle.trials[entry["id"]]
                    if past.trial_id not in gone_on and past.hyperparameters.values == trial.hyperparameters.values:
                        rounds[later].append({"past_id": past.trial_id, "id": trial.trial_id})
                        return True
        return False

    def _begin(self, oracle: Any, trial_id: str, epochs: int) -> bool:
        """Put the trial into the first round of a bracket: an open one, else the next that KerasTuner would open."""
        for bracket in oracle._brackets:
            if oracle._get_epochs(bracket["bracket_num"], 0) == epochs and not _full(oracle, bracket, 0):
                bracket["rounds"][0].append({"past_id": None, "id": trial_id})
                return True
        last_bracket = oracle._current_bracket == 0 and oracle._current_iteration + 1 == oracle.hyperband_iterations
        following = (oracle._current_bracket or oracle._get_num_brackets()) - 1
        if last_bracket or oracle._get_epochs(following, 0) != epochs:
            return False
        oracle._increment_bracket_num()
        oracle._start_new_bracket()
        oracle._brackets[-1]["rounds"][0].append({"past_id": None, "id": trial_id})
        return True


def _full(oracle: Any, bracket: Any, round_number: int) -> bool:
    return len(bracket["rounds"][round_number]) >= oracle._get_size(bracket["bracket_num"], round_number)
