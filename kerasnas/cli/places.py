"""Where genomes are trained: which evaluator the options ask for."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from kerasnas.cli.workers import default_threads, default_workers

if TYPE_CHECKING:
    from kerasnas.data import Dataset
    from kerasnas.evaluation import Evaluator, Progress
    from kerasnas.training.settings import TrainingSettings


@dataclass(frozen=True, slots=True)
class Places:
    """Where genomes are trained, and for how long at most; the fields are the options of the same names."""

    workers: int | None = None
    threads: int | None = None
    timeout: float | None = None
    ray: str | None = None
    cpus_per_task: float = 1
    gpus_per_task: float = 0
    tensorboard: Path | None = None
    latency: bool = False

    def at_once(self, jobs: int | None = None) -> int:
        """Return how many worker processes there are, no more than there are jobs."""
        workers = self.workers or default_workers()
        return workers if jobs is None else max(1, min(workers, jobs))

    def evaluator(
        self,
        data: Dataset,
        settings: TrainingSettings,
        folder: Path,
        on_progress: Callable[[Progress], None],
        jobs: int | None = None,
    ) -> Evaluator:
        """Return the evaluator.

        Args:
            data: the images.
            settings: how to train.
            folder: an empty one, for what the workers share.
            on_progress: called with each report of a running genome.
            jobs: how many there are at most, where that is known.
        """
        from kerasnas.data import store
        from kerasnas.evaluation import PoolEvaluator, TrainingTask

        protocol = settings.protocol(data)
        if self.ray is not None:
            from kerasnas.evaluation.ray_pool import RayEvaluator
            from kerasnas.evaluation.task import train_to_result

            return RayEvaluator(
                data,
                settings,
                protocol,
                address=self.ray,
                cpus_per_task=self.cpus_per_task,
                gpus_per_task=self.gpus_per_task,
                timeout=self.timeout,
                train=partial(train_to_result, latency=self.latency),
            )
        store(data, folder)
        return PoolEvaluator(
            TrainingTask(folder, settings, self.tensorboard, self.latency),
            protocol,
            workers=self.at_once(jobs),
            threads=default_threads() if self.threads is None else self.threads,
            timeout=self.timeout,
            on_progress=on_progress,
        )


def stop_on_terminate() -> None:
    """Let SIGTERM end a run as Ctrl-C does: rows written, workers ended."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
