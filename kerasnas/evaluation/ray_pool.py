"""Evaluation on a Ray cluster: one task a genome, the driver the only one that writes.

Ray is an extra (`pip install kerasnas[ray]`); it is imported when an evaluator is made.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from kerasnas.errors import SettingsError
from kerasnas.evaluation.evaluator import CRASHED, FAILED, OUT_OF_MEMORY, TIMEOUT, WORTH_A_RETRY, Job, failure
from kerasnas.evaluation.pool import MAX_ATTEMPTS
from kerasnas.evaluation.task import train_to_result
from kerasnas.results import Protocol, Result
from kerasnas.training.settings import TrainingSettings

if TYPE_CHECKING:
    from kerasnas.data import Dataset

NODE_DEATHS_SURVIVED = 3
"""How often Ray starts a genome again whose node or worker died, before that counts as its failure."""

_GENOMES_A_WORKER = 50
_WAIT_SECONDS = 1.0


@dataclass(slots=True)
class _Running:
    job: Job
    attempt: int
    started: float = field(default_factory=time.monotonic)
    overdue: bool = False


Train = Callable[[str, "Dataset", TrainingSettings], Result]


class RayEvaluator:
    """Trains genomes as tasks of a Ray cluster; each node is sent the data once.

    Args:
        dataset: the images.
        settings: how to train.
        protocol: the protocol of the results.
        address: `local` starts Ray on this machine, `auto` finds the cluster that this machine belongs to,
            anything else is a cluster's address.
        cpus_per_task, gpus_per_task: what each task is given.
        timeout: seconds after which a genome is given up, or None.
        train: what a task does with a genome.

    Raises:
        SettingsError: Ray is not installed, or there is no cluster at `address`.
    """

    def __init__(
        self,
        dataset: Dataset,
        settings: TrainingSettings,
        protocol: Protocol,
        *,
        address: str = "local",
        cpus_per_task: float = 1,
        gpus_per_task: float = 0,
        timeout: float | None = None,
        train: Train = train_to_result,
    ) -> None:
        self._ray = _connected(address)
        self._dataset = self._ray.put(dataset)
        self._settings = settings
        self._protocol = protocol
        self._cpus, self._gpus = cpus_per_task, gpus_per_task
        self._timeout = timeout
        self._train = train
        self._task = self._ray.remote(
            num_cpus=cpus_per_task,
            num_gpus=gpus_per_task,
            max_retries=NODE_DEATHS_SURVIVED,
            max_calls=_GENOMES_A_WORKER,
            runtime_env={"env_vars": {"KERAS_BACKEND": os.environ.get("KERAS_BACKEND", "tensorflow")}},
        )(_run)

    def evaluate(self, jobs: Iterable[Job | None]) -> Iterator[Result]:
        """Yield a result for every job, in the order in which they are done; see `Evaluator`."""
        waiting = iter(jobs)
        running: dict[Any, _Running] = {}
        try:
            while True:
                while len(running) < self._slots() and (job := next(waiting, None)) is not None:
                    self._start(running, job, attempt=1)
                if not running:
                    return
                done, _ = self._ray.wait(list(running), num_returns=1, timeout=_WAIT_SECONDS)
                self._cancel_overdue(running)
                for reference in done:
                    ended = running.pop(reference)
                    result = self._result(reference, ended)
                    if result.status in WORTH_A_RETRY and ended.attempt < MAX_ATTEMPTS:
                        self._start(running, ended.job, ended.attempt + 1)
                    else:
                        yield result
        finally:
            for reference in running:
                self._ray.cancel(reference, force=True)

    def _start(self, running: dict[Any, _Running], job: Job, attempt: int) -> None:
        settings = self._settings.for_epochs(job.epochs, job.decay_epochs)
        reference = self._task.remote(self._train, job.genome, self._dataset, settings)
        running[reference] = _Running(job, attempt)

    def _cancel_overdue(self, running: dict[Any, _Running]) -> None:
        for reference, job in running.items():
            if self._timeout is not None and not job.overdue and time.monotonic() - job.started >= self._timeout:
                job.overdue = True
                self._ray.cancel(reference, force=True)

    def _slots(self) -> int:
        """Return how many tasks the cluster has room for now, at least one."""
        resources = self._ray.cluster_resources()
        slots = resources.get("CPU", 0) / self._cpus if self._cpus else float("inf")
        if self._gpus:
            slots = min(slots, resources.get("GPU", 0) / self._gpus)
        return max(1, int(min(slots, 10_000)))

    def _result(self, reference: Any, ended: _Running) -> Result:
        errors = self._ray.exceptions
        try:
            return replace(self._ray.get(reference), attempts=ended.attempt)
        except errors.OutOfMemoryError:
            status, reason = OUT_OF_MEMORY, "the memory of its node was used up"
        except (errors.WorkerCrashedError, errors.NodeDiedError, errors.ObjectLostError, errors.LocalRayletDiedError):
            status, reason = CRASHED, f"its worker or node died, {NODE_DEATHS_SURVIVED + 1} times over"
        except errors.TaskCancelledError:
            status, reason = CRASHED, "its task was cancelled"
        except errors.RayTaskError as error:
            status, reason = FAILED, str(error.cause or error).splitlines()[-1][:300]
        if ended.overdue:
            status, reason = TIMEOUT, f"not done after {self._timeout:g} seconds"
        return failure(ended.job.genome, ended.job.protocol(self._protocol), status, reason, ended.attempt)


def _run(train: Train, text: str, dataset: Dataset, settings: TrainingSettings) -> Result:
    """Train in a worker of the cluster."""
    return train(text, dataset, settings)


def _connected(address: str) -> Any:
    try:
        import ray
    except ImportError:
        raise SettingsError("--ray needs the package ray; pip install 'kerasnas[ray]'") from None
    if not ray.is_initialized():
        try:
            if address == "local":
                ray.init(address="local", log_to_driver=False, include_dashboard=False)
            else:
                ray.init(address=address, log_to_driver=False)
        except (ConnectionError, ValueError) as error:
            raise SettingsError(
                f"no Ray cluster at {address!r} ({str(error).splitlines()[0]}); start one with `ray start --head`, "
                "or use --ray local"
            ) from None
    return ray
