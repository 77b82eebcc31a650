"""Training on JAX: a step is one call of one compiled function; XLA fuses what is small.

The steps are not joined by `jax.lax.scan`: on CPUs XLA runs convolutions inside a loop by a slow path (an epoch of
the example genome took 20 times as long).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from kerasnas.training.adam import BETA_1, BETA_2, EPSILON

replacements: dict[type[keras.Layer], type[keras.Layer]] = {}


def limit_threads(threads: int) -> None:
    """Say that JAX's threads cannot be limited from here; `XLA_FLAGS` and `taskset` can do it from outside."""
    warnings.warn(f"JAX keeps its own number of threads; {threads} is not applied", stacklevel=2)


def accelerators() -> list[str]:
    """Return the kinds of the devices that JAX computes on beside the CPU."""
    return [device.device_kind for device in jax.devices() if device.platform != "cpu"]


def inference(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Return a compiled function from images `(batch, height, width, channels)` to class probabilities."""
    variables = model.trainable_variables, model.non_trainable_variables
    weights = [[variable.value for variable in group] for group in variables]
    compiled = jax.jit(lambda weights, images: model.stateless_call(*weights, images, training=False)[0])
    return lambda images: np.asarray(compiled(weights, images))


def gradient(head: keras.Model) -> Callable[[np.ndarray, int], np.ndarray]:
    """Return a function of features and a class: the gradient of the class's score with respect to the features.

    Args:
        head: maps features `(batch, height, width, channels)` to scores `(batch, classes)`.
    """
    variables = head.trainable_variables, head.non_trainable_variables
    weights = [[variable.value for variable in group] for group in variables]

    def score(features: jax.Array, label: int) -> jax.Array:
        scores, _ = head.stateless_call(*weights, features, training=False)
        return jnp.sum(scores[:, label])

    return lambda features, label: np.asarray(jax.grad(score)(jnp.asarray(features), label))


class EpochLoop:
    """Trains a model with Adam, and evaluates it, a whole pass over the images at a time.

    Args:
        model: maps images `(batch, height, width, channels)` to class probabilities; ends in a softmax.
        batch_size: images a training step.
        evaluation_batch: images a step of `evaluate`.
        image_dtype: of the images that will be placed, uint8 or float32.
        auxiliary_weight: where not 0, the model has a second output of the same shape, whose loss is added with this
            weight.
        class_weights: float32 `(classes,)`, by which the loss of an image counts in training; None for 1.
    """

    def __init__(
        self,
        model: keras.Model,
        batch_size: int,
        evaluation_batch: int,
        image_dtype: np.dtype,
        auxiliary_weight: float = 0.0,
        class_weights: np.ndarray | None = None,
    ) -> None:
        self._model = model
        self._auxiliary_weight = auxiliary_weight
        self._class_weights = None if class_weights is None else jnp.asarray(class_weights)
        self._optimizer = keras.optimizers.Adam(0.0, beta_1=BETA_1, beta_2=BETA_2, epsilon=EPSILON)
        self._optimizer.build(model.trainable_variables)
        self._rate = next(i for i, v in enumerate(self._optimizer.variables) if v is self._optimizer._learning_rate)
        self._batch_size = batch_size
        self._evaluation_batch = evaluation_batch
        self._train_step = jax.jit(self._step, donate_argnums=0)
        self._evaluation_step = jax.jit(self._evaluate_batch)

    @property
    def optimizer_variables(self) -> list[keras.Variable]:
        """What Adam remembers between steps."""
        return list(self._optimizer.variables)

    @staticmethod
    def place(images: np.ndarray, labels: np.ndarray) -> tuple[jax.Array, jax.Array]:
        """Return images `(n, height, width, channels)`, uint8 or float32, and int32 labels `(n,)` on the device."""
        return jnp.asarray(images), jnp.asarray(labels)

    def train_epoch(
        self, placed: tuple[jax.Array, jax.Array], order: np.ndarray, learning_rates: np.ndarray
    ) -> tuple[float, float]:
        """Train on the images that `order` names, in that order.

        Args:
            placed: what `place` returned; uint8 images are scaled to 0..1 here.
            order: `(steps * batch_size,)`, int32, indexes of images.
            learning_rates: `(steps,)`, float32.

        Returns:
            The mean loss, without the auxiliary one and class weights, and the accuracy (0 to 1) over the epoch's
            batches, each before its step.
        """
        state = self._state()
        totals = []
        for batch, rate in zip(order.reshape(-1, self._batch_size), learning_rates, strict=True):
            state, total = self._train_step(state, *placed, batch, rate)
            totals.append(total)
        for variables, values in zip(self._variables(), state, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        losses, correct = zip(*totals, strict=True)
        return float(sum(losses)) / len(learning_rates), float(sum(correct)) / len(order)

    def evaluate(self, placed: tuple[jax.Array, jax.Array], order: np.ndarray) -> tuple[float, float, np.ndarray]:
        """Return the mean loss, the accuracy (0 to 1) and the class probabilities of the images that `order` names.

        The probabilities are `(len(order), classes)`, in that order.
        """
        weights, others, _ = self._state()
        totals = []
        for start in range(0, len(order), self._evaluation_batch):
            batch = order[start : start + self._evaluation_batch]
            padded = np.resize(batch, self._evaluation_batch)
            totals.append(self._evaluation_step(weights, others, *placed, padded, len(batch)))
        losses, correct, found = zip(*totals, strict=True)
        probabilities = np.concatenate([np.asarray(batch) for batch in found])[: len(order)]
        return float(sum(losses)) / len(order), float(sum(correct)) / len(order), probabilities

    def _variables(self) -> tuple[list[keras.Variable], ...]:
        return (
            self._model.trainable_variables,
            self._model.non_trainable_variables,
            self._optimizer.variables,
        )

    def _state(self) -> tuple[list[jax.Array], ...]:
        return tuple([variable.value for variable in variables] for variables in self._variables())

    def _step(self, state: Any, images: jax.Array, labels: jax.Array, batch: jax.Array, rate: jax.Array) -> Any:
        weights, others, optimizer = state

        def loss_of(weights: Any) -> Any:
            (probabilities, *auxiliary), updated = self._outputs(weights, others, images[batch], training=True)
            losses = _cross_entropy(labels[batch], probabilities)
            loss, objective = jnp.mean(losses), self._objective(losses, labels[batch])
            for more in auxiliary:
                more_losses = _cross_entropy(labels[batch], more)
                objective += self._auxiliary_weight * self._objective(more_losses, labels[batch])
            return objective, (loss, updated, _count_correct(labels[batch], probabilities))

        (_, (loss, others, correct)), gradients = jax.value_and_grad(loss_of, has_aux=True)(weights)
        optimizer = [*optimizer[: self._rate], rate, *optimizer[self._rate + 1 :]]
        weights, optimizer = self._optimizer.stateless_apply(optimizer, gradients, weights)
        return (weights, others, list(optimizer)), (loss, correct)

    def _objective(self, losses: jax.Array, labels: jax.Array) -> jax.Array:
        return jnp.mean(losses if self._class_weights is None else losses * self._class_weights[labels])

    def _outputs(self, weights: Any, others: Any, images: jax.Array, training: bool) -> tuple[list[jax.Array], Any]:
        outputs, updated = self._model.stateless_call(weights, others, _scaled(images), training=training)
        return outputs if isinstance(outputs, list) else [outputs], updated

    def _evaluate_batch(
        self, weights: Any, others: Any, images: jax.Array, labels: jax.Array, batch: jax.Array, count: int
    ) -> tuple[jax.Array, ...]:
        """Sum loss and hits over the first `count` of a batch that was padded to its full size; give its outputs."""
        counted = jnp.arange(len(batch)) < count
        (probabilities, *_), _ = self._outputs(weights, others, images[batch], training=False)
        losses = jnp.where(counted, _cross_entropy(labels[batch], probabilities), 0.0)
        hits = jnp.argmax(probabilities, -1) == labels[batch]
        return jnp.sum(losses), jnp.sum(hits & counted), probabilities


def _scaled(images: jax.Array) -> jax.Array:
    return images.astype(jnp.float32) / 255 if images.dtype == jnp.uint8 else images


def _cross_entropy(labels: jax.Array, probabilities: jax.Array) -> jax.Array:
    return keras.ops.sparse_categorical_crossentropy(labels, probabilities)


def _count_correct(labels: jax.Array, probabilities: jax.Array) -> jax.Array:
    return jnp.sum(jnp.argmax(probabilities, -1) == labels)
