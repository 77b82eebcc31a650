"""Where genomes are trained: which evaluator the options ask for."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.workers import default_threads, default_workers
from kerasnas.errors import SettingsError

if TYPE_CHECKING:
    from kerasnas.data import Dataset
    from kerasnas.evaluation import Evaluator, Measures, Progress
    from kerasnas.evaluation.task import Estimate
    from kerasnas.training.settings import TrainingSettings


@dataclass(frozen=True, slots=True)
class Places:
    """Where genomes are trained, for how long at most, and what is measured there; the fields are options."""

    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes; one a core unless set.", show_default=False)
    ] = None
    threads: Annotated[
        int | None,
        typer.Option(min=0, help="Threads a worker, 1 unless set; 0: as many as it likes.", show_default=False),
    ] = None
    timeout: Annotated[
        float | None, typer.Option(min=1, help="Seconds after which a genome is given up.", show_default=False)
    ] = None
    ray: Annotated[
        str | None, typer.Option(help="Use Ray: local, auto, or a cluster's address.", show_default=False)
    ] = None
    cpus_per_task: Annotated[float, typer.Option(min=0, help="For --ray: cores of a task.")] = 1
    gpus_per_task: Annotated[float, typer.Option(min=0, help="For --ray: GPUs of a task.")] = 0
    tensorboard: options.TensorBoard = None
    latency: Annotated[bool, typer.Option("--latency", help="Measure how long each model takes for one image.")] = False
    max_latency_ms: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Do not train models that take longer for one image on this machine; measured before training, by "
            "ratio to a reference model.",
            show_default=False,
        ),
    ] = None
    int8: Annotated[
        bool,
        typer.Option("--int8", help="Quantise each trained model with LiteRT, and measure its size and accuracy so."),
    ] = False

    @property
    def measures(self) -> Measures:
        """What is measured besides accuracy."""
        from kerasnas.evaluation import Measures

        return Measures(self.latency, self.max_latency_ms, self.int8)

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
        *,
        checkpoints: Path | None = None,
        estimate: Estimate | None = None,
    ) -> Evaluator:
        """Return the evaluator.

        Args:
            data: the images.
            settings: how to train.
            folder: for what the workers share; evaluators of the same images may have the same.
            on_progress: called with each report of a running genome.
            jobs: how many there are at most, where that is known.
            checkpoints, estimate: see `TrainingTask`.

        Raises:
            SettingsError: Ray is to do what needs files of this machine, or a package is missing.
            BackendError: the backend cannot be quantised from.
        """
        from kerasnas.data import store
        from kerasnas.evaluation import PoolEvaluator, TrainingTask

        protocol = settings.protocol(data)
        self.measures.check()
        if self.ray is not None and estimate is not None:
            raise SettingsError("--ray goes with no estimate but fidelity; leave out --ray or --estimate")
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
                train=partial(train_to_result, measures=self.measures),
            )
        store(data, folder)
        return PoolEvaluator(
            TrainingTask(folder, settings, self.tensorboard, self.measures, checkpoints, estimate),
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
