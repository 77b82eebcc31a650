"""Training one genome: the one recipe that every accuracy in kerasnas comes from."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from typing import Any

import keras
import numpy as np

from kerasnas._version import __version__
from kerasnas.data import Dataset, Split, split
from kerasnas.errors import KerasnasError
from kerasnas.genome import Genome
from kerasnas.model.build import build
from kerasnas.model.cost import cost
from kerasnas.model.drop_path import DropPath, set_drop_path
from kerasnas.results import Result
from kerasnas.training.augment import augmented
from kerasnas.training.backend import backend
from kerasnas.training.settings import TrainingSettings

EVALUATION_BATCH = 500


class DivergedError(KerasnasError):
    """The loss is no longer a finite number."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch, counted from 1, of at most `epochs` came to.

    Losses are mean cross-entropies, accuracies percentages.
    """

    epoch: int
    epochs: int
    training_loss: float
    training_accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float


@dataclass(frozen=True)
class TrainedGenome:
    """A trained genome: its result, the epochs that led there, and the model as it was trained."""

    genome: Genome
    result: Result
    history: tuple[Epoch, ...]
    trained_model: keras.Model

    @cached_property
    def model(self) -> keras.Model:
        """The model rebuilt of stock Keras layers with the same weights, loadable without kerasnas."""
        stock = build(self.genome, self.trained_model.input_shape[1:], self.trained_model.outputs[0].shape[-1])
        for layer in stock.layers:
            layer.set_weights(self.trained_model.get_layer(layer.name).get_weights())
        return stock


def train(
    genome: Genome,
    dataset: Dataset,
    settings: TrainingSettings,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> TrainedGenome:
    """Train `genome` and return the model with its result.

    Adam with a cosine decay to zero (Loshchilov and Hutter, ICLR 2017) over `settings.epochs`; cross-entropy;
    every epoch shuffles the images anew and leaves out those that fill no batch. The weights kept are those
    of the epoch with the best validation accuracy; the test images are read once, after that.

    The settings may add what DARTS evaluates its cells with (arXiv 1806.09055, section 3.2): an auxiliary head,
    drop-path, cutout, crops and flips. The losses reported are without the auxiliary head's.

    Args:
        genome: the architecture.
        dataset: the images.
        settings: how to train; they make the result's protocol.
        on_epoch: called after each epoch.

    Raises:
        GenomeError: the network cannot exist on these images.
        SettingsError: the settings leave nothing to train on or to validate with.
        DivergedError: the loss is no longer finite.
    """
    started = time.monotonic()
    costs = cost(genome, dataset.image_shape, dataset.classes)
    parts = split(
        dataset,
        validation_fraction=settings.validation_fraction,
        train_fraction=settings.train_fraction,
        seed=settings.seed,
    )
    loop_backend = backend()
    model = build(
        genome,
        dataset.image_shape,
        dataset.classes,
        seed=settings.seed,
        batch_norm=loop_backend.batch_norm_layer,
        auxiliary=settings.auxiliary_weight > 0,
        drop_path=DropPath if settings.drop_path else None,
    )
    batch_size = min(settings.batch_size, len(parts.train))
    loop = loop_backend.EpochLoop(
        model, batch_size, EVALUATION_BATCH, dataset.train_images.dtype, settings.auxiliary_weight
    )
    images = loop.place(dataset.train_images, dataset.train_labels)
    changes = _Augmentation(dataset, parts, settings)
    history, weights = _run_epochs(model, loop, images, parts, batch_size, settings, changes, on_epoch)
    model.set_weights(weights)
    test_images = loop.place(dataset.test_images, dataset.test_labels)
    _, testing_accuracy = loop.evaluate(test_images, np.arange(len(dataset.test_labels), dtype=np.int32))
    best = max(history, key=_merit)
    result = Result(
        genome=str(genome),
        parameters=costs.parameters,
        training_accuracy=best.training_accuracy,
        testing_accuracy=100 * testing_accuracy,
        validation_accuracy=best.validation_accuracy,
        macs=costs.macs,
        peak_activation_bytes=costs.peak_activation_bytes,
        epochs_run=len(history),
        best_epoch=best.epoch,
        training_loss=best.training_loss,
        validation_loss=best.validation_loss,
        seconds=round(time.monotonic() - started, 3),
        attempts=1,
        estimate="training",
        finished=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        kerasnas=__version__,
        keras=keras.__version__,
        backend=keras.backend.backend(),
        protocol=settings.protocol(dataset),
    )
    return TrainedGenome(genome, result, tuple(history), model)


def _run_epochs(
    model: keras.Model,
    loop: Any,
    images: tuple,
    parts: Split,
    batch_size: int,
    settings: TrainingSettings,
    changes: _Augmentation,
    on_epoch: Callable[[Epoch], None],
) -> tuple[list[Epoch], list[np.ndarray]]:
    """Return all epochs run, and the weights after the best of them."""
    steps = len(parts.train) // batch_size
    rng = np.random.default_rng(settings.seed)
    history: list[Epoch] = []
    best: Epoch | None = None
    weights: list[np.ndarray] = []
    for number in range(1, settings.epochs + 1):
        started = time.monotonic()
        order = rng.permutation(parts.train)[: steps * batch_size]
        rates = cosine_decay(settings.learning_rate, number - 1, settings.epochs, steps)
        set_drop_path(model, settings.drop_path * (number - 1) / settings.epochs)
        loss, accuracy = loop.train_epoch(*changes(images, order, number, loop.place), rates)
        validation_loss, validation_accuracy = loop.evaluate(images, parts.validation)
        epoch = Epoch(
            number,
            settings.epochs,
            loss,
            100 * accuracy,
            validation_loss,
            100 * validation_accuracy,
            time.monotonic() - started,
        )
        if not (math.isfinite(loss) and math.isfinite(validation_loss)):
            raise DivergedError(f"the loss is not finite after epoch {number}; try a lower learning rate")
        history.append(epoch)
        on_epoch(epoch)
        if best is None or _merit(epoch) > _merit(best):
            best, weights = epoch, model.get_weights()
        elif settings.patience and number - best.epoch >= settings.patience:
            break
    return history, weights


class _Augmentation:
    """What a training run changes in its images, epoch by epoch; see `TrainingSettings`."""

    def __init__(self, dataset: Dataset, parts: Split, settings: TrainingSettings) -> None:
        self._images, self._labels, self._settings = dataset.train_images, dataset.train_labels, settings
        self._fill = np.zeros(dataset.image_shape[-1])
        if settings.cutout:
            self._fill = np.mean(self._images[parts.train], axis=(0, 1, 2), dtype=np.float64)

    def __call__(self, placed: tuple, order: np.ndarray, epoch: int, place: Callable[..., tuple]) -> tuple:
        """Return the placed images of an epoch and the order in which to go through them."""
        settings = self._settings
        if not (settings.augment or settings.cutout):
            return placed, order
        generator = np.random.default_rng((settings.seed, epoch))
        images = augmented(self._images[order], settings.augment, settings.cutout, self._fill, generator)
        return place(images, self._labels[order]), np.arange(len(order), dtype=np.int32)


def cosine_decay(peak: float, epoch: int, epochs: int, steps: int) -> np.ndarray:
    """Return the learning rate of each of the `steps` of `epoch` (from 0), float32 `(steps,)`."""
    progress = (epoch * steps + np.arange(steps)) / (epochs * steps)
    return (peak * 0.5 * (1 + np.cos(np.pi * progress))).astype(np.float32)


def _merit(epoch: Epoch) -> tuple[float, float]:
    """Order epochs by validation accuracy, and equal ones by validation loss."""
    return epoch.validation_accuracy, -epoch.validation_loss
