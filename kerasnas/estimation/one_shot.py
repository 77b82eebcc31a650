"""One-shot estimation: a shared-weights chain that holds all genomes of a space and ranks them untrained."""

from __future__ import annotations

import math
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import keras
import numpy as np
from keras import ops

from kerasnas.darts.backend import load as load_backend
from kerasnas.data import Dataset, split
from kerasnas.data.dataset import scaled
from kerasnas.data.files import write_npz
from kerasnas.errors import DataError, GenomeError, ResultsError, SettingsError, first_line
from kerasnas.estimation.path import Slice, Statistics, Tensor, logits, slices
from kerasnas.estimation.shared_weights import SliceAdam, Space, initial_weights
from kerasnas.genome import ChainSpace, Genome, Network, VariableChainSpace, expand
from kerasnas.genome.arguments import abbreviate
from kerasnas.model.build import build
from kerasnas.training.augment import augmented
from kerasnas.training.fit import EVALUATION_BATCH, DivergedError, class_weights, cosine_decay
from kerasnas.training.settings import TrainingSettings

CALIBRATION_IMAGES = 1000
"""Training images on which the batch-norm statistics of a path are computed."""

CALIBRATION_BATCH = 250


@dataclass(frozen=True, slots=True)
class OneShotEpoch:
    """What one epoch, counted from 1, of `epochs` came to: means over the paths sampled; accuracy in percent."""

    epoch: int
    epochs: int
    training_loss: float
    training_accuracy: float
    seconds: float


class OneShotChain:
    """A chain whose weights all genomes of a space share, each of them a path through it.

    Every operation that a place of the chain may have has one set of weights there, of the largest kernel and the
    largest number of filters. A genome takes the first filters and the centre of the kernel (see `centre`). The slices
    are cut, not masked, so that a small genome costs little.

    Training samples a path for each step, uniformly as the space samples. Ranking runs a path as it is. Only the batch
    norms' statistics are computed anew for each path, on training images: those that training would gather are of the
    mixture of all paths, and wrong for any single one.

    Args:
        space: chains of a fixed shape, or of any length.
        seed: of the initial weights.

    Raises:
        SettingsError: the space is of another kind.

    Sources: Bender et al., "Understanding and Simplifying One-Shot Architecture Search", ICML 2018; Guo et al., "Single
    Path One-Shot Neural Architecture Search with Uniform Sampling", ECCV 2020, arXiv 1904.00420; slices of kernels,
    Cai et al., "Once-for-All", ICLR 2020, arXiv 1908.09791.
    """

    def __init__(self, space: Space, seed: int = 0) -> None:
        if not isinstance(space, ChainSpace | VariableChainSpace):
            raise SettingsError(f"a one-shot model is of a space of chains, found the space {space.name!r}")
        self.space = space
        self._weights = initial_weights(space, seed)
        self._calibration: np.ndarray | None = None

    def fit(
        self,
        dataset: Dataset,
        settings: TrainingSettings,
        on_epoch: Callable[[OneShotEpoch], None] = lambda epoch: None,
    ) -> None:
        """Train on the training part of `dataset`, the one that `kerasnas.training.fit` trains on, by its recipe.

        Patience, auxiliary head and drop-path, which a path has not, play no part. A second call starts Adam and the
        learning rate anew, and goes on from the weights.

        Args:
            dataset: images of the space's shape.
            settings: how to train; its seed decides the split, the order, the paths, and all else that is random.
            on_epoch: called after each epoch.

        Raises:
            DataError: the images or classes are not those of the space.
            SettingsError: the settings leave nothing to train on, or a batch of fewer than two images.
            DivergedError: the loss is no longer finite.
        """
        if (dataset.image_shape, dataset.classes) != (self.space.input_shape, self.space.classes):
            raise DataError(
                f"{dataset.name} has images of {_sides(dataset.image_shape)} and {dataset.classes} classes, the space "
                f"is of {_sides(self.space.input_shape)} and {self.space.classes}"
            )
        train = split(
            dataset,
            validation_fraction=settings.validation_fraction,
            train_fraction=settings.train_fraction,
            seed=settings.seed,
        ).train
        batch_size = min(settings.batch_size, len(train))
        if batch_size < 2:
            raise SettingsError("batch norm needs batches of at least 2 images, found 1")
        rng, paths = np.random.default_rng(settings.seed), Random(settings.seed)
        self._calibration = dataset.train_images[rng.permutation(train)[:CALIBRATION_IMAGES]]
        adam, dropout = SliceAdam(self._weights), keras.random.SeedGenerator(settings.seed)
        steps = len(train) // batch_size
        for epoch in range(1, settings.epochs + 1):
            started = time.monotonic()
            rates = cosine_decay(settings.learning_rate, epoch - 1, settings.epochs, steps)
            totals = np.zeros(2)
            for (images, labels, weighing), rate in zip(
                _batches(dataset, train, batch_size, settings, rng), rates, strict=True
            ):
                totals += self._step(self.space.sample(paths), images, labels, weighing, adam, float(rate), dropout)
            loss, accuracy = map(float, totals / steps)
            if not math.isfinite(loss):
                raise DivergedError(f"the loss is not finite after epoch {epoch}; try a lower learning rate")
            on_epoch(OneShotEpoch(epoch, settings.epochs, loss, 100 * accuracy, time.monotonic() - started))

    def accuracy(self, genome: Genome, images: np.ndarray, labels: np.ndarray) -> float:
        """Return the percentage of images that `genome`, with its slices of the weights, gets right.

        Args:
            genome: one of the space.
            images: `(n, height, width, channels)`, uint8 or float32, n > 0.
            labels: `(n,)`, whole numbers.

        Raises:
            GenomeError: the genome is not in the space.
            SettingsError: nothing was trained yet.
        """
        network, path = self._path(genome)
        weights = self._slices(path)
        statistics = self._statistics(network, weights)
        hits = 0
        for start in range(0, len(images), EVALUATION_BATCH):
            batch = slice(start, start + EVALUATION_BATCH)
            found, _ = logits(network, weights, scaled(images[batch]), statistics)
            hits += int(np.sum(ops.convert_to_numpy(found).argmax(-1) == labels[batch]))
        return 100 * hits / len(images)

    def model(self, genome: Genome) -> keras.Model:
        """Return the Keras model of `genome` with its slices of the weights, and the statistics of that path.

        Raises:
            GenomeError: the genome is not in the space.
            SettingsError: nothing was trained yet.
        """
        network, path = self._path(genome)
        weights = self._slices(path)
        pending, statistics = iter(weights), iter(self._statistics(network, weights))
        model = build(genome, self.space.input_shape, self.space.classes)
        for layer in model.layers:
            values = [ops.convert_to_numpy(next(pending)) for _ in layer.trainable_weights]
            if isinstance(layer, keras.layers.BatchNormalization):
                values += next(statistics)
            layer.set_weights(values)
        return model

    def save(self, path: str | Path) -> None:
        """Write all that `load` needs into one npz file, which appears under its name at once."""
        calibration, space = self._calibrated(), repr(self.space)
        write_npz(Path(path), {**self._weights, "calibration": calibration, "space": space})

    @classmethod
    def load(cls, path: str | Path, space: Space) -> OneShotChain:
        """Return the chain that was saved.

        Args:
            path: the file.
            space: the one that it was trained for.

        Raises:
            ResultsError: the file cannot be read, or is of another space.
        """
        chain = cls(space)
        try:
            with np.load(path) as file:
                if str(file["space"]) != repr(space):
                    raise ResultsError(
                        f"{path}: was trained for another space; expected {space}, found {file['space']}"
                    )
                chain._weights = {name: file[name] for name in chain._weights}
                chain._calibration = file["calibration"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ResultsError(f"{path}: is no saved one-shot chain ({first_line(error)})") from None
        return chain

    def _path(self, genome: Genome) -> tuple[Network, list[Slice]]:
        if genome not in self.space:
            raise GenomeError(f"{abbreviate(str(genome), 90)!r} is not in the space of the one-shot chain")
        network = expand(genome, self.space.input_shape, self.space.classes)
        return network, slices(genome, network, self._weights)

    def _slices(self, path: list[Slice]) -> list[Tensor]:
        # Copies, since a backend may read an array in place, and a step changes it in place.
        return [ops.convert_to_tensor(self._weights[name][index].copy()) for name, index in path]

    def _step(
        self,
        genome: Genome,
        images: np.ndarray,
        labels: np.ndarray,
        weighing: np.ndarray,
        adam: SliceAdam,
        rate: float,
        dropout: keras.random.SeedGenerator,
    ) -> tuple[float, float]:
        """Train one path on one batch; return its loss and its accuracy (0 to 1) before the step."""
        network, path = self._path(genome)

        def objective(weights: list[Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
            found, _ = logits(network, weights, images, dropout=dropout)
            losses = ops.sparse_categorical_crossentropy(labels, found, from_logits=True)
            return ops.mean(losses * weighing), (ops.mean(losses), found)

        (_, (loss, found)), gradients = load_backend("autodiff").value_and_grad(objective, self._slices(path))
        adam.step(path, [ops.convert_to_numpy(gradient) for gradient in gradients], rate)
        return float(loss), float(np.mean(ops.convert_to_numpy(found).argmax(-1) == labels))

    def _calibrated(self) -> np.ndarray:
        if self._calibration is None:
            raise SettingsError("the one-shot chain is not trained yet; fit it first")
        return self._calibration

    def _statistics(self, network: Network, weights: list[Tensor]) -> list[Statistics]:
        """Return for each batch norm of a path the mean of the statistics of some training batches."""
        images = self._calibrated()
        batches = np.array_split(images, math.ceil(len(images) / CALIBRATION_BATCH))
        seen = [logits(network, weights, scaled(batch))[1] for batch in batches]
        return [
            Statistics(
                *(np.mean([ops.convert_to_numpy(values) for values in kind], 0) for kind in zip(*layer, strict=True))
            )
            for layer in zip(*seen, strict=True)
        ]


def _batches(
    dataset: Dataset, train: np.ndarray, batch_size: int, settings: TrainingSettings, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield the batches of an epoch, shuffled and changed: images, labels, and the weights of their losses."""
    fill = np.zeros(dataset.image_shape[-1])
    if settings.cutout:
        fill = np.mean(dataset.train_images[train], axis=(0, 1, 2), dtype=np.float64)
    weighing = np.ones(dataset.classes, np.float32)
    if settings.class_weights:
        weighing = class_weights(dataset.train_labels[train], dataset.classes)
    order = rng.permutation(train)
    for start in range(0, len(order) - batch_size + 1, batch_size):
        batch = order[start : start + batch_size]
        images, labels = dataset.train_images[batch], dataset.train_labels[batch]
        if settings.augment or settings.cutout:
            images = augmented(images, settings.augment, settings.cutout, fill, rng)
        yield scaled(images), labels, weighing[labels]


def _sides(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
