"""How a genome is trained: what a user may set, and the checks on it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from kerasnas.errors import SettingsError
from kerasnas.results import Protocol

if TYPE_CHECKING:
    from kerasnas.data import Dataset


PAPER_AUXILIARY_WEIGHT = 0.4
"""Of the auxiliary head's loss, in the evaluations of NASNet, AmoebaNet and DARTS."""

AUGMENTATIONS = ("crop", "shift", "flip", "rotate")
"""In the order in which they are named and done; see `kerasnas.training.augment`."""

CLASS_WEIGHTS = ("", "balanced")


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """The settings of one training run; the fields are those of `Protocol`.

    Raises:
        SettingsError: a value is out of range; the message names it.
    """

    epochs: int = 10
    patience: int = 0
    batch_size: int = 128
    learning_rate: float = 0.01
    train_fraction: float = 1.0
    validation_fraction: float = 0.1
    seed: int = 0
    auxiliary_weight: float = 0.0
    drop_path: float = 0.0
    cutout: int = 0
    augment: str = ""
    class_weights: str = ""
    decay_epochs: int = 0
    fidelity: str = ""
    estimator: str = ""

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("batch_size", 1), ("patience", 0), ("seed", 0), ("cutout", 0)):
            if getattr(self, name) < least:
                raise SettingsError(f"{name.replace('_', ' ')} must be at least {least}, found {getattr(self, name)}")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise SettingsError(f"the learning rate must be a number over 0, found {self.learning_rate}")
        if not (math.isfinite(self.auxiliary_weight) and self.auxiliary_weight >= 0):
            raise SettingsError(f"the auxiliary weight must be a number from 0, found {self.auxiliary_weight}")
        if not 0 <= self.drop_path < 1:
            raise SettingsError(f"drop path must be a probability from 0 to under 1, found {self.drop_path}")
        words = self.augment.split(",") if self.augment else []
        if words != [name for name in AUGMENTATIONS if name in words]:
            raise SettingsError(
                f"augment must be some of {', '.join(AUGMENTATIONS)}, in this order, found {self.augment!r}"
            )
        if self.class_weights not in CLASS_WEIGHTS:
            raise SettingsError(f"class weights must be 'balanced' or empty, found {self.class_weights!r}")
        if self.decay_epochs and self.decay_epochs < self.epochs:
            raise SettingsError(
                f"decay epochs must be 0, or at least the {self.epochs} epochs trained, found {self.decay_epochs}"
            )
        if self.seed >= 2**31:
            raise SettingsError(f"the seed must be under {2**31}, found {self.seed}")

    def for_epochs(self, epochs: int | None, decay_epochs: int = 0) -> TrainingSettings:
        """Return the same settings with other numbers of epochs; None leaves them as they are."""
        return self if epochs is None else replace(self, epochs=epochs, decay_epochs=decay_epochs)

    def protocol(self, dataset: Dataset) -> Protocol:
        """Return the protocol of a run with these settings on `dataset`."""
        return Protocol(
            dataset=dataset.name,
            data_hash=dataset.fingerprint,
            image_shape="x".join(map(str, dataset.image_shape)),
            classes=dataset.classes,
            division=dataset.division,
            **asdict(self),
        )
