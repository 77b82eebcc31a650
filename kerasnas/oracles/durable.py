"""A KerasTuner oracle that loses nothing: whole files, locks that are freed, runs that are counted."""

from __future__ import annotations

import math
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras_tuner
from keras_tuner.engine.trial import Trial, TrialStatus
from keras_tuner.src.engine.oracle import LOCKS, THREADS

from kerasnas.errors import SearchError, SettingsError
from kerasnas.oracles.files import read_json, write_json
from kerasnas.oracles.recovery import reconcile, recovered_trials

ATTEMPT = "kerasnas/attempt"
"""The hyperparameter that tells which attempt at a trial, from 2 on, a worker is told to make."""

IDLE_SECONDS = 0.1
"""How long a tuner is kept that is told to ask again; KerasTuner's own would ask without a pause."""


class DurableOracle(keras_tuner.Oracle):
    """What every oracle of kerasnas has in common, whatever it proposes: the keeping of trials.

    It differs from `keras_tuner.Oracle` in this: a file is whole at every moment; an exception frees the lock and
    leaves no trial running; a trial is retried without the metrics of the run before; a run that was killed counts;
    the best trials are finished ones; a seed of 0 is a seed; while trials run elsewhere a tuner waits, so that
    somebody is there to take over.

    Args:
        objective: the name of a metric, or a `keras_tuner.Objective`; one, not several.
        max_trials: how many trials there are at most; None does not limit.
        hyperparameters: the `keras_tuner.HyperParameters` known in advance.
        seed: a whole number.
        max_retries_per_trial: how often a trial is run again that raised an exception or came out as NaN.
        max_consecutive_failed_trials: after so many failed trials in a row the search ends.
        max_interruptions_per_trial: how often a trial is run again whose process was killed; it may be the reason.

    Raises:
        SettingsError: there are several objectives.
    """

    trials: dict[str, Trial]
    ongoing_trials: dict[str, Trial]
    tuner_ids: set[str]
    start_order: list[str]
    end_order: list[str]
    _retry_queue: list[str]

    def __init__(
        self,
        *,
        objective: Any,
        max_trials: int | None,
        hyperparameters: keras_tuner.HyperParameters,
        seed: int,
        max_retries_per_trial: int,
        max_consecutive_failed_trials: int,
        max_interruptions_per_trial: int,
    ) -> None:
        if isinstance(objective, (list, tuple)):
            raise SettingsError(
                f"one objective is needed, found {len(objective)}: their plain sum lets a large one drown the others; "
                f"name the accuracy, and give the strategy fitness=Fitness(penalty=…) to weigh its cost"
            )
        super().__init__(
            objective=objective,
            max_trials=max_trials,
            hyperparameters=hyperparameters,
            seed=seed,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
        )
        self.seed = self._seed_state = seed  # KerasTuner replaces 0 by a random one
        self.max_interruptions_per_trial = max_interruptions_per_trial
        self._interruptions: Counter[str] = Counter()
        self._given_up: str | None = None
        self._gate = threading.RLock()
        self._depth = 0
        self._seconds_held = 0.0

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Hold the oracle's lock, and KerasTuner's with it, for the thread rather than for its name."""
        with self._gate:
            if self._depth:
                yield
                return
            with LOCKS[self]:
                entered = time.monotonic()
                THREADS[self] = threading.current_thread().name
                self._depth = 1
                try:
                    yield
                finally:
                    self._depth = 0
                    THREADS[self] = None
                    self._seconds_held += time.monotonic() - entered

    def create_trial(self, tuner_id: str) -> Trial:
        """Return the trial that the tuner is to run, or an empty one that tells it to ask again or to stop."""
        with self.exclusively():
            trial = self._next_trial(tuner_id)
        if trial.status == TrialStatus.IDLE:
            time.sleep(IDLE_SECONDS)
        return trial

    def update_trial(self, trial_id: str, metrics: Mapping[str, float], step: int = 0) -> Trial:
        """Take in what a trial came to; a report whose objective is not finite is none, so that a retry counts."""
        with self.exclusively():
            trial = self.trials[trial_id]
            self._check_objective_found(metrics)
            finite = {name: float(value) for name, value in metrics.items() if math.isfinite(value)}
            if trial_id not in self.end_order and self.objective.name in finite:
                super().update_trial(trial_id, finite, step=step)
            return trial

    def end_trial(self, trial: Trial) -> None:
        """End a trial, or queue it for a retry; whatever an earlier attempt still says after that is not heard.

        Raises:
            SearchError: too many trials in a row have failed.
        """
        with self.exclusively():
            known = self.trials[trial.trial_id]
            if not self._is_heard(trial, known):
                return
            self._retry_queue = [queued for queued in self._retry_queue if queued != trial.trial_id]
            holders = {tuner for tuner, other in self.ongoing_trials.items() if other.trial_id == trial.trial_id}
            try:
                super().end_trial(trial)
            except BaseException as error:
                self._fail_if_open(known, f"{type(error).__name__}: {error}")
                raise
            finally:
                for tuner_id in holders:
                    self.ongoing_trials.pop(tuner_id, None)
                self._save_trial(known)
                self.save()
            self._check_failures_in_a_row(holders)

    def get_trial(self, trial_id: str) -> Trial:
        """Return a trial by its id."""
        with self.exclusively():
            return self.trials[trial_id]

    def get_best_trials(self, num_trials: int = 1) -> list[Trial]:
        """Return the best of the finished trials, at most `num_trials`; KerasTuner fills up with unfinished ones."""
        with self.exclusively():
            finished = [t for t in self.trials.values() if t.status == TrialStatus.COMPLETED and t.score is not None]
        return sorted(finished, key=lambda t: t.score, reverse=self.objective.direction == "max")[:num_trials]

    def score_trial(self, trial: Trial) -> None:
        """Score a trial by its best objective; NaN, which makes it invalid, where none was finite."""
        trial.score = self.objective_value(trial)
        if not math.isnan(trial.score):
            trial.best_step = trial.metrics.get_best_step(self.objective.name)

    def objective_value(self, trial: Trial) -> float:
        """Return the best objective that was reported for a trial, NaN where there is none."""
        if not trial.metrics.exists(self.objective.name):
            return math.nan
        value = trial.metrics.get_best_value(self.objective.name)
        return math.nan if value is None else float(value)

    def interrupt(self, trial: Trial) -> None:
        """Queue a trial whose process is gone to be run again, unless that has happened too often to it."""
        self._interruptions[trial.trial_id] += 1
        times = self._interruptions[trial.trial_id]
        trial.message = f"interrupted {times} times: the process that ran it was killed, or could not be reached"
        if times > self.max_interruptions_per_trial:
            self._fail_if_open(trial, f"{trial.message}; its training may be what kills it")
        else:
            trial.status = TrialStatus.INVALID
            self._retry_queue.append(trial.trial_id)
        self._save_trial(trial)

    def save(self) -> None:
        """Write what is not in the trials' own files, and the file by which a `Tuner` knows that there is a project.

        KerasTuner writes that one after the first trial only, so that a search killed in it would begin anew.
        """
        write_json(Path(self._get_oracle_fname()), self.get_state())
        if not self._tuner_file.exists():
            write_json(self._tuner_file, {})

    def reload(self) -> None:
        """Read a project again; damaged files are set aside, and what they held is recovered or run again.

        Raises:
            SettingsError: the project was made by another oracle.
        """
        with self.exclusively():
            state = read_json(Path(self._get_oracle_fname()))
            if state is not None and "interruptions" not in state:
                raise SettingsError(
                    f"{self._project_dir} was made by another oracle; choose another project_name, or overwrite=True"
                )
            read_json(self._tuner_file)
            self.trials = recovered_trials(Path(self._project_dir), self.hyperparameters, state)
            if state is not None:
                running = state["ongoing_trials"].items()
                state["ongoing_trials"] = {tuner: trial_id for tuner, trial_id in running if trial_id in self.trials}
                self.set_state(state)
            for trial in reconcile(self):
                self.interrupt(trial)
            self.save()

    def get_state(self) -> dict[str, Any]:
        """Return the state as JSON can say it; the trials' values are in it too, in case a trial's file is lost."""
        return {
            **super().get_state(),
            "tried_so_far": sorted(self._tried_so_far),
            "interruptions": dict(self._interruptions),
            "values": {trial_id: trial.hyperparameters.values for trial_id, trial in self.trials.items()},
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Take on a state that `get_state` returned."""
        super().set_state(state)
        self._interruptions = Counter(state["interruptions"])

    def _set_project_dir(self, directory: Any, project_name: str) -> None:
        if "://" in str(directory):
            raise SettingsError(f"{directory}: the project's folder must be on a file system; name a local folder")
        super()._set_project_dir(directory, project_name)

    def _save_trial(self, trial: Trial) -> None:
        if trial.score is not None and math.isnan(trial.score):
            trial.score = None
            trial.message = trial.message or f"{self.objective.name} came out as no finite number"
        write_json(Path(self._get_trial_dir(trial.trial_id)) / "trial.json", trial.get_state())

    @property
    def _tuner_file(self) -> Path:
        return Path(self._project_dir) / f"{os.environ.get('KERASTUNER_TUNER_ID', 'tuner0')}.json"

    def _next_trial(self, tuner_id: str) -> Trial:
        if self._given_up is not None:
            return self._stop(tuner_id)
        if tuner_id not in self.ongoing_trials and self._retry_queue:
            self._clear(self.trials[self._retry_queue[-1]])
        try:
            trial = super().create_trial(tuner_id)
        except BaseException:
            self.tuner_ids.discard(tuner_id)
            raise
        if trial.status == TrialStatus.RUNNING:
            self._save_trial(trial)
        elif trial.status == TrialStatus.STOPPED and self.ongoing_trials:
            # Whoever runs them may die, and somebody has to be there then.
            trial.status = TrialStatus.IDLE
            self.tuner_ids.add(tuner_id)
        return trial

    def _stop(self, tuner_id: str) -> Trial:
        self.tuner_ids.discard(tuner_id)
        return Trial(hyperparameters=self.get_space(), trial_id="stopped", status=TrialStatus.STOPPED)

    def _clear(self, trial: Trial) -> None:
        """Forget what an earlier attempt came to: KerasTuner drops the new results where there are old ones."""
        trial.metrics = type(trial.metrics)()
        trial.score, trial.best_step, trial.message = None, 0, None
        values = trial.hyperparameters.values
        values[ATTEMPT] = values.get(ATTEMPT, 1) + 1

    def _is_heard(self, trial: Trial, known: Trial) -> bool:
        """Tell whether the end of a trial counts: an earlier attempt may only say that it was done before."""
        if trial.trial_id in self.end_order:
            return False
        attempts = (t.hyperparameters.values.get(ATTEMPT, 1) for t in (trial, known))
        done = trial.status == TrialStatus.COMPLETED and not math.isnan(self.objective_value(known))
        return done or len(set(attempts)) == 1

    def _fail_if_open(self, trial: Trial, message: str) -> None:
        if trial.trial_id not in self.end_order and trial.trial_id not in self._retry_queue:
            trial.status, trial.message = TrialStatus.FAILED, message
            self.end_order.append(trial.trial_id)

    def _check_consecutive_failures(self) -> None:
        """Do nothing: KerasTuner would raise here before the trial is saved, and again at every later one."""

    def _check_failures_in_a_row(self, holders: set[str]) -> None:
        last = self.end_order[-self.max_consecutive_failed_trials :]
        failed = [self.trials[trial_id] for trial_id in last if self.trials[trial_id].status == TrialStatus.FAILED]
        if len(failed) < self.max_consecutive_failed_trials:
            return
        reason = (failed[-1].message or "").strip().splitlines() or ["its worker shows why"]
        self._given_up = (
            f"the last {len(failed)} trials failed, trial {failed[-1].trial_id} with: {reason[-1]}; see trial.json in "
            f"{self._project_dir}, or allow more by max_consecutive_failed_trials"
        )
        self.tuner_ids -= holders  # the error ends them, and a chief waits for all that it knows
        raise SearchError(self._given_up)
