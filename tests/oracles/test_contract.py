"""What every oracle must do, whatever it proposes."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest
from keras_tuner.engine.trial import Trial

from kerasnas.errors import SearchError
from kerasnas.oracles.durable import IDLE_SECONDS
from kerasnas.search import Fitness, Limits
from tests.oracles.searches import NAMES, SILENT, accuracy, fail, finish, oracle, run, strict_json
from tests.search.landscapes import chain

IN_ANOTHER_PROCESS = """
import json, pathlib, sys
from tests.oracles.searches import NAMES, oracle, run
folder = pathlib.Path(sys.argv[1])
print(json.dumps({name: run(oracle(name, folder / name, seed=5), 6) for name in NAMES}))
"""


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """What each strategy proposes in a process with other hashes."""
    output = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS, str(tmp_path_factory.mktemp("elsewhere"))],
        env={**os.environ, "PYTHONHASHSEED": "77", "KERAS_BACKEND": "numpy"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return json.loads(output.splitlines()[-1])


class TestEveryOracle:
    def test_two_processes_with_one_seed_agree(self, name, tmp_path, elsewhere):
        assert [tuple(pair) for pair in elsewhere[name]] == run(oracle(name, tmp_path, seed=5), 6)

    def test_seed_0_is_a_seed(self, name, tmp_path):
        first, second = (run(oracle(name, tmp_path / run_name, seed=0), 2) for run_name in "ab")
        assert first == second
        assert oracle(name, tmp_path / "a", seed=0).seed == 0

    def test_seeds_differ(self, name, tmp_path):
        assert len({tuple(run(oracle(name, tmp_path / str(seed), seed=seed), 3)) for seed in range(3)}) > 1

    def test_state_to_json_and_back_gives_the_same_next_proposals(self, name, tmp_path):
        whole = oracle(name, tmp_path, max_trials=None)
        run(whole, 4)
        state = json.loads(json.dumps(whole.get_state(), allow_nan=False))
        again = oracle(name, tmp_path, max_trials=None)
        again.set_state(state)
        assert again.history == whole.history
        assert again.get_state() == {**state, "ongoing_trials": {}}
        assert run(again, 2) == run(whole, 2)

    def test_killed_in_mid_trial_it_goes_on_as_if_nothing_had_been(self, name, tmp_path):
        unbroken = run(oracle(name, tmp_path / "unbroken"), 6)
        broken = oracle(name, tmp_path / "broken")
        proposed = run(broken, 3)
        killed = broken.create_trial("tuner0").hyperparameters.values["genome"]
        again = oracle(name, tmp_path / "broken")  # the process that had the first is no more
        assert [result.status for result in again.history] == ["ok", "ok", "ok", "pending"]
        resumed = run(again, 3)
        assert resumed[0][0] == killed
        assert proposed + resumed == unbroken
        assert len(again.trials) == len(again.end_order) == 6

    def test_killed_between_two_files_it_believes_the_trial(self, name, tmp_path):
        made = oracle(name, tmp_path)
        run(made, 2)
        trial = made.create_trial("tuner0")
        before = (tmp_path / "project" / "oracle.json").read_bytes()
        finish(made, trial, 0.5)
        (tmp_path / "project" / "oracle.json").write_bytes(before)
        again = oracle(name, tmp_path)
        assert again.history == made.history
        assert not again._retry_queue

    def test_a_retry_that_succeeds_counts(self, name, tmp_path):
        made = oracle(name, tmp_path, max_retries_per_trial=2)
        first = made.create_trial("tuner0")
        finish(made, first, SILENT)
        for value in (SILENT, 0.5):
            trial = made.create_trial("tuner0")
            assert trial.trial_id == first.trial_id
            assert not made.get_trial(trial.trial_id).metrics.metrics  # else a tuner drops the new ones
            finish(made, trial, value)
        assert [(t.status, t.score) for t in made.trials.values()] == [("COMPLETED", 0.5)]

    def test_retries_are_limited(self, name, tmp_path):
        made = oracle(name, tmp_path, max_retries_per_trial=2)
        for _ in range(3):
            trial = made.create_trial("tuner0")
            assert trial.trial_id.endswith("0")
            finish(made, trial, SILENT)
        assert made.trials[trial.trial_id].status == "FAILED"
        assert "no finite number" in made.trials[trial.trial_id].message
        assert made.create_trial("tuner0").trial_id != trial.trial_id
        assert made.history[0].status == "failed"

    def test_kills_are_limited(self, name, tmp_path):
        """A trial whose training kills its process must not be run for ever, whatever its retries are."""
        for _ in range(3):
            made = oracle(name, tmp_path, max_retries_per_trial=0, max_interruptions_per_trial=2)
            assert made.create_trial("tuner0").trial_id.endswith("0")
        made = oracle(name, tmp_path, max_retries_per_trial=0, max_interruptions_per_trial=2)
        assert [(t.status, "killed" in t.message) for t in made.trials.values()] == [("FAILED", True)]
        assert made.create_trial("tuner0").trial_id.endswith("1")

    def test_a_truncated_trial_is_run_again(self, name, tmp_path):
        made = oracle(name, tmp_path)
        proposed = run(made, 3)
        damage(tmp_path / "project" / "trial_01" / "trial.json")
        again = oracle(name, tmp_path)
        assert run(again, 1) == [proposed[1]]
        assert sorted(result.genome for result in again.history) == sorted(genome for genome, _ in proposed)
        assert (tmp_path / "project" / "trial_01" / "trial.json.damaged").exists()

    def test_a_truncated_oracle_is_rebuilt_from_its_trials(self, name, tmp_path):
        unbroken = run(oracle(name, tmp_path / "unbroken"), 5)
        made = oracle(name, tmp_path / "broken")
        proposed = run(made, 3)
        made.create_trial("tuner0")
        damage(tmp_path / "broken" / "project" / "oracle.json")
        again = oracle(name, tmp_path / "broken")
        assert proposed + run(again, 2) == unbroken

    def test_all_files_truncated_no_number_is_given_twice(self, name, tmp_path):
        run(oracle(name, tmp_path), 3)
        for file in ("trial_01/trial.json", "oracle.json", "tuner0.json"):
            damage(tmp_path / "project" / file)
        again = oracle(name, tmp_path)
        run(again, 1)
        assert [t.status for t in again.trials.values()] == ["COMPLETED", "FAILED", "COMPLETED", "COMPLETED"]

    def test_the_best_trials_are_finished_ones(self, name, tmp_path):
        made = oracle(name, tmp_path)
        run(made, 2)
        fail(made, made.create_trial("tuner0"), "FAILED")
        made.create_trial("tuner0")
        best = made.get_best_trials(10)
        assert len(best) == 2
        assert best[0].score >= best[1].score

    def test_files_hold_nothing_but_json(self, name, tmp_path):
        made = oracle(name, tmp_path)
        trial = made.create_trial("tuner0")
        made.update_trial(trial.trial_id, {"val_accuracy": 0.5, "val_loss": float("inf")})
        trial.status = "COMPLETED"
        made.end_trial(trial)
        finish(made, made.create_trial("tuner0"), SILENT)
        for file in (tmp_path / "project").rglob("*.json"):
            strict_json(file)

    def test_an_exception_leaves_no_lock_and_no_running_trial(self, name, tmp_path):
        made = oracle(name, tmp_path, max_consecutive_failed_trials=1)
        trial = made.create_trial("tuner0")
        with pytest.raises(ValueError, match="Objective value missing"):
            made.update_trial(trial.trial_id, {"loss": 1.0})
        with pytest.raises(SearchError, match="made to fail"):
            fail(made, trial)
        assert strict_json(tmp_path / "project" / "trial_00" / "trial.json")["status"] == "FAILED"
        found = []
        thread = threading.Thread(target=lambda: found.append(made.create_trial("another")), daemon=True)
        thread.start()
        thread.join(60)
        assert [t.status for t in found] == ["STOPPED"]
        assert not made.tuner_ids
        assert not made.ongoing_trials

    def test_a_proposer_that_raises_leaves_the_oracle_usable(self, name, tmp_path, monkeypatch):
        made = oracle(name, tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(made.strategy, "propose_trial", lambda history, rng: 1 // 0)
            with pytest.raises(ZeroDivisionError):
                made.create_trial("tuner0")
        assert not made.tuner_ids
        assert len(run(made, 2)) == 2

    def test_failures_in_a_row_end_a_search_once(self, name, tmp_path):
        made = oracle(name, tmp_path, max_consecutive_failed_trials=2)
        fail(made, made.create_trial("tuner0"), "FAILED")
        with pytest.raises(SearchError, match="last 2 trials failed"):
            fail(made, made.create_trial("tuner0"), "FAILED")
        again = oracle(name, tmp_path, max_consecutive_failed_trials=2)
        assert len(run(again, 2)) == 2

    def test_scores_by_the_penalised_fitness_in_the_direction_of_the_objective(self, name, tmp_path):
        made = oracle(name, tmp_path, fitness=Fitness(penalty=50))
        run(made, 3, lambda text: 0.5)
        sizes = {result.genome: result.parameters for result in made.history}
        best = [sizes[t.hyperparameters.values["genome"]] for t in made.get_best_trials(3)]
        assert best == sorted(sizes.values())

    def test_a_loss_is_scored_downwards(self, name, tmp_path):
        for penalty in (0, 50):
            folder = tmp_path / str(penalty)
            made = oracle(name, folder, objective="val_loss", fitness=Fitness(penalty=penalty))
            for loss in (0.3, 0.1, 0.2):
                trial = made.create_trial("tuner0")
                made.update_trial(trial.trial_id, {"val_loss": loss})
                trial.status = "COMPLETED"
                made.end_trial(trial)
            fitnesses = [made.strategy.fitness(result) for result in made.history]
            ranked = [int(t.trial_id) for t in made.get_best_trials(3)]
            assert ranked == sorted(range(3), key=lambda number: -fitnesses[number])
            if not penalty:
                assert [t.score for t in made.get_best_trials(3)] == [0.1, 0.2, 0.3]

    def test_limits_hold(self, name, tmp_path):
        limits = Limits((8, 8, 1), 3, max_parameters=60)
        made = oracle(name, tmp_path, admits=limits, max_trials=None)
        run(made, 5)
        assert {result.parameters <= 60 for result in made.history} == {True}

    def test_ends_when_the_space_is_exhausted(self, name, tmp_path):
        limits = Limits((8, 8, 1), 3, max_parameters=30)
        few = {str(genome) for genome in chain() if limits(genome)}
        made = oracle(name, tmp_path, admits=limits, max_trials=None)
        assert {genome for genome, _ in run(made, 50)} == few
        assert not made.tuner_ids

    def test_what_a_worker_must_know_travels_in_the_hyperparameters(self, name, tmp_path):
        trial = oracle(name, tmp_path).create_trial("tuner0")
        assert Trial.from_proto(trial.to_proto()).hyperparameters.values == trial.hyperparameters.values

    def test_hyperparameters_that_appear_in_mid_search_keep_their_defaults(self, name, tmp_path):
        made = oracle(name, tmp_path)
        trial = made.create_trial("tuner0")
        trial.hyperparameters.Float("momentum", 0.0, 1.0, default=0.25)
        finish(made, trial, 0.5)
        assert made.create_trial("tuner0").hyperparameters.values["momentum"] == 0.25
        again = oracle(name, tmp_path)
        assert again.create_trial("tuner0").hyperparameters.values["momentum"] == 0.25

    def test_tuners_wait_while_trials_run_elsewhere(self, name, tmp_path):
        made = oracle(name, tmp_path, max_trials=1)
        running = made.create_trial("a")
        began = time.monotonic()
        assert made.create_trial("b").status == "IDLE"
        assert time.monotonic() - began >= IDLE_SECONDS
        finish(made, running, accuracy("any"))
        assert [made.create_trial(tuner).status for tuner in "ba"] == ["STOPPED", "STOPPED"]
        assert not made.tuner_ids

    def test_trials_run_side_by_side_are_different(self, name, tmp_path):
        made = oracle(name, tmp_path)
        trials = [made.create_trial(tuner) for tuner in "abcd"]
        assert len({t.hyperparameters.values["genome"] for t in trials}) == 4
        assert [result.status for result in made.history] == ["pending"] * 4


def damage(path):
    path.write_bytes(path.read_bytes()[:-20] if path.stat().st_size > 20 else b"{")
