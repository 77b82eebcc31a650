"""The options that say how a genome is trained, for every command that trains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.output import note
from kerasnas.training.settings import AUGMENTATIONS, PAPER_AUXILIARY_WEIGHT, TrainingSettings

if TYPE_CHECKING:
    from kerasnas.data import Dataset

DEFAULTS = TrainingSettings()


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """The fields of `TrainingSettings` as options."""

    epochs: Annotated[int, typer.Option(help="Epochs to train at most.")] = DEFAULTS.epochs
    patience: Annotated[int, typer.Option(help="Stop after so many epochs with no better validation; 0: never.")] = (
        DEFAULTS.patience
    )
    batch_size: Annotated[int, typer.Option(help="Images a step.")] = DEFAULTS.batch_size
    learning_rate: Annotated[float, typer.Option(help="Of Adam, at the start of its cosine decay.")] = (
        DEFAULTS.learning_rate
    )
    train_fraction: Annotated[float, typer.Option(help="Share of the training images to train on.")] = (
        DEFAULTS.train_fraction
    )
    validation_fraction: Annotated[float, typer.Option(help="Share of the training images held out to choose by.")] = (
        DEFAULTS.validation_fraction
    )
    auxiliary: Annotated[
        bool,
        typer.Option("--auxiliary", help=f"Train with an auxiliary head, its loss weighted {PAPER_AUXILIARY_WEIGHT}."),
    ] = False
    drop_path: Annotated[
        float, typer.Option(help="Probability of dropping a cell's edge, reached with the epochs.")
    ] = DEFAULTS.drop_path
    cutout: Annotated[int, typer.Option(help="Side of a square painted over in each training image; 0: none.")] = (
        DEFAULTS.cutout
    )
    augment: Annotated[
        str,
        typer.Option(
            help=f"Change training images: some of {','.join(AUGMENTATIONS)}; empty: none. Mind that flip makes a "
            "right hand of a left one, and unreadable digits."
        ),
    ] = DEFAULTS.augment
    class_weights: Annotated[
        str, typer.Option(help="balanced: the loss of rarer classes counts for more; empty: all count alike.")
    ] = DEFAULTS.class_weights
    decay_epochs: Annotated[
        int, typer.Option(help="Epochs over which the learning rate falls to zero; 0: as many as --epochs.")
    ] = DEFAULTS.decay_epochs
    fidelity: Annotated[
        str,
        typer.Option(
            help="Train less than in full, in shares: some of epochs=0.2,data=0.5,shrink=2,channels=0.5,cells=0.5."
        ),
    ] = DEFAULTS.fidelity
    seed: options.Seed = DEFAULTS.seed

    def settings(self) -> TrainingSettings:
        """Return the settings; raises `SettingsError` where a value is out of range."""
        from kerasnas.training.fidelity import Fidelity

        full = TrainingSettings(
            epochs=self.epochs,
            patience=self.patience,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            train_fraction=self.train_fraction,
            validation_fraction=self.validation_fraction,
            seed=self.seed,
            auxiliary_weight=PAPER_AUXILIARY_WEIGHT if self.auxiliary else 0.0,
            drop_path=self.drop_path,
            cutout=self.cutout,
            augment=self.augment,
            class_weights=self.class_weights,
            decay_epochs=self.decay_epochs,
        )
        return Fidelity.read(self.fidelity).of(full)


def warn_of_flips(settings: TrainingSettings, data: Dataset) -> None:
    """Say on stderr where flipping images left to right changes what they show."""
    from kerasnas.data.dataset import SIDED

    if "flip" in settings.augment.split(",") and data.name in SIDED:
        note(f"warning: --augment flip: a mirrored image of {data.name} shows {SIDED[data.name]}")
