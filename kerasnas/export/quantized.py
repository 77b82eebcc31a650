"""What a trained network is once its weights and activations are bytes: its size, and how well it still classifies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from kerasnas.data.dataset import scaled, split
from kerasnas.errors import BackendError, SettingsError, first_line
from kerasnas.export.formats import FORMATS, INT8, Predict
from kerasnas.training.metrics import scores
from kerasnas.training.quiet import import_backend_quietly, notices_held_back

if TYPE_CHECKING:
    import keras

    from kerasnas.data import Dataset
    from kerasnas.training.settings import TrainingSettings

CALIBRATION_IMAGES = 128
BATCH = 64


@dataclass(frozen=True, slots=True)
class Quantized:
    """A network in int8, as LiteRT runs it.

    Attributes:
        bytes: of the file.
        validation_accuracy, testing_accuracy: in percent, over the images held out and the test images.
    """

    bytes: int
    validation_accuracy: float
    testing_accuracy: float


def check() -> None:
    """Raise where nothing can be quantised.

    Raises:
        SettingsError: a package is missing.
        BackendError: Keras exports no LiteRT from the backend in use.
    """
    try:
        FORMATS["litert"].check(INT8)
    except SettingsError as error:
        raise SettingsError(f"--int8: {error}") from None
    import_backend_quietly()
    import keras

    if keras.backend.backend() != "tensorflow":
        raise BackendError(
            f"--int8: Keras exports no LiteRT on {keras.backend.backend()}; set KERAS_BACKEND=tensorflow"
        )


def quantized(model: keras.Model, dataset: Dataset, settings: TrainingSettings) -> Quantized:
    """Quantise `model` after its training, as LiteRT does: weights and activations, calibrated on training images.

    Args:
        model: of stock Keras layers.
        dataset: the images that it was trained on.
        settings: how; they say which images were held out.

    Raises:
        BackendError: this network cannot be converted.
    """
    parts = split(
        dataset,
        validation_fraction=settings.validation_fraction,
        train_fraction=settings.train_fraction,
        seed=settings.seed,
    )
    litert = FORMATS["litert"]
    with TemporaryDirectory(prefix="kerasnas-int8-") as folder:
        path = Path(folder) / "model.tflite"
        try:
            with notices_held_back():
                litert.write(model, path, scaled(dataset.train_images[_spread(parts.train)]))
                predict = litert.load(path)
                predict(scaled(dataset.test_images[:1]))  # its runtime, too, has its say when it begins
            return Quantized(
                path.stat().st_size,
                _accuracy(predict, dataset.train_images, dataset.train_labels, parts.validation),
                _accuracy(predict, dataset.test_images, dataset.test_labels, np.arange(len(dataset.test_labels))),
            )
        except Exception as error:  # converters and runtimes raise anything
            raise BackendError(f"LiteRT cannot quantise this network: {first_line(error)[:300]}") from error


def _spread(numbers: np.ndarray) -> np.ndarray:
    """Return CALIBRATION_IMAGES of the numbers, evenly spread, since files of a class or a subject lie together."""
    return numbers[:: max(1, len(numbers) // CALIBRATION_IMAGES)][:CALIBRATION_IMAGES]


def _accuracy(predict: Predict, images: np.ndarray, labels: np.ndarray, numbers: np.ndarray) -> float:
    parts = [numbers[start : start + BATCH] for start in range(0, len(numbers), BATCH)]
    probabilities = np.concatenate([predict(scaled(images[part])) for part in parts])
    return scores(labels[numbers], probabilities).accuracy
