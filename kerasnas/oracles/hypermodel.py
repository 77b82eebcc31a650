"""The networks of a search space as a KerasTuner hypermodel."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import keras
import keras_tuner

from kerasnas.errors import GenomeError, SettingsError
from kerasnas.genome import Genome, SearchSpace
from kerasnas.model.build import build
from kerasnas.model.cost import cost
from kerasnas.oracles.positions import declare
from kerasnas.oracles.trials import EPOCHS, GENOME, INITIAL_EPOCH, checked_genome, image_shape
from kerasnas.search.limits import Limits
from kerasnas.search.random_search import RandomSearch
from kerasnas.training.adam import BETA_1, BETA_2, EPSILON
from kerasnas.training.settings import TrainingSettings


class GenomeHyperModel(keras_tuner.HyperModel):
    """Builds, compiles and fits the genome that the hyperparameters name.

    With a `GenomeOracle` that is the text in the hyperparameter `genome`; with KerasTuner's own tuners there is one
    `Choice` for each position of the space. A combination that cannot be built, or is over the limits, fails its
    trial before anything is built; KerasTuner ends a search after three such trials in a row unless it is told
    otherwise by `max_consecutive_failed_trials`.

    Training follows kerasnas' recipe as far as Keras' `fit` does: Adam with a cosine decay to zero, cross-entropy,
    images shuffled anew every epoch, the best epoch's weights kept by the tuner. Unlike there, an epoch's last batch
    may be smaller, and images have to come scaled to 0..1.

    Args:
        space: the genomes.
        input_shape: the shape of one image, `(height, width, channels)`, and classes: their number; None: as the
            space says.
        settings: epochs, batch size, learning rate, patience and the seed of the initial weights; what is given to
            `Tuner.search` goes before.
        limits: what a network may cost.

    Raises:
        SettingsError: the space does not say on which images, and neither do you.
        SearchError: no genome of the space is within the limits.
    """

    def __init__(
        self,
        space: SearchSpace[Any],
        input_shape: tuple[int, int, int] | None = None,
        classes: int | None = None,
        *,
        settings: TrainingSettings | None = None,
        limits: Limits | None = None,
        name: str | None = None,
        tunable: bool = True,
    ) -> None:
        shape, number = image_shape(space, input_shape, classes)
        if shape is None or number is None:
            raise SettingsError(
                f"space {space.name} does not say on which images; give input_shape=(height, width, channels) and "
                f"classes=…"
            )
        self.space = space
        self.input_shape = shape
        self.classes = number
        self.settings = settings or TrainingSettings()
        self.limits = limits
        # A tuner builds the defaults once when it is made, so they must be a genome that can be.
        self._default = space.encode(RandomSearch(space, admits=limits).fresh((), Random(0)))
        self._optimizer: keras.optimizers.Optimizer | None = None
        super().__init__(name=name, tunable=tunable)

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """Return the compiled model, with fresh weights; see `kerasnas.model.build.build`.

        Raises:
            keras_tuner.errors.FailedTrialError: it cannot be built, or is over the limits.
        """
        genome = self.genome(hp)
        model = build(genome, self.input_shape, self.classes, seed=self.settings.seed)
        self._optimizer = keras.optimizers.Adam(
            self.settings.learning_rate, beta_1=BETA_1, beta_2=BETA_2, epsilon=EPSILON
        )
        model.compile(self._optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    def fit(self, hp: keras_tuner.HyperParameters, model: keras.Model, *args: Any, **kwargs: Any) -> Any:
        """Fit the model by `keras.Model.fit`, and return its history.

        Arguments are those of `keras.Model.fit`; epochs and batch size are those of the settings where they are not
        given. Epochs that the strategy decided on go before all others.
        """
        images = args[0] if args else kwargs.get("x")
        in_memory = hasattr(images, "shape")
        if in_memory:
            kwargs.setdefault("batch_size", self.settings.batch_size)
        kwargs.setdefault("epochs", self.settings.epochs)
        if EPOCHS in hp.values:
            kwargs |= {"epochs": hp.values[EPOCHS], "initial_epoch": hp.values.get(INITIAL_EPOCH, 0)}
        if self.settings.patience:
            stop = keras.callbacks.EarlyStopping("val_accuracy", mode="max", patience=self.settings.patience)
            kwargs["callbacks"] = [*kwargs.get("callbacks", []), stop]
        steps = _steps_an_epoch(images, in_memory, kwargs)
        if steps and self._optimizer is not None and model.optimizer is self._optimizer:  # a tuner may put in another
            self._optimizer.learning_rate = keras.optimizers.schedules.CosineDecay(
                self.settings.learning_rate, steps * kwargs["epochs"]
            )
        return model.fit(*args, **kwargs)

    def genome(self, hp: keras_tuner.HyperParameters) -> Genome:
        """Return the genome that the hyperparameters name.

        Raises:
            keras_tuner.errors.FailedTrialError: it cannot be built, or is over the limits.
        """
        try:
            if GENOME in hp:
                genome = checked_genome(self.space, hp.get(GENOME))
            else:
                genome = self.space.decode(declare(hp, self.space, self._default))
            found = cost(genome, self.input_shape, self.classes)
        except GenomeError as error:
            raise keras_tuner.errors.FailedTrialError(f"cannot be built: {error}") from None
        exceeded = self.limits.exceeded(found) if self.limits else ()
        if exceeded:
            raise keras_tuner.errors.FailedTrialError(f"{genome} is over the limits: {', '.join(exceeded)}")
        return genome


def _steps_an_epoch(images: Any, in_memory: bool, arguments: dict[str, Any]) -> int | None:
    """Return how many batches an epoch of `keras.Model.fit` has, None where the data do not tell."""
    if arguments.get("steps_per_epoch"):
        return arguments["steps_per_epoch"]
    try:
        length = len(images)
    except TypeError:
        return None
    if not in_memory:
        return length
    trained = math.floor(length * (1 - (arguments.get("validation_split") or 0)))
    return math.ceil(trained / arguments["batch_size"])
