"""Oracles in KerasTuner's own tuners."""

import os
import signal

import keras_tuner
import pytest

from kerasnas.errors import SearchError, SettingsError
from kerasnas.genome import ChainSpace, TableSpace
from kerasnas.oracles import GenomeOracle
from kerasnas.search import Fitness
from kerasnas.search.random_search import RandomSearch
from tests.oracles.searches import accuracy, oracle, run
from tests.processes import start_python
from tests.search.landscapes import chain


class Scripted(keras_tuner.Tuner):
    """Answers each run with the next of some values."""

    def __init__(self, made, values, folder):
        super().__init__(made, hypermodel=lambda hp: None, directory=folder, project_name="project")
        self.values = iter(values)
        self.runs = []

    def run_trial(self, trial, **settings):
        self.runs.append(trial.trial_id)
        value = next(self.values)
        if isinstance(value, BaseException):
            raise value
        return {"val_accuracy": value}


def test_a_tuner_counts_a_retry_that_succeeds(tmp_path):
    """KerasTuner keeps the NaN of the first run, drops what the second reports, and calls the trial failed."""
    made = GenomeOracle(RandomSearch(chain()), max_trials=2, max_retries_per_trial=2)
    values = [float("nan"), ValueError("out of luck"), 0.5, 0.25]
    tuner = Scripted(made, values, tmp_path)
    tuner.search(verbose=0)
    assert tuner.runs == ["0", "0", "0", "1"]
    assert [t.score for t in made.get_best_trials(5)] == [0.5, 0.25]


def test_a_tuner_calls_what_the_oracle_overrides(tmp_path):
    """Of two names for a method KerasTuner ignores one: scores would be the bare objective."""
    made = GenomeOracle(RandomSearch(chain(), fitness=Fitness(penalty=10)), max_trials=3)
    Scripted(made, [0.5, 0.5, 0.5], tmp_path).search(verbose=0)
    assert all(t.score < 0.5 for t in made.trials.values())
    assert [result.validation_accuracy for result in made.history] == [50.0, 50.0, 50.0]


def test_failures_in_a_row_end_the_search_with_the_reason(tmp_path):
    made = GenomeOracle(RandomSearch(chain()), max_consecutive_failed_trials=2)
    with pytest.raises(SearchError, match="out of luck"):
        Scripted(made, [ValueError("out of luck")] * 3, tmp_path).search(verbose=0)
    assert [t.status for t in made.trials.values()] == ["FAILED", "FAILED"]


def test_a_tuner_made_anew_goes_on(tmp_path):
    first = GenomeOracle(RandomSearch(chain()), max_trials=3)
    with pytest.raises(KeyboardInterrupt):
        Scripted(first, [0.1, 0.2, KeyboardInterrupt()], tmp_path).search(verbose=0)
    made = GenomeOracle(RandomSearch(chain()), max_trials=3)
    tuner = Scripted(made, [0.3], tmp_path)
    tuner.search(verbose=0)
    assert tuner.runs == ["2"]
    assert [t.score for t in made.get_best_trials(3)] == [0.3, 0.2, 0.1]


KILLED = """
import pathlib, sys, time
import keras_tuner
from tests.oracles.searches import accuracy, oracle

folder, stop_at = pathlib.Path(sys.argv[1]), sys.argv[2]

class Tuner(keras_tuner.Tuner):
    def run_trial(self, trial, **settings):
        if trial.trial_id == stop_at:
            print("in mid-trial", flush=True)
            time.sleep(3600)
        return {"val_accuracy": accuracy(trial.hyperparameters.get("genome"))}

made = oracle("hill-climb", folder, max_trials=6)
tuner = Tuner(made, hypermodel=lambda hp: None, directory=folder, project_name="project")
tuner.search(verbose=0)
"""


def test_killed_in_the_first_and_in_a_later_trial_no_trial_is_lost(tmp_path):
    for stop_at in ("0", "3"):
        process = start_python(KILLED, tmp_path / "killed", stop_at, KERAS_BACKEND="numpy")
        while line := process.stdout.readline():
            if "in mid-trial" in line:
                break
        assert line, process.communicate()[1]
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    ended = oracle("hill-climb", tmp_path / "killed", max_trials=6)
    run(ended, 6)
    unbroken = run(oracle("hill-climb", tmp_path / "unbroken", max_trials=6), 6)
    assert [(result.genome, None) for result in ended.history] == unbroken
    assert [t.status for t in ended.trials.values()] == ["COMPLETED"] * 6
    assert ended._interruptions == {"0": 1, "3": 1}
    assert ended.history[0].validation_accuracy == pytest.approx(100 * accuracy(unbroken[0][0]))


def test_several_objectives_are_refused():
    with pytest.raises(SettingsError, match="one objective is needed"):
        GenomeOracle(RandomSearch(chain()), ["val_accuracy", keras_tuner.Objective("size", "min")])


def test_a_penalty_needs_costs():
    strategy = RandomSearch(TableSpace(["01", "10"]), fitness=Fitness(penalty=1))
    with pytest.raises(SettingsError, match="input_shape"):
        GenomeOracle(strategy)


def test_no_genome_within_the_limits_is_said_before_anything_is_run():
    with pytest.raises(SearchError):
        GenomeOracle(RandomSearch(ChainSpace((28, 28, 1), 10), admits=lambda genome: False))


def test_a_project_of_another_oracle_is_left_alone(tmp_path):
    other = keras_tuner.oracles.RandomSearchOracle("val_accuracy", max_trials=1)
    Scripted(other, [0.5], tmp_path).search(verbose=0)
    before = (tmp_path / "project" / "oracle.json").read_bytes()
    with pytest.raises(SettingsError, match="another oracle"):
        Scripted(GenomeOracle(RandomSearch(chain())), [], tmp_path)
    assert (tmp_path / "project" / "oracle.json").read_bytes() == before


def test_a_folder_that_is_none_is_refused():
    with pytest.raises(SettingsError, match="file system"):
        Scripted(GenomeOracle(RandomSearch(chain())), [], "gs://bucket/search")
