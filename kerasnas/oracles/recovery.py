"""What is left of a KerasTuner project after a kill, put in order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from keras_tuner import HyperParameters
from keras_tuner.engine.trial import Trial, TrialStatus

from kerasnas.oracles.files import read_json, set_aside

_ENDED = (TrialStatus.COMPLETED, TrialStatus.FAILED)


def recovered_trials(project: Path, space: HyperParameters, state: Mapping[str, Any] | None) -> dict[str, Trial]:
    """Return all trials of a project by their ids, in their order.

    A trial whose file is missing or damaged is rebuilt from the values in the oracle's state, to be run again;
    where these are lost too it has failed, so that its number is not given to another.

    Args:
        project: the folder of the project, with a folder `trial_…` for each trial.
        space: the hyperparameters known in advance.
        state: the oracle's state, or None where that is lost.
    """
    values = state["values"] if state is not None else {}
    trials: dict[str, Trial] = {}
    for folder in project.glob("trial_*"):
        trial = _read(folder / "trial.json")
        trial_id = folder.name.removeprefix("trial_")
        if trial is not None:
            trials[trial_id] = trial
        elif trial_id not in values and (folder / "trial.json.damaged").exists():
            message = "its file is damaged, and so is that of the oracle"
            trials[trial_id] = Trial(space.copy(), trial_id=trial_id, status=TrialStatus.FAILED, message=message)
            trials[trial_id].hyperparameters.values = {}
    for trial_id in values.keys() - trials.keys():
        hyperparameters = space.copy()
        hyperparameters.values = dict(values[trial_id])
        trials[trial_id] = Trial(hyperparameters, trial_id=trial_id, status=TrialStatus.RUNNING)
    return {trial_id: trials[trial_id] for trial_id in sorted(trials, key=lambda text: (len(text), text))}


def reconcile(oracle: Any) -> list[Trial]:
    """Bring an oracle's lists into agreement with its trials, and return those that were running.

    A process may be killed between writing a trial's file and the oracle's: the trials' are right.
    """
    trials = oracle.trials
    ended = [trial_id for trial_id in oracle.end_order if trial_id in trials and trials[trial_id].status in _ENDED]
    ended += [trial_id for trial_id, trial in trials.items() if trial.status in _ENDED and trial_id not in ended]
    started = [trial_id for trial_id in oracle.start_order if trial_id in trials]
    oracle.end_order = ended
    oracle.start_order = started + [trial_id for trial_id in trials if trial_id not in started]
    oracle._retry_queue = [queued for queued in oracle._retry_queue if queued in trials and queued not in ended]
    oracle.ongoing_trials = {}
    display, now = oracle._display, datetime.now()
    display.search_start = display.search_start or now
    for number, (trial_id, trial) in enumerate(trials.items(), start=1):
        oracle.update_space(trial.hyperparameters)
        display.trial_start.setdefault(trial_id, now)
        display.trial_number.setdefault(trial_id, number)
    return [
        trial for trial_id, trial in trials.items() if trial_id not in ended and trial_id not in oracle._retry_queue
    ]


def _read(path: Path) -> Trial | None:
    state = read_json(path)
    try:
        return None if state is None else Trial.from_state(state)
    except (KeyError, TypeError, ValueError):
        set_aside(path)
        return None
