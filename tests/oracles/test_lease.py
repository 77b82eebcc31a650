"""The chief's lease, without a network: what it does with workers that die, that are slow, and that come back."""

import time

import pytest

from kerasnas.errors import SettingsError
from tests.oracles.searches import SILENT, fail, finish, oracle


@pytest.fixture
def chief(tmp_path):
    """An oracle whose clock the tests turn."""
    made = oracle("random", tmp_path, max_trials=3, lease_seconds=60, max_interruptions_per_trial=1)
    made.now = 0.0
    made._clock = lambda: made.now
    for worker in "ab":
        made.heartbeat(worker)
    return made


def pass_seconds(chief, seconds, *alive):
    """Let time pass in which some of the workers are heard."""
    for _ in range(seconds // 10):
        chief.now += 10
        for worker in alive:
            chief.heartbeat(worker)
        chief.expire_leases()


def test_a_silent_worker_loses_its_trial_and_is_forgotten(chief):
    lost = chief.create_trial("a")
    kept = chief.create_trial("b")
    pass_seconds(chief, 100, "b")
    assert chief.tuner_ids == {"b"}
    assert set(chief.ongoing_trials) == {"b"}
    finish(chief, kept, 0.4)
    again = chief.create_trial("b")
    assert again.trial_id == lost.trial_id
    assert again.hyperparameters.values["genome"] == lost.hyperparameters.values["genome"]


def test_a_worker_that_is_heard_keeps_its_trial(chief):
    chief.create_trial("a")
    pass_seconds(chief, 1000, "a", "b")
    assert set(chief.ongoing_trials) == {"a"}


@pytest.mark.parametrize("call", ["get_trial", "update_trial"])
def test_every_call_renews_the_lease(chief, call):
    trial = chief.create_trial("a")
    for _ in range(5):
        chief.now += 50
        getattr(chief, call)(trial.trial_id, *([{"val_accuracy": 0.1}] if call == "update_trial" else []))
        assert "a" not in chief.expire_leases()


def test_a_worker_that_sends_no_heartbeats_is_not_leased(chief):
    """Its oracle may be of another version, or its tuner have another name."""
    chief.create_trial("c")
    pass_seconds(chief, 1000)
    assert set(chief.ongoing_trials) == {"c"}


def test_a_worker_without_a_trial_is_forgotten_so_that_the_chief_can_end(chief):
    trial = chief.create_trial("a")
    finish(chief, trial, 0.1)
    pass_seconds(chief, 100)
    assert chief.tuner_ids == set()


def test_a_slow_worker_that_comes_back_first_wins(chief):
    trial = copied(chief.create_trial("a"))
    pass_seconds(chief, 100, "b")
    again = copied(chief.create_trial("b"))
    finish(chief, trial, 0.7)
    finish(chief, again, 0.2)
    assert chief.get_best_trials()[0].score == pytest.approx(0.7)
    assert chief.end_order == [trial.trial_id]
    assert chief.create_trial("b").trial_id != trial.trial_id


def test_a_late_failure_of_the_first_attempt_is_not_heard(chief):
    trial = copied(chief.create_trial("a"))
    pass_seconds(chief, 100, "b")
    again = copied(chief.create_trial("b"))
    fail(chief, trial)
    finish(chief, trial, SILENT)
    assert set(chief.ongoing_trials) == {"b"}
    finish(chief, again, 0.2)
    assert [t.status for t in chief.trials.values()] == ["COMPLETED"]


def test_a_late_end_takes_the_trial_out_of_the_queue(chief):
    trial = copied(chief.create_trial("a"))
    pass_seconds(chief, 100, "b")
    finish(chief, trial, 0.7)
    assert chief.create_trial("b").trial_id != trial.trial_id
    assert chief.trials[trial.trial_id].status == "COMPLETED"


def test_a_trial_that_kills_every_worker_fails(chief):
    for _ in range(2):
        assert chief.create_trial("a").trial_id == "0"
        pass_seconds(chief, 100)
        chief.heartbeat("a")
    assert chief.trials["0"].status == "FAILED"
    assert "what kills it" in chief.trials["0"].message
    assert chief.create_trial("a").trial_id == "1"


def test_the_lease_stands_still_while_the_chief_computes(tmp_path):
    made = oracle("random", tmp_path, lease_seconds=1000)
    before, began = made._clock(), time.monotonic()
    with made.exclusively():
        time.sleep(0.2)
    passed = time.monotonic() - began
    assert made._clock() - before <= passed - 0.2


def test_leases_expire_by_themselves(tmp_path):
    made = oracle("random", tmp_path, lease_seconds=0.2)
    made.heartbeat("a")
    made.create_trial("a")
    while made.tuner_ids:  # a thread sees to it
        time.sleep(0.01)
    assert not made.ongoing_trials
    assert made._retry_queue == ["00"]


def test_a_lease_must_last(tmp_path):
    with pytest.raises(SettingsError, match="must last"):
        oracle("random", tmp_path, lease_seconds=0)


def copied(trial):
    """Return a trial as a worker has it: its own copy."""
    return type(trial).from_proto(trial.to_proto())
