"""The life of a worker process: how it starts, what it runs, and when it makes way for a fresh one."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from kerasnas.evaluation.driver import exit_with_driver
from kerasnas.evaluation.evaluator import Job
from kerasnas.evaluation.progress import Progress, send_progress
from kerasnas.evaluation.task import Task
from kerasnas.results import Result

if TYPE_CHECKING:
    from kerasnas.training.epoch import Epoch

MAX_GROWTH_BYTES = 400_000_000
"""A worker that has grown by more than this since its first genome is replaced before its next one."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How a worker process is set up.

    Attributes:
        threads: how many threads its backend may use; 0 leaves it to the backend.
        progress_address: where it reports to.
        driver: the process number of the driver, without which a worker ends.
    """

    threads: int
    progress_address: str
    driver: int


_settings: WorkerSettings | None = None
_first_size: int | None = None


def initialise(settings: WorkerSettings) -> None:
    """Set this process up as a worker: the driver alone answers Ctrl-C, and no worker outlives its driver."""
    global _settings
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    exit_with_driver(settings.driver)
    _settings = settings


def process_number() -> int:
    """Return the number of this process."""
    return os.getpid()


def prepare(task: Task) -> None:
    """Let the task do what takes long once, before the time of the first genome begins to count."""
    assert _settings is not None, "a worker is prepared only after it was initialised"
    task.prepare(_settings.threads)


def run(task: Task, job: Job) -> tuple[Result, bool]:
    """Return the result of one job, and whether this process has grown so much that it should be replaced."""
    global _first_size
    assert _settings is not None, "a worker runs genomes only after it was initialised"
    address = _settings.progress_address

    def report(epoch: Epoch) -> None:
        send_progress(address, Progress(job.genome, os.getpid(), epoch.epoch, epoch.epochs, epoch.validation_accuracy))

    result = task(job, report)
    size = psutil.Process().memory_info().rss
    if _first_size is None:
        _first_size = size
    return result, size - _first_size > MAX_GROWTH_BYTES
