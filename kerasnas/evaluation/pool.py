"""Evaluation by worker processes on this machine.

Each worker is an executor of its own from the standard library, with its own pipes. So a worker that dies takes
down nothing but the genome it was working on (see docs/decisions/0003-worker-processes.md).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace

from kerasnas.evaluation.evaluator import CRASHED, FAILED, OUT_OF_MEMORY, TIMEOUT, WORTH_A_RETRY, Job, failure
from kerasnas.evaluation.progress import Progress, ProgressReceiver
from kerasnas.evaluation.task import Task
from kerasnas.evaluation.worker import WorkerSettings, initialise, prepare, process_number, run
from kerasnas.results import Protocol, Result

MAX_ATTEMPTS = 2
_TICK_SECONDS = 0.2


class _Worker:
    """One worker process, started when first needed and again after it died or was stopped."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._executor: ProcessPoolExecutor | None = None
        self._process: Future[int] | None = None
        self._prepared: Future[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether the process is up, so that a genome's time begins to count."""
        return self._prepared is None or self._prepared.done()

    def submit(self, task: Task, job: Job) -> Future[tuple[Result, bool]]:
        if self._executor is None:
            self._executor = ProcessPoolExecutor(
                1, multiprocessing.get_context("spawn"), initializer=initialise, initargs=(self._settings,)
            )
            self._process = self._executor.submit(process_number)
            self._prepared = self._executor.submit(prepare, task)
        try:
            return self._executor.submit(run, task, job)
        except BrokenProcessPool:  # it died between two genomes
            self.retire()
            return self.submit(task, job)

    def retire(self) -> None:
        """Let the process end by itself; the next genome starts a fresh one."""
        if self._executor is not None:
            self._executor.shutdown(wait=False)
        self._executor = self._process = self._prepared = None

    def kill(self) -> None:
        """End the process at once, whatever it is doing."""
        if self._process is not None:
            with contextlib.suppress(BrokenProcessPool, ProcessLookupError):
                os.kill(self._process.result(), signal.SIGKILL)
        self.retire()


@dataclass(slots=True)
class _Running:
    worker: _Worker
    job: Job
    attempt: int
    started: float | None = None

    def overdue(self, timeout: float | None) -> bool:
        """Tell whether the genome has had its time, which counts from when its worker was ready."""
        if self.started is None and self.worker.ready:
            self.started = time.monotonic()
        return timeout is not None and self.started is not None and time.monotonic() - self.started >= timeout


class PoolEvaluator:
    """Trains genomes in worker processes that share one copy of the data.

    Args:
        task: what to do with a genome.
        protocol: the protocol that the task's results have; used for those that fail.
        workers: how many processes.
        threads: how many threads each uses; 0 leaves it to the backend.
        timeout: seconds after which a genome is given up, or None.
        on_progress: called with each report of a running genome.
    """

    def __init__(
        self,
        task: Task,
        protocol: Protocol,
        *,
        workers: int,
        threads: int,
        timeout: float | None = None,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self._task = task
        self._protocol = protocol
        self._workers = workers
        self._threads = threads
        self._timeout = timeout
        self._on_progress = on_progress

    def evaluate(self, jobs: Iterable[Job | None]) -> Iterator[Result]:
        """Yield a result for every job, in the order in which they are done; see `Evaluator`."""
        with ProgressReceiver() as receiver:
            settings = WorkerSettings(self._threads, receiver.address, os.getpid())
            idle = [_Worker(settings) for _ in range(self._workers)]
            everyone = list(idle)
            running: dict[Future[tuple[Result, bool]], _Running] = {}
            waiting = iter(jobs)
            try:
                yield from self._evaluate(waiting, idle, running, receiver)
                for worker in everyone:
                    worker.retire()
            finally:
                for worker in everyone:
                    worker.kill()

    def _evaluate(
        self,
        waiting: Iterator[Job | None],
        idle: list[_Worker],
        running: dict[Future[tuple[Result, bool]], _Running],
        receiver: ProgressReceiver,
    ) -> Iterator[Result]:
        while True:
            while idle and (job := next(waiting, None)) is not None:
                self._start(running, idle.pop(), job, attempt=1)
            if not running:
                return
            done, _ = wait(running, timeout=_TICK_SECONDS, return_when=FIRST_COMPLETED)
            for progress in receiver.receive():
                self._on_progress(progress)
            self._kill_overdue(running)
            for future in done:
                ended = running.pop(future)
                result = self._result(future, ended)
                if result.status in WORTH_A_RETRY and ended.attempt < MAX_ATTEMPTS:
                    self._start(running, ended.worker, ended.job, ended.attempt + 1)
                else:
                    idle.append(ended.worker)
                    yield result

    def _start(
        self, running: dict[Future[tuple[Result, bool]], _Running], worker: _Worker, job: Job, attempt: int
    ) -> None:
        running[worker.submit(self._task, job)] = _Running(worker, job, attempt)

    def _result(self, future: Future[tuple[Result, bool]], ended: _Running) -> Result:
        try:
            result, outgrown = future.result()
        except BrokenProcessPool:
            ended.worker.kill()
            if ended.overdue(self._timeout):
                status, reason = TIMEOUT, f"not done after {self._timeout:g} seconds"
            else:
                status, reason = CRASHED, "its worker process died: killed from outside, out of memory, or aborted"
            return failure(ended.job.genome, ended.job.protocol(self._protocol), status, reason, ended.attempt)
        except Exception as error:  # the task could not even make a result of what went wrong
            ended.worker.kill()
            status = OUT_OF_MEMORY if isinstance(error, MemoryError) else FAILED
            reason = f"{type(error).__name__}: {error}"
            return failure(ended.job.genome, ended.job.protocol(self._protocol), status, reason, ended.attempt)
        if outgrown:
            ended.worker.retire()
        return replace(result, attempts=ended.attempt)

    def _kill_overdue(self, running: dict[Future[tuple[Result, bool]], _Running]) -> None:
        for job in running.values():
            if job.overdue(self._timeout):
                job.worker.kill()
