"""Training a Keras model: the one recipe that every accuracy in kerasnas comes from."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from kerasnas.data import Dataset, Split, split
from kerasnas.errors import KerasnasError
from kerasnas.model.drop_path import set_drop_path
from kerasnas.training.augment import augmented
from kerasnas.training.backend import backend
from kerasnas.training.checkpoint import Checkpoint, Standing
from kerasnas.training.epoch import Epoch
from kerasnas.training.metrics import scores
from kerasnas.training.settings import TrainingSettings

EVALUATION_BATCH = 500

PLACED_BYTES = 2**30
"""Images that take more than this are not placed on the device as a whole, but a piece of an epoch after the other."""

PIECE_BYTES = 2**28


Stop = Callable[[Sequence[Epoch]], bool]
"""Tells from all epochs so far, the last one last, whether to train no more."""


def never(history: Sequence[Epoch]) -> bool:
    """Train all epochs."""
    return False


class DivergedError(KerasnasError):
    """The loss is no longer a finite number."""


@dataclass(frozen=True)
class Fitted:
    """What a training came to.

    Attributes:
        history: the epochs.
        figures: the fields of a `Result` that training fills: accuracies, losses, epochs.
    """

    history: tuple[Epoch, ...]
    figures: dict[str, Any]


def fit(
    model: keras.Model,
    dataset: Dataset,
    settings: TrainingSettings,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    *,
    stop: Stop = never,
    checkpoint: Checkpoint | None = None,
) -> Fitted:
    """Train `model` by the recipe, and leave it with the weights of its best epoch; see `kerasnas.training.train`.

    Args:
        model: maps images `(batch, height, width, channels)` to class probabilities, and ends in a softmax; with an
            auxiliary weight it has a second output of the same shape.
        dataset: the images.
        settings: how to train.
        on_epoch: called after each epoch.
        stop: asked after each epoch, with all epochs so far, whether to train no more.
        checkpoint: where training goes on from, and is saved to where it stops before the learning rate has fallen to
            zero; None to do neither.

    Raises:
        SettingsError: the settings leave nothing to train on or to validate with.
        DivergedError: the loss is no longer finite.
    """
    parts = split(
        dataset,
        validation_fraction=settings.validation_fraction,
        train_fraction=settings.train_fraction,
        seed=settings.seed,
    )
    batch_size = min(settings.batch_size, len(parts.train))
    loop = backend().EpochLoop(
        model,
        batch_size,
        EVALUATION_BATCH,
        dataset.train_images.dtype,
        settings.auxiliary_weight,
        class_weights(dataset.train_labels[parts.train], dataset.classes) if settings.class_weights else None,
    )
    images = _Images(loop, dataset.train_images, dataset.train_labels)
    changes = _Changes(dataset, parts, settings)
    standing = checkpoint.restore(model, loop.optimizer_variables) if checkpoint else Standing()
    _run_epochs(model, loop, images, parts, batch_size, settings, changes, standing, on_epoch, stop)
    if checkpoint and settings.decay_epochs <= settings.epochs:
        checkpoint.remove()  # there is nothing left to train
    elif checkpoint:
        checkpoint.save(model, loop.optimizer_variables, standing)
    model.set_weights(standing.weights)
    best = standing.best
    assert best is not None, "a training has at least one epoch"
    held_out_labels = dataset.train_labels[parts.validation]
    figures = {
        "training_accuracy": best.training_accuracy,
        "validation_accuracy": best.validation_accuracy,
        "epochs_run": len(standing.history),
        "best_epoch": best.epoch,
        "training_loss": best.training_loss,
        "validation_loss": best.validation_loss,
        "validation_balanced_accuracy": scores(held_out_labels, standing.held_out).balanced_accuracy,
    }
    if not settings.estimator:  # an estimate only chooses who is trained in full, and choosing leaves the tests alone
        figures |= _testing_figures(loop, dataset)
    return Fitted(tuple(standing.history), figures)


def _testing_figures(loop: Any, dataset: Dataset) -> dict[str, Any]:
    tests = _Images(loop, dataset.test_images, dataset.test_labels)
    _, _, tested = _evaluate(loop, tests, np.arange(len(dataset.test_labels), dtype=np.int32))
    testing = scores(dataset.test_labels, tested)
    return {
        "testing_accuracy": testing.accuracy,
        "testing_balanced_accuracy": testing.balanced_accuracy,
        "testing_roc_auc": testing.roc_auc,
        "testing_confusion": testing.confusion_text,
    }


def class_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return for each class, float32 `(classes,)`, what makes all classes count alike: n / (classes * n of the class).

    As scikit-learn's `balanced` (King and Zeng, "Logistic Regression in Rare Events Data", 2001). A class without
    images weighs 0.
    """
    counts = np.bincount(labels, minlength=classes)
    return np.divide(len(labels), classes * counts, out=np.zeros(classes), where=counts > 0).astype(np.float32)


def _run_epochs(
    model: keras.Model,
    loop: Any,
    images: _Images,
    parts: Split,
    batch_size: int,
    settings: TrainingSettings,
    changes: _Changes,
    standing: Standing,
    on_epoch: Callable[[Epoch], None],
    stop: Stop,
) -> None:
    """Run the epochs that are left, and keep in `standing` all of them and what the best one left."""
    steps = len(parts.train) // batch_size
    decay_epochs = settings.decay_epochs or settings.epochs
    rng = np.random.default_rng(settings.seed)
    for _ in standing.history:
        rng.permutation(parts.train)  # so that an epoch's order does not depend on where the training stopped
    for number in range(len(standing.history) + 1, settings.epochs + 1):
        started = time.monotonic()
        order = rng.permutation(parts.train)[: steps * batch_size]
        rates = cosine_decay(settings.learning_rate, number - 1, decay_epochs, steps)
        set_drop_path(model, settings.drop_path * (number - 1) / decay_epochs)
        loss, accuracy = _train(loop, images, order, rates, changes.of_epoch(number))
        validation_loss, validation_accuracy, probabilities = _evaluate(loop, images, parts.validation)
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
        standing.history.append(epoch)
        on_epoch(epoch)
        best = standing.best
        if best is epoch:
            standing.weights, standing.held_out = model.get_weights(), probabilities
        elif best and settings.patience and number - best.epoch >= settings.patience:
            break
        if stop(standing.history):
            break


Change = Callable[[np.ndarray], np.ndarray]


class _Images:
    """Images and labels as an epoch loop takes them: placed once, or, where they are too large, a piece at a time."""

    def __init__(self, loop: Any, images: np.ndarray, labels: np.ndarray) -> None:
        self._place = loop.place
        self._images, self._labels = images, labels
        self._large = images.nbytes > PLACED_BYTES
        self._placed = None if self._large else loop.place(images, labels)

    def pieces(self, order: np.ndarray, unit: int, change: Change | None = None) -> Iterator[tuple[tuple, np.ndarray]]:
        """Yield placed images with the numbers of those to go through, in all those that `order` names.

        Args:
            order: numbers of images, int32.
            unit: a piece holds a multiple of so many images, but for the last.
            change: what is done to the images first; None for nothing.
        """
        if change is None and not self._large:
            yield self._placed, order  # type: ignore[misc]
            return
        length = len(order)
        if self._large:
            length = unit * max(1, PIECE_BYTES // (unit * self._images[:1].nbytes))
        for start in range(0, len(order), length):
            part = order[start : start + length]
            images = self._images[part]
            images = images if change is None else change(images)
            yield self._place(images, self._labels[part]), np.arange(len(part), dtype=np.int32)


def _train(
    loop: Any, images: _Images, order: np.ndarray, rates: np.ndarray, change: Change | None
) -> tuple[float, float]:
    """Train an epoch; return its mean loss and its accuracy (0 to 1)."""
    batch_size, first = len(order) // len(rates), 0
    loss = accuracy = 0.0
    for placed, part in images.pieces(order, batch_size, change):
        steps = len(part) // batch_size
        found = loop.train_epoch(placed, part, rates[first : first + steps])
        loss, accuracy = (
            total + share * len(part) / len(order) for total, share in zip((loss, accuracy), found, strict=True)
        )
        first += steps
    return loss, accuracy


def _evaluate(loop: Any, images: _Images, order: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Return the mean loss, the accuracy (0 to 1) and the probabilities of the images that `order` names."""
    loss = accuracy = 0.0
    outputs = []
    for placed, part in images.pieces(order, EVALUATION_BATCH):
        *found, probabilities = loop.evaluate(placed, part)
        loss, accuracy = (
            total + share * len(part) / len(order) for total, share in zip((loss, accuracy), found, strict=True)
        )
        outputs.append(probabilities)
    return loss, accuracy, np.concatenate(outputs)


class _Changes:
    """What a training run changes in its images at random, epoch by epoch; see `TrainingSettings`."""

    def __init__(self, dataset: Dataset, parts: Split, settings: TrainingSettings) -> None:
        self._settings = settings
        self._fill = np.zeros(dataset.image_shape[-1])
        if settings.cutout:
            self._fill = np.mean(dataset.train_images[parts.train], axis=(0, 1, 2), dtype=np.float64)

    def of_epoch(self, epoch: int) -> Change | None:
        """Return what changes the images of an epoch; None where nothing does."""
        settings = self._settings
        if not (settings.augment or settings.cutout):
            return None
        generator = np.random.default_rng((settings.seed, epoch))
        return lambda images: augmented(images, settings.augment, settings.cutout, self._fill, generator)


def cosine_decay(peak: float, epoch: int, epochs: int, steps: int) -> np.ndarray:
    """Return the learning rate of each of the `steps` of `epoch` (from 0), float32 `(steps,)`."""
    progress = (epoch * steps + np.arange(steps)) / (epochs * steps)
    return (peak * 0.5 * (1 + np.cos(np.pi * progress))).astype(np.float32)
