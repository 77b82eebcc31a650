"""`kerasnas train-genome`: one genome, trained, measured and saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.data_options import DataOptions
from kerasnas.cli.expand import with_options
from kerasnas.cli.output import note, print_json
from kerasnas.cli.training_options import TrainingOptions, warn_of_flips

if TYPE_CHECKING:
    from kerasnas.data import Dataset
    from kerasnas.results import Result
    from kerasnas.training.settings import TrainingSettings


@with_options
def train_genome(
    genome: options.Genome,
    data: DataOptions,
    training: TrainingOptions,
    out: Annotated[Path, typer.Option(help="Folder for model.keras, history.csv, curves.png, result.json.")] = Path(
        "runs/genome"
    ),
    tensorboard: options.TensorBoard = None,
    json: options.Json = False,
) -> None:
    """Train a genome, print what it came to, and save the model so that plain Keras can load it.

    Example: kerasnas train-genome "NC 4 5 relu;RC 32 3 relu;FL gelu" --dataset digits --epochs 20
    """
    result = train_and_save(genome, data.load, training.settings(), out, tensorboard)
    if json:
        from kerasnas.cli.artifacts import result_as_dict

        print_json({**result_as_dict(result), "out": str(out)})
    else:
        print_result(result, out)


def train_and_save(
    genome: str,
    load: Callable[[], Dataset],
    settings: TrainingSettings,
    out: Path,
    tensorboard: Path | None = None,
) -> Result:
    """Train `genome` on what `load` returns with progress on stderr, leave all in `out`, and return the result."""
    from kerasnas.cli.artifacts import prepare_folder, write_artifacts
    from kerasnas.cli.progress import EpochProgress
    from kerasnas.genome import parse, validate

    parsed = parse(genome)
    data = load()
    warn_of_flips(settings, data)
    validate(parsed, data.image_shape, data.classes)
    prepare_folder(out)
    note(f"training {parsed} on {data.source}")
    note(f"protocol: {settings.protocol(data)}")
    from kerasnas.training.quiet import import_backend_quietly

    import_backend_quietly()
    from kerasnas.training.tensorboard import logged
    from kerasnas.training.train import train

    with logged(EpochProgress(), tensorboard, str(parsed)) as on_epoch:
        trained = train(parsed, data, settings, on_epoch)
    write_artifacts(trained, out)
    return trained.result


def print_result(result: Result, out: Path) -> None:
    """Print the four figures of the workflow, their protocol, and where everything lies."""
    print(f"Genome string        {result.genome}")
    print(f"Parameters           {result.parameters:,}")
    print(f"Training Accuracy    {result.training_accuracy:.2f}%")
    print(f"Testing Accuracy     {result.testing_accuracy:.2f}%")
    print(f"Validation Accuracy  {result.validation_accuracy:.2f}% (epoch {result.best_epoch} of {result.epochs_run})")
    print(f"Balanced Accuracy    {result.testing_balanced_accuracy:.2f}% testing, the mean over the classes")
    if result.testing_roc_auc is not None:
        print(f"ROC AUC              {result.testing_roc_auc:.4f} testing")
        print(f"Confusion            {result.testing_confusion} (testing; a true class after the other)")
    print(f"Protocol             {result.protocol}")
    print(f"Written              {out}/model.keras, history.csv, curves.png, result.json")
