"""`kerasnas evaluate`: many genomes into one CSV, none lost and none trained twice."""

from __future__ import annotations

import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.output import note, print_json
from kerasnas.training.settings import PAPER_AUXILIARY_WEIGHT, TrainingSettings

if TYPE_CHECKING:
    from kerasnas.cli.batch_view import BatchView
    from kerasnas.data import Dataset
    from kerasnas.evaluation import Evaluator


def evaluate(
    genomes: Annotated[list[str], typer.Argument(help="Genomes, or files with one a line.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The results CSV; rows are appended.", show_default=False)],
    dataset: options.Dataset = "digits",
    data_dir: options.DataDir = None,
    epochs: options.Epochs = options.DEFAULTS.epochs,
    patience: options.Patience = options.DEFAULTS.patience,
    batch_size: options.BatchSize = options.DEFAULTS.batch_size,
    learning_rate: options.LearningRate = options.DEFAULTS.learning_rate,
    train_fraction: options.TrainFraction = options.DEFAULTS.train_fraction,
    validation_fraction: options.ValidationFraction = options.DEFAULTS.validation_fraction,
    auxiliary: options.Auxiliary = False,
    drop_path: options.DropPath = options.DEFAULTS.drop_path,
    cutout: options.Cutout = options.DEFAULTS.cutout,
    augment: options.Augment = options.DEFAULTS.augment,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes; one a core unless set.", show_default=False)
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(min=0, help="Threads a worker, 1 unless set; 0: as many as it likes.", show_default=False),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(min=1, help="Seconds after which a genome is given up.", show_default=False)
    ] = None,
    ray: Annotated[
        str | None, typer.Option(help="Use Ray: local, auto, or a cluster's address.", show_default=False)
    ] = None,
    cpus_per_task: Annotated[float, typer.Option(min=0, help="For --ray: cores of a task.")] = 1,
    gpus_per_task: Annotated[float, typer.Option(min=0, help="For --ray: GPUs of a task.")] = 0,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try failed genomes again.")] = False,
    tensorboard: Annotated[Path | None, typer.Option(help="Folder for TensorBoard logs.", show_default=False)] = None,
    seed: options.Seed = options.DEFAULTS.seed,
    json: options.Json = False,
) -> None:
    """Train each genome and append a row for it; run it again to go on where it stopped.

    Example: kerasnas evaluate genomes/fashion_mnist_120.txt --dataset fashion_mnist --out results/mine.csv
    """
    from kerasnas.data import load
    from kerasnas.evaluation import read_genomes

    settings = TrainingSettings(
        epochs=epochs,
        patience=patience,
        batch_size=batch_size,
        learning_rate=learning_rate,
        train_fraction=train_fraction,
        validation_fraction=validation_fraction,
        seed=seed,
        auxiliary_weight=PAPER_AUXILIARY_WEIGHT if auxiliary else 0.0,
        drop_path=drop_path,
        cutout=cutout,
        augment=augment,
    )
    texts = read_genomes(genomes)
    data = load(dataset, data_dir)
    places = _Places(workers, threads, timeout, ray, cpus_per_task, gpus_per_task, tensorboard)
    view = _run(texts, data, settings, places, out, retry_failed)
    summary = view.summary(out)
    if json:
        print_json(summary)
    else:
        view.print_summary(summary)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the genomes are trained, and for how long."""

    workers: int | None
    threads: int | None
    timeout: float | None
    ray: str | None
    cpus_per_task: float
    gpus_per_task: float
    tensorboard: Path | None


def _run(
    texts: list[str], data: Dataset, settings: TrainingSettings, places: _Places, out: Path, retry_failed: bool
) -> BatchView:
    from kerasnas.cli.batch_view import BatchView
    from kerasnas.evaluation import evaluate_into, existing_results, plan
    from kerasnas.results import ResultsWriter

    protocol = settings.protocol(data)
    signal.signal(signal.SIGTERM, _interrupt)
    with ResultsWriter(out) as writer, tempfile.TemporaryDirectory(prefix="kerasnas-data-") as folder:
        if writer.damaged:
            note(f"{out}: a torn last line was set aside into {writer.damaged}; its genome is evaluated again")
        batch = plan(texts, existing_results(out), protocol, retry_failed=retry_failed)
        view = BatchView(batch, protocol)
        if batch.pending:
            evaluator = _evaluator(data, settings, places, Path(folder), view, len(batch.pending))
            try:
                with view:
                    evaluate_into(writer, evaluator, batch.pending, view.result)
            except KeyboardInterrupt:
                note(f"\nstopped: {view.done} rows written, {view.left} genomes left; run the same command to go on")
                raise
    return view


def _evaluator(
    data: Dataset, settings: TrainingSettings, places: _Places, folder: Path, view: BatchView, genomes: int
) -> Evaluator:
    from kerasnas.cli.workers import default_threads, default_workers
    from kerasnas.data import store
    from kerasnas.evaluation import PoolEvaluator, TrainingTask

    protocol = settings.protocol(data)
    if places.ray is not None:
        from kerasnas.evaluation.ray_pool import RayEvaluator

        return RayEvaluator(
            data,
            settings,
            protocol,
            address=places.ray,
            cpus_per_task=places.cpus_per_task,
            gpus_per_task=places.gpus_per_task,
            timeout=places.timeout,
        )
    store(data, folder)
    return PoolEvaluator(
        TrainingTask(folder, settings, places.tensorboard),
        protocol,
        workers=min(places.workers or default_workers(), genomes),
        threads=default_threads() if places.threads is None else places.threads,
        timeout=places.timeout,
        on_progress=view.progress,
    )


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
