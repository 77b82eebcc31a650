"""`kerasnas evaluate` killed with SIGKILL at random moments, and interrupted, loses and doubles nothing."""

from __future__ import annotations

import csv
import math
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from kerasnas.genome import ChainSpace
from tests.cli.running import kerasnas

COMMAND = [sys.executable, "-m", "kerasnas", "evaluate"]
OPTIONS = ["--dataset", "digits", "--epochs", "1", "--batch-size", "64", "--workers"]
TIMING = ("Seconds", "CPU Seconds", "Finished", "Attempts")


def write_genomes(path: Path, count: int) -> list[str]:
    space = ChainSpace((28, 28, 1), 10, filters=(2, 3, 4))
    rng = random.Random(0)
    genomes: dict[str, None] = {}
    while len(genomes) < count:
        genomes[str(space.sample(rng))] = None
    path.write_text("\n".join(genomes))
    return list(genomes)


def start(genomes: Path, out: Path, workers: int = 2) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, str(genomes), "--out", str(out), *OPTIONS, str(workers)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=_answer_interrupts,
    )


def _answer_interrupts() -> None:
    # What is started in the background ignores SIGINT, and so would its children.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def lines(path: Path) -> int:
    return len(path.read_bytes().splitlines()) if path.exists() else 0


def measured(path: Path) -> dict[str, dict[str, str]]:
    return {row["Genome string"]: {k: v for k, v in row.items() if k not in TIMING} for row in rows(path)}


@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_at_random_moments_it_ends_with_one_row_a_genome(tmp_path: Path, kills: int) -> None:
    genomes = write_genomes(tmp_path / "genomes.txt", max(6, 2 * kills))
    out = tmp_path / "killed.csv"
    rng = random.Random(1)
    for kill in range(kills):
        before = max(1, lines(out))  # the header is no row
        process = start(tmp_path / "genomes.txt", out)
        # The first kill comes just after a row was begun, when most can go wrong; of the others half at any moment.
        deadline = time.monotonic() + rng.uniform(0.3, 8) if kill else math.inf
        while time.monotonic() < deadline and process.poll() is None:
            if (kill == 0 or rng.random() < 0.5) and lines(out) > before:
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()  # type: ignore[union-attr]
    final = start(tmp_path / "genomes.txt", out, workers=1)
    assert final.communicate()[1] is not None
    assert final.returncode == 0
    assert Counter(row["Genome string"] for row in rows(out)) == Counter(genomes)
    assert {row["Status"] for row in rows(out)} == {"ok"}

    undisturbed = tmp_path / "undisturbed.csv"
    done = kerasnas("evaluate", tmp_path / "genomes.txt", "--out", undisturbed, *OPTIONS, 1)
    assert done.returncode == 0, done.stderr
    assert measured(out) == measured(undisturbed)


def test_ctrl_c_stops_within_seconds_and_the_next_run_goes_on(tmp_path: Path) -> None:
    genomes = write_genomes(tmp_path / "genomes.txt", 6)
    out = tmp_path / "interrupted.csv"
    process = start(tmp_path / "genomes.txt", out)
    while process.poll() is None and lines(out) < 2:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate()
    assert process.returncode == 130
    assert b"run the same command to go on" in stderr
    assert b"Traceback" not in stderr
    kept = rows(out)
    assert kept
    assert kerasnas("evaluate", tmp_path / "genomes.txt", "--out", out, *OPTIONS, 1).returncode == 0
    assert Counter(row["Genome string"] for row in rows(out)) == Counter(genomes)
    assert rows(out)[: len(kept)] == kept


def test_workers_end_with_a_killed_driver(tmp_path: Path) -> None:
    import psutil

    write_genomes(tmp_path / "genomes.txt", 30)
    process = start(tmp_path / "genomes.txt", tmp_path / "out.csv")
    driver = psutil.Process(process.pid)
    while len(workers := [c for c in driver.children() if "spawn_main" in " ".join(c.cmdline())]) < 2:
        time.sleep(0.1)
    process.kill()
    process.wait()
    process.stderr.close()  # type: ignore[union-attr]
    gone, alive = psutil.wait_procs(workers, timeout=60)
    assert not alive
    assert len(gone) == 2
