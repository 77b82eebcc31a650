"""`kerasnas train-genome`: one genome, trained, measured and saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.output import note, print_json
from kerasnas.training.settings import PAPER_AUXILIARY_WEIGHT, TrainingSettings

if TYPE_CHECKING:
    from kerasnas.results import Result


def train_genome(
    genome: options.Genome,
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
    out: Annotated[Path, typer.Option(help="Folder for model.keras, history.csv, curves.png, result.json.")] = Path(
        "runs/genome"
    ),
    tensorboard: options.TensorBoard = None,
    seed: options.Seed = options.DEFAULTS.seed,
    json: options.Json = False,
) -> None:
    """Train a genome, print what it came to, and save the model so that plain Keras can load it.

    Example: kerasnas train-genome "NC 4 5 relu;RC 32 3 relu;FL gelu" --dataset digits --epochs 20
    """
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
    result = train_and_save(genome, dataset, data_dir, settings, out, tensorboard)
    if json:
        from kerasnas.cli.artifacts import result_as_dict

        print_json({**result_as_dict(result), "out": str(out)})
    else:
        print_result(result, out)


def train_and_save(
    genome: str,
    dataset_name: str,
    data_dir: Path | None,
    settings: TrainingSettings,
    out: Path,
    tensorboard: Path | None = None,
) -> Result:
    """Train `genome` with progress on stderr, leave everything in `out`, and return the result."""
    from kerasnas.cli.artifacts import prepare_folder, write_artifacts
    from kerasnas.cli.progress import EpochProgress
    from kerasnas.data import load
    from kerasnas.genome import parse, validate

    parsed = parse(genome)
    data = load(dataset_name, data_dir)
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
    print(f"Protocol             {result.protocol}")
    print(f"Written              {out}/model.keras, history.csv, curves.png, result.json")
