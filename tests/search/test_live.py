"""A live search is a function of its settings: neither timing nor a restart changes what is proposed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasnas.errors import SearchError, SettingsError
from kerasnas.evaluation import Job
from kerasnas.results import Result
from kerasnas.search.live import PENDING, Budget, LiveSearch
from kerasnas.search.registry import strategy_named
from kerasnas.search.strategy import Strategy, Trial
from tests.evaluation.fault_tasks import PROTOCOL
from tests.search.landscapes import bumps, table
from tests.search.test_contract import NAMES


def evaluated(job: Job) -> Result:
    epochs = job.epochs or PROTOCOL.epochs
    return replace(bumps(job.genome), protocol=replace(PROTOCOL, epochs=epochs), seconds=60.0, epochs_run=epochs)


def drive(search: LiveSearch, workers: int, order: Random, stop_after: int | None = None) -> list[Result]:
    """Evaluate as a pool would whose workers take turns at random; return the results in the order they came in."""
    jobs = search.jobs()
    running: list[Job] = []
    came_in: list[Result] = []
    while stop_after is None or len(came_in) < stop_after:
        while len(running) < workers and (job := next(jobs, None)) is not None:
            running.append(job)
        if not running:
            break
        came_in.append(search.record(evaluated(running.pop(order.randrange(len(running))))))
    return came_in


def proposals(results: Iterable[Result]) -> list[tuple[int | None, str]]:
    return sorted((result.trial, result.genome) for result in results)


@given(workers=st.integers(1, 4), first=st.integers(), second=st.integers(), stop_after=st.integers(0, 25))
@settings(max_examples=10, deadline=None)
@pytest.mark.parametrize("name", NAMES)
def test_neither_timing_nor_a_restart_changes_the_proposals(
    name: str, workers: int, first: int, second: int, stop_after: int
) -> None:
    def search(known: Sequence[Result] = ()) -> LiveSearch:
        return LiveSearch(strategy_named(name)(table()), PROTOCOL, Budget(25), workers=workers, known=known)

    undisturbed = drive(search(), workers, Random(first))
    assert len(undisturbed) == 25
    before = drive(search(), workers, Random(second), stop_after)
    resumed = search(before)
    after = drive(resumed, workers, Random(first))
    assert proposals(before + after) == proposals(undisturbed)
    assert proposals(resumed.results) == proposals(undisturbed)


def test_one_worker_knows_every_result_before_it_proposes() -> None:
    seen: list[list[str]] = []

    class Watching(strategy_named("random")):  # type: ignore[misc]
        def propose(self, history: Sequence[Result], rng: Random) -> str:
            seen.append([result.status for result in history])
            return super().propose(history, rng)

    drive(LiveSearch(Watching(table()), PROTOCOL, Budget(10)), 1, Random(0))
    assert all(PENDING not in statuses for statuses in seen)
    seen.clear()
    drive(LiveSearch(Watching(table()), PROTOCOL, Budget(10), workers=2), 2, Random(0))
    assert [statuses.count(PENDING) for statuses in seen] == [0, 1, 2, 3, 3, 3, 3, 3, 3, 3]


class Promoting(Strategy[str]):
    """Trains a genome for one epoch, then the same for three."""

    name = "promoting"

    def propose(self, history: Sequence[Result], rng: Random) -> str:
        return self.propose_trial(history, rng).genome

    def propose_trial(self, history: Sequence[Result], rng: Random) -> Trial[str]:
        if len(history) % 2:
            return Trial(history[-1].genome, 3)
        return Trial(self.fresh({result.genome for result in history}, rng), 1)


def test_a_strategy_may_say_for_how_many_epochs() -> None:
    search = LiveSearch(Promoting(table()), PROTOCOL, Budget(epochs=8))
    results = drive(search, 1, Random(0))
    assert [result.protocol and result.protocol.epochs for result in results] == [1, 3, 1, 3]
    assert results[0].genome == results[1].genome
    assert search.ended == "the budget of 8 epochs is spent"


def test_minutes_of_an_earlier_run_count() -> None:
    before = drive(LiveSearch(strategy_named("random")(table()), PROTOCOL, Budget(6)), 1, Random(0))
    resumed = LiveSearch(strategy_named("random")(table()), PROTOCOL, Budget(minutes=4), known=before)
    assert drive(resumed, 1, Random(0)) == []
    assert resumed.proposed == 4
    assert "4 minutes" in resumed.ended


def test_rows_of_another_protocol_are_not_taken_for_results() -> None:
    def random() -> LiveSearch:
        return LiveSearch(strategy_named("random")(table()), PROTOCOL, Budget(5))

    before = [replace(result, protocol=replace(PROTOCOL, seed=9)) for result in drive(random(), 1, Random(0))]
    search = LiveSearch(strategy_named("random")(table()), PROTOCOL, Budget(5), known=before)
    assert len(drive(search, 1, Random(0))) == 5


def test_a_space_that_is_used_up_ends_the_search() -> None:
    search = LiveSearch(strategy_named("random")(table("01", 2)), PROTOCOL, Budget(9))
    assert len(drive(search, 1, Random(0))) == 4
    assert "exhausted" in search.ended


class Cautious(Strategy[str]):
    """Proposes nothing while a result is outstanding."""

    name = "cautious"

    def propose(self, history: Sequence[Result], rng: Random) -> str:
        if any(result.status == PENDING for result in history):
            raise SearchError("nothing to propose before the results are in")
        return self.fresh({result.genome for result in history}, rng)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_strategy_that_has_nothing_to_propose_yet_is_asked_again(workers: int) -> None:
    search = LiveSearch(Cautious(table()), PROTOCOL, Budget(7), workers=workers)
    assert [result.trial for result in drive(search, workers, Random(0))] == [0, 1, 2, 3, 4, 5, 6]
    assert "7 trials" in search.ended


def test_a_result_that_nobody_waits_for_is_refused() -> None:
    search = LiveSearch(strategy_named("random")(table()), PROTOCOL, Budget(1))
    with pytest.raises(SearchError, match="no trial waits for"):
        search.record(evaluated(Job("000")))


@pytest.mark.parametrize("limits", [{}, {"trials": 0}, {"minutes": -1.0}, {"epochs": 0}, {"minutes": float("nan")}])
def test_a_budget_that_makes_no_sense_is_refused(limits: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match="budget"):
        Budget(**limits)  # type: ignore[arg-type]
