"""`kerasnas evaluate`: many genomes into one CSV, none lost and none trained twice."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.output import note, print_json
from kerasnas.cli.places import Places, stop_on_terminate
from kerasnas.training.settings import PAPER_AUXILIARY_WEIGHT, TrainingSettings

if TYPE_CHECKING:
    from kerasnas.cli.batch_view import BatchView
    from kerasnas.data import Dataset


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
    workers: options.Workers = None,
    threads: options.Threads = None,
    timeout: options.Timeout = None,
    ray: options.Ray = None,
    cpus_per_task: options.CpusPerTask = 1,
    gpus_per_task: options.GpusPerTask = 0,
    retry_failed: options.RetryFailed = False,
    latency: options.Latency = False,
    tensorboard: options.TensorBoard = None,
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
    places = Places(workers, threads, timeout, ray, cpus_per_task, gpus_per_task, tensorboard, latency)
    view = _run(texts, data, settings, places, out, retry_failed)
    summary = view.summary(out)
    if json:
        print_json(summary)
    else:
        view.print_summary(summary)


def _run(
    texts: list[str], data: Dataset, settings: TrainingSettings, places: Places, out: Path, retry_failed: bool
) -> BatchView:
    from kerasnas.cli.batch_view import BatchView
    from kerasnas.evaluation import Job, evaluate_into, existing_results, plan
    from kerasnas.results import ResultsWriter

    protocol = settings.protocol(data)
    stop_on_terminate()
    with ResultsWriter(out) as writer, tempfile.TemporaryDirectory(prefix="kerasnas-data-") as folder:
        if writer.damaged:
            note(f"{out}: a torn last line was set aside into {writer.damaged}; its genome is evaluated again")
        batch = plan(texts, existing_results(out), protocol, retry_failed=retry_failed)
        view = BatchView(batch, protocol)
        if batch.pending:
            evaluator = places.evaluator(data, settings, Path(folder), view.progress, len(batch.pending))
            try:
                with view:
                    evaluate_into(writer, evaluator, map(Job, batch.pending), view.result)
            except KeyboardInterrupt:
                note(f"\nstopped: {view.done} rows written, {view.left} genomes left; run the same command to go on")
                raise
    return view
