"""Under which conditions an accuracy was measured."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import Any

RECIPE = 1
"""The version of the training recipe; it grows whenever a change to it changes the numbers."""

RANDOM = "random"
"""The division of image files that does not keep subjects apart."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """All that decides what a genome's accuracy is; equal protocols and genomes give equal numbers.

    Attributes:
        dataset: the name of the data set.
        data_hash: the fingerprint of its content.
        image_shape: `height x width x channels`, for example `28x28x1`.
        classes: the number of classes.
        validation_fraction: the share of the training images held out for validation.
        train_fraction: the share of the rest that is trained on.
        epochs: the most epochs that are run.
        patience: stop after so many epochs without a better validation accuracy; 0 never stops early.
        batch_size: images a step.
        learning_rate: of Adam, at the start of its cosine decay to zero.
        seed: of the split, the initial weights and the order of the images.
        recipe: the version of the training recipe.
        auxiliary_weight: of the auxiliary head's loss; 0 trains without the head.
        drop_path: the probability that an edge of a cell is dropped, which the epochs approach from 0.
        cutout: side in pixels of the square painted over in each training image; 0 for none.
        augment: how else the training images are changed, for example `crop,flip`; empty for not at all.
        class_weights: `balanced` where the loss of rarer classes counts for more; empty for not.
        decay_epochs: over which the learning rate falls to zero, where training ends before; 0: over `epochs`.
        fidelity: how images and network were made smaller for the training, for example `shrink=2,channels=0.5`.
        estimator: how the accuracies were come by where not by training alone, for example `one-shot`.
        division: `random` where image files were divided so, subjects or not; empty else.
    """

    dataset: str
    data_hash: str
    image_shape: str
    classes: int
    validation_fraction: float
    train_fraction: float
    epochs: int
    patience: int
    batch_size: int
    learning_rate: float
    seed: int
    recipe: int = RECIPE
    auxiliary_weight: float = 0.0
    drop_path: float = 0.0
    cutout: int = 0
    augment: str = ""
    class_weights: str = ""
    decay_epochs: int = 0
    fidelity: str = ""
    estimator: str = ""
    division: str = ""

    @property
    def in_full(self) -> bool:
        """Whether it is the genomes themselves that are trained, not smaller ones, and not estimated."""
        return not (self.fidelity or self.estimator)

    def __str__(self) -> str:
        extras = "".join(
            f", {name.replace('_', ' ')} {getattr(self, name)}"
            for name in ADDED_LATER
            if getattr(self, name) != ADDED_LATER[name]
        )
        stop = f", patience {self.patience}" if self.patience else ""
        return (
            f"{self.dataset} {self.image_shape} ({self.data_hash}), {self.train_fraction:g} of the training images "
            f"less {self.validation_fraction:g} for validation, {self.epochs} epochs{stop}, batch "
            f"{self.batch_size}, learning rate {self.learning_rate:g}, seed {self.seed}, recipe {self.recipe}"
            f"{extras}"
        )


ADDED_LATER: dict[str, Any] = {
    field.name: field.default for field in fields(Protocol) if field.default is not MISSING and field.name != "recipe"
}
"""What older results files have no columns for, and the values that hold for their rows."""
