"""`kerasnas evaluate`: many genomes into one CSV, none lost and none trained twice."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.data_options import DataOptions
from kerasnas.cli.expand import with_options
from kerasnas.cli.output import note, print_json
from kerasnas.cli.places import Places, stop_on_terminate
from kerasnas.cli.training_options import TrainingOptions, warn_of_flips

if TYPE_CHECKING:
    from kerasnas.cli.batch_view import BatchView
    from kerasnas.data import Dataset
    from kerasnas.training.settings import TrainingSettings


@with_options
def evaluate(
    genomes: Annotated[list[str], typer.Argument(help="Genomes, or files with one a line.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The results CSV; rows are appended.", show_default=False)],
    data: DataOptions,
    training: TrainingOptions,
    places: Places,
    retry_failed: options.RetryFailed = False,
    json: options.Json = False,
) -> None:
    """Train each genome and append a row for it; run it again to go on where it stopped.

    Example: kerasnas evaluate genomes/fashion_mnist_120.txt --dataset fashion_mnist --out results/mine.csv
    """
    from kerasnas.evaluation import read_genomes

    settings = training.settings()
    texts = read_genomes(genomes)
    dataset = data.load()
    warn_of_flips(settings, dataset)
    view = _run(texts, dataset, settings, places, out, retry_failed)
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
        batch = plan(texts, existing_results(out, places.measures), protocol, retry_failed=retry_failed)
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
