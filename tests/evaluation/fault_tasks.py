"""Tasks for the fault tests: what they do with a genome is decided by the genome. Workers import this module."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from kerasnas.evaluation import Job
from kerasnas.results import Protocol, Result

PROTOCOL = Protocol(
    dataset="none",
    data_hash="0",
    image_shape="28x28x1",
    classes=10,
    validation_fraction=0.1,
    train_fraction=1.0,
    epochs=1,
    patience=0,
    batch_size=1,
    learning_rate=0.1,
    seed=0,
)

HEALTHY, ABORTING, HANGING, GREEDY, SHAKY = (f"NC {filters} 1 relu;FL relu" for filters in (1, 2, 3, 4, 5))


@dataclass(frozen=True)
class Faulty:
    """Succeeds after `seconds`, but aborts, hangs, or fills the memory for the genomes that say so.

    `folder` counts the attempts at each genome, across processes; `SHAKY` aborts at the first only.
    """

    folder: Path
    seconds: float = 0.0

    def prepare(self, threads: int) -> None:
        """Nothing takes long here."""

    def __call__(self, job: Job, on_epoch: Callable[[Any], None]) -> Result:
        text = job.genome
        attempts = self.folder / f"{text.split(';')[0].replace(' ', '_')}.attempts"
        with attempts.open("a") as file:
            file.write(f"{os.getpid()}\n")
        if text == ABORTING or (text == SHAKY and len(attempts.read_text().split()) == 1):
            os.abort()
        if text == HANGING:
            time.sleep(3600)
        if text == GREEDY:
            _fill_memory()
        time.sleep(self.seconds)
        return Result(genome=job.genome, parameters=1, testing_accuracy=50.0, attempts=1, protocol=PROTOCOL)


@dataclass(frozen=True)
class Leaking:
    """Keeps `megabytes` more of memory with each genome, and writes down the worker and its size after each."""

    folder: Path
    megabytes: int

    def prepare(self, threads: int) -> None:
        """Nothing takes long here."""

    def __call__(self, job: Job, on_epoch: Callable[[Any], None]) -> Result:
        held.append(b"x" * (self.megabytes * 1_000_000))
        with (self.folder / "sizes").open("a") as file:
            file.write(f"{os.getpid()} {psutil.Process().memory_info().rss}\n")
        return Result(genome=job.genome, parameters=1, testing_accuracy=50.0, attempts=1, protocol=PROTOCOL)


held: list[bytes] = []


def _fill_memory() -> None:
    import resource

    limit = 2**31
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    held = []
    while True:
        held.append(bytearray(2**26))
