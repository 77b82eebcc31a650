"""Any strategy of kerasnas as a KerasTuner oracle."""

from __future__ import annotations

import math
from typing import Any

import keras_tuner
from keras_tuner.engine.trial import Trial, TrialStatus

from kerasnas.errors import SearchError, SettingsError
from kerasnas.oracles.lease import LEASE_SECONDS, LeasedOracle
from kerasnas.oracles.trials import EPOCHS, GENOME, INITIAL_EPOCH, costs_on, image_shape, to_result
from kerasnas.results import Result
from kerasnas.search.objective import FAILED, Fitness
from kerasnas.search.strategy import AnyStrategy, trial_generator


class GenomeOracle(LeasedOracle):
    """Proposes the genomes of a strategy; for any `keras_tuner.Tuner`, in one process or as chief and workers.

    A trial's genome is the text in its hyperparameter `genome`. The strategy decides on every trial from the trials
    so far and from a generator that is seeded by `seed` and the trial's number, so that a search that was killed
    goes on with the proposals that would have come. Its limits are met before anything is built. Further
    hyperparameters that a model asks for keep their defaults.

    A trial's score is the strategy's fitness, in the objective's units and direction: with a penalty of 2, a network
    ten times as large must have an accuracy that is higher by 0.02. Checkpoints follow the bare objective.

    Args:
        strategy: what proposes; it brings its space, its fitness and its limits.
        objective: a metric's name or a `keras_tuner.Objective`; a share from 0 to 1, as Keras' accuracies are, or
            what is to be small, such as `val_loss`.
        max_trials: how many trials there are at most; None: until the space is exhausted.
        seed: of the whole search.
        input_shape: the shape of one image, `(height, width, channels)`, and classes: their number. They tell what
            a genome costs; None: as the space says, where it does.
        max_retries_per_trial: how often a trial is run again that raised an exception or came out as NaN.
        max_consecutive_failed_trials: after so many failed trials in a row the search ends.
        max_interruptions_per_trial: how often a trial is run again whose process was killed.
        lease_seconds: after how many seconds of silence a chief gives a worker's trial to another.

    Raises:
        SettingsError: there are several objectives, or cost is penalised and cannot be known.
        SearchError: no genome of the space is within the strategy's limits.
    """

    def __init__(
        self,
        strategy: AnyStrategy,
        objective: Any = "val_accuracy",
        max_trials: int | None = 10,
        *,
        seed: int = 0,
        input_shape: tuple[int, int, int] | None = None,
        classes: int | None = None,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int = 3,
        max_interruptions_per_trial: int = 3,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        shape = image_shape(strategy.space, input_shape, classes)
        if isinstance(strategy.fitness, Fitness) and strategy.fitness.penalty and None in shape:
            raise SettingsError(
                f"the fitness penalises {strategy.fitness.cost}, and space {strategy.space.name} does not say on which "
                f"images; give input_shape=(height, width, channels) and classes=…"
            )
        # Known in advance, so that a model built before the first trial is one that the search may propose.
        hyperparameters = keras_tuner.HyperParameters()
        hyperparameters.Fixed(GENOME, str(strategy.propose([], trial_generator(seed, 0))))
        super().__init__(
            objective=objective,
            max_trials=max_trials,
            hyperparameters=hyperparameters,
            seed=seed,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
            max_interruptions_per_trial=max_interruptions_per_trial,
            lease_seconds=lease_seconds,
        )
        self.strategy = strategy
        self._costs = costs_on(*shape)

    @property
    def history(self) -> list[Result]:
        """The trials as the strategy sees them: the ended ones in the order of their ends, then the pending ones.

        Accuracies are percentages; an objective that is to be small counts as a negative one.
        """
        with self.exclusively():
            ended = set(self.end_order)
            order = [*self.end_order, *(trial_id for trial_id in self.start_order if trial_id not in ended)]
            trials = [self.trials[trial_id] for trial_id in order]
        return [self._result(trial) for trial in trials if GENOME in trial.hyperparameters.values]

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Return the hyperparameters of the next trial, with KerasTuner's status; see `keras_tuner.Oracle`."""
        try:
            proposed = self.strategy.propose_trial(self.history, trial_generator(self.seed, len(self.trials)))
        except SearchError as error:
            if self.verbose and not self.ongoing_trials:
                print(f"The search ends: {error}")
            return {"status": TrialStatus.STOPPED, "values": None}
        defaults = keras_tuner.HyperParameters()
        defaults.merge(self.hyperparameters)
        values = {**defaults.values, GENOME: str(proposed.genome)}
        if proposed.epochs is not None:
            values |= {EPOCHS: proposed.epochs, INITIAL_EPOCH: 0}
        return {"status": TrialStatus.RUNNING, "values": values}

    def score_trial(self, trial: Trial) -> None:
        """Score a trial by the strategy's fitness, in the units and the direction of the objective."""
        super().score_trial(trial)
        result = self._result(trial)
        fitness = self.strategy.fitness(result)
        if result.validation_accuracy is None or fitness == FAILED:
            trial.score = math.nan
        else:
            # The difference, so that without a penalty the score is the objective to the last digit.
            trial.score += (fitness - result.validation_accuracy) / (100 if self.objective.direction == "max" else -100)

    def _result(self, trial: Trial) -> Result:
        if trial.status == TrialStatus.COMPLETED:
            objective: float | None = self.objective_value(trial)
        else:
            objective = math.nan if trial.status == TrialStatus.FAILED else None
        values = trial.hyperparameters.values
        return to_result(values[GENOME], objective, self.objective.direction, values.get(EPOCHS), self._costs)
