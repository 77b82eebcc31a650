"""Worker processes with real deaths: each costs its own genome only."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from kerasnas.evaluation import Job, PoolEvaluator
from kerasnas.results import OK, Result
from tests.evaluation.fault_tasks import ABORTING, GREEDY, HANGING, HEALTHY, PROTOCOL, SHAKY, Faulty, Leaking


def run(folder: Path, genomes: list[str], *, seconds: float = 0.0, workers: int = 2, **options: float) -> list[Result]:
    evaluator = PoolEvaluator(Faulty(folder, seconds), PROTOCOL, workers=workers, threads=0, **options)
    return list(evaluator.evaluate(map(Job, genomes)))


def test_an_aborting_genome_is_tried_twice_and_costs_no_other(tmp_path: Path) -> None:
    others = [f"NC {filters} 3 relu;FL relu" for filters in range(10, 16)]
    results = {result.genome: result for result in run(tmp_path, [others[0], ABORTING, *others[1:]])}
    assert results[ABORTING].status == "crashed"
    assert "worker process died" in results[ABORTING].reason
    assert results[ABORTING].attempts == 2
    assert results[ABORTING].parameters is not None
    assert all(results[genome].status == OK and results[genome].attempts == 1 for genome in others)
    assert len(results) == 1 + len(others)


def test_a_genome_that_crashes_once_succeeds_at_its_second_attempt(tmp_path: Path) -> None:
    (result,) = run(tmp_path, [SHAKY])
    assert (result.status, result.attempts) == (OK, 2)


def test_a_genome_over_the_timeout_is_killed_and_named(tmp_path: Path) -> None:
    results = {result.genome: result for result in run(tmp_path, [HANGING, HEALTHY], timeout=2.0)}
    assert results[HANGING].status == "timeout"
    assert "2 seconds" in results[HANGING].reason
    assert results[HEALTHY].status == OK


def test_memory_used_up_is_a_row_of_its_own(tmp_path: Path) -> None:
    results = {result.genome: result for result in run(tmp_path, [GREEDY, HEALTHY], workers=1)}
    assert results[GREEDY].status in ("out of memory", "crashed")
    assert results[HEALTHY].status == OK


def test_no_worker_is_left_behind(tmp_path: Path) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    run(tmp_path, [HEALTHY, ABORTING])
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and _workers() - before:
        time.sleep(0.1)
    assert not _workers() - before


def test_the_next_genome_is_taken_only_after_the_results_known_were_yielded(tmp_path: Path) -> None:
    seen: list[str] = []
    taken_with: list[int] = []

    def proposals():  # type: ignore[no-untyped-def]
        for filters in range(1, 6):
            taken_with.append(len(seen))
            yield Job(f"NC {filters} 5 relu;FL relu")

    evaluator = PoolEvaluator(Faulty(tmp_path), PROTOCOL, workers=1, threads=0)
    for result in evaluator.evaluate(proposals()):
        seen.append(result.genome)
    assert taken_with == [0, 1, 2, 3, 4]


def test_a_job_that_says_for_how_long_has_that_protocol(tmp_path: Path) -> None:
    evaluator = PoolEvaluator(Faulty(tmp_path), PROTOCOL, workers=1, threads=0)
    (result,) = evaluator.evaluate([Job(ABORTING, epochs=7)])
    assert result.protocol == replace(PROTOCOL, epochs=7)


def test_where_there_is_nothing_to_do_yet_the_next_result_is_waited_for(tmp_path: Path) -> None:
    seen: list[str] = []

    def proposals():  # type: ignore[no-untyped-def]
        yield Job("NC 1 5 relu;FL relu")
        while not seen:
            yield None
        yield Job("NC 2 5 relu;FL relu")

    evaluator = PoolEvaluator(Faulty(tmp_path), PROTOCOL, workers=2, threads=0)
    for result in evaluator.evaluate(proposals()):
        seen.append(result.genome)
    assert seen == ["NC 1 5 relu;FL relu", "NC 2 5 relu;FL relu"]


def test_a_worker_is_renewed_before_it_has_grown_by_500_megabytes(tmp_path: Path) -> None:
    genomes = [f"NC {filters} 3 relu;FL relu" for filters in range(1, 15)]
    evaluator = PoolEvaluator(Leaking(tmp_path, megabytes=90), PROTOCOL, workers=1, threads=0)
    assert [result.genome for result in evaluator.evaluate(map(Job, genomes))] == genomes
    sizes: dict[str, list[int]] = {}
    for line in (tmp_path / "sizes").read_text().splitlines():
        worker, size = line.split()
        sizes.setdefault(worker, []).append(int(size))
    assert len(sizes) >= 2
    assert all(max(grown) - grown[0] < 500_000_000 for grown in sizes.values())


def test_two_hundred_genomes_leave_the_drivers_memory_as_it_was_after_ten(tmp_path: Path) -> None:
    genomes = [f"NC {filters} 5 relu;FL relu" for filters in range(1, 201)]
    sizes = []
    evaluator = PoolEvaluator(Faulty(tmp_path), PROTOCOL, workers=2, threads=0)
    for _ in evaluator.evaluate(map(Job, genomes)):
        sizes.append(psutil.Process().memory_info().rss)
    assert len(sizes) == 200
    assert sizes[-1] - sizes[9] < 100_000_000


def test_a_clock_that_jumps_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(0)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + rng.uniform(-1e9, 1e9))
    results = run(tmp_path, [f"NC {filters} 3 relu;FL relu" for filters in range(1, 9)], timeout=60.0)
    assert [result.status for result in results] == [OK] * 8


@pytest.mark.parametrize("kills", [6, pytest.param(50, marks=pytest.mark.slow)])
def test_workers_killed_at_random_moments_cost_nothing_but_time(tmp_path: Path, kills: int) -> None:
    genomes = [f"NC {filters} 7 relu;FL relu" for filters in range(1, 3 * kills + 1)]
    stop = threading.Event()
    killed: list[int] = []

    def kill_now_and_then() -> None:
        rng = random.Random(0)
        while len(killed) < kills and not stop.is_set():
            time.sleep(rng.uniform(0.05, 0.6))
            victims = sorted(_workers())
            if victims:
                victim = rng.choice(victims)
                try:
                    os.kill(victim, signal.SIGKILL)
                except ProcessLookupError:
                    continue
                killed.append(victim)

    killer = threading.Thread(target=kill_now_and_then)
    killer.start()
    results = run(tmp_path, genomes, seconds=0.3)
    stop.set()
    killer.join()
    assert len(killed) >= kills // 2
    counts = Counter(result.genome for result in results)
    assert counts == Counter(genomes)
    failed = [result for result in results if not result.ok]
    assert all(result.status == "crashed" and result.attempts == 2 for result in failed)
    assert len(failed) <= len(killed) // 2


def _workers() -> set[int]:
    """The worker processes of this process: those whose command line says that multiprocessing spawned them."""
    workers = set()
    for child in psutil.Process().children(recursive=True):
        try:
            if "spawn_main" in " ".join(child.cmdline()) and child.status() != psutil.STATUS_ZOMBIE:
                workers.add(child.pid)
        except psutil.NoSuchProcess:
            continue
    return workers
