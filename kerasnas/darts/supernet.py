"""The supernet as a Keras model that a user compiles with two optimizers and fits on two sets."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from kerasnas.darts.architecture import Architecture
from kerasnas.darts.backend import load
from kerasnas.darts.batches import Arrays, PairedBatches, Prepare, TellEpoch, TellProgress
from kerasnas.darts.bilevel import BilevelStep, SearchState
from kerasnas.darts.hypergradient import Batches, Product
from kerasnas.darts.layers import moved_statistics
from kerasnas.darts.optimizer_pair import OptimizerPair
from kerasnas.darts.optimizers import CoupledAdam, FlatOptimizer, MomentumSGD
from kerasnas.darts.options import Moment
from kerasnas.darts.options.base import MIDDLE
from kerasnas.darts.outline import Wanted
from kerasnas.errors import SettingsError

Tensor = Any

KNOT = " at knot "
"""Stands between the name of a parameter and the number of the knot, in tables."""

_ALPHA_SPREAD = 1e-3  # standard deviation of the initial alphas (Liu et al. 2019)


class SearchBatch(NamedTuple):
    """What the loss of a search takes as its batch.

    Attributes:
        x: images, [batch, height, width, channels].
        y: labels, [batch].
        statistics: the moving statistics of batch norm.
        moment: when.
    """

    x: Tensor
    y: Tensor
    statistics: list[Tensor]
    moment: Moment = Moment(0.0, 0)


class Supernet(load("trainer").BilevelTrainer):  # type: ignore[misc]
    """A network whose every edge is a mixture of operations, weighed by the softmax of its alphas.

    Options of the search change these weights, the edges, or the alphas' loss (`kerasnas.darts.options`).

    Build one by `kerasnas.darts.darts_supernet` or `nasbench201_supernet`.

    Args:
        network: maps images and the mixtures to logits.
        architecture: the cells and the options.
        seed: of the initial alphas.

    Call arguments:
        x: images, [batch, height, width, channels].
        training: whether batch norm uses the batch's statistics.
        wanted: the gradients that will be asked for.

    Returns:
        Logits, [batch, classes].
    """

    def __init__(
        self,
        network: keras.layers.Layer,
        architecture: Architecture,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.architecture = architecture
        self.cell_names = tuple(architecture.cells)
        self.primitives = next(iter(architecture.cells.values())).primitives
        generator = keras.random.SeedGenerator(seed)
        start = keras.initializers.RandomNormal(stddev=_ALPHA_SPREAD, seed=generator)
        self.alphas = [
            self.add_weight(shape=architecture.parameter_shape(shape), initializer=start, name=f"alphas_{name}")
            for name, shape in architecture.alphas_shapes.items()
        ]
        self.further_parameters = [
            self.add_weight(shape=architecture.parameter_shape(shape), initializer=start, name=name)
            for name, shape in architecture.further_shapes.items()
        ]
        self.progress = self.add_weight(shape=(), initializer="zeros", trainable=False, name="progress")
        self.network = network
        self.built = True

    def call(self, x: Tensor, training: bool = False, wanted: Wanted = Wanted.BOTH) -> Tensor:
        """Logits of the mixed network; see the class."""
        mixtures = self.evaluation_mixtures(self.architecture_values())
        if not training:
            return self.network(x, mixtures, wanted=wanted)
        weights = [variable.value for variable in self.network_weights]
        statistics = self.network.non_trainable_variables
        moving = [variable.value for variable in statistics]
        logits, of_batch = self.network.stateless_call(weights, moving, x, mixtures, training=True, wanted=wanted)
        for variable, value in zip(statistics, moved_statistics(moving, of_batch), strict=True):
            variable.assign(value)
        return logits

    @property
    def network_weights(self) -> list[keras.Variable]:
        """The trainable variables that are not alphas."""
        return self.network.trainable_variables

    @property
    def trained_weights(self) -> list[keras.Variable]:
        """What the weights' optimizer moves: the network's weights, unless a hypernetwork makes them."""
        return self.network_weights

    def count_network_parameters(self) -> int:
        """The number of trainable weights, alphas not counted."""
        return sum(int(np.prod(v.shape)) for v in self.network_weights)

    @property
    def architecture_parameters(self) -> list[keras.Variable]:
        """The alphas, and what options add to them: all that the alphas' optimizer moves."""
        return [*self.alphas, *self.further_parameters]

    def mixture(self, preference: float = MIDDLE) -> dict[str, np.ndarray]:
        """What deriving ranks by: the softmax of the alphas by name of the cell, each [edges, operations].

        An option may multiply it by weights of its own, as edge normalisation does.

        Args:
            preference: place on the scale of the resource preference, where the search has one (`Preferences`).
        """
        values = self.architecture.strengths(self.architecture_values(preference))
        return {name: ops.convert_to_numpy(value) for name, value in zip(self.cell_names, values, strict=True)}

    def evaluation_mixtures(self, values: list[Tensor]) -> list[Tensor]:
        """The weights of the operations outside search steps, [edges, columns] of each cell, from these values."""
        moment = Moment(ops.convert_to_tensor(self.progress.value), 0, searching=False)
        return self.architecture.mixtures(values, moment)

    def architecture_values(self, preference: float = MIDDLE) -> list[Tensor]:
        """The alphas, and what options add to them, as a pass through the network takes them; see `mixture`."""
        parameters = [ops.convert_to_tensor(v.value) for v in (*self.alphas, *self.further_parameters)]
        return self.architecture.values(parameters, preference)

    def parameter_tables(self) -> dict[str, np.ndarray]:
        """The architecture parameters by name, each [edges, operations] or [edges]; with preferences, each knot's."""
        tables = {v.name: ops.convert_to_numpy(v) for v in self.architecture_parameters}
        if self.architecture.preferences is None:
            return tables
        # A tuned perturbation's scale has no knots.
        count = self.architecture.count
        knots = {f"{name}{KNOT}{k}": row for name in list(tables)[:count] for k, row in enumerate(tables[name])}
        return knots | dict(list(tables.items())[count:])

    def compile(
        self,
        weights_optimizer: FlatOptimizer | None = None,
        alphas_optimizer: FlatOptimizer | None = None,
        loss: Any = None,
        metrics: Sequence[keras.metrics.Metric] | None = None,
        order: int = 1,
        product: str = "finite_difference",
        **kwargs: Any,
    ) -> None:
        """Set how the search goes.

        Args:
            weights_optimizer: by default the paper's SGD, at a constant learning rate.
            alphas_optimizer: by default the paper's Adam.
            loss: of labels and logits; by default cross-entropy with integer labels.
            metrics: Keras metric objects on labels and logits; by default the accuracy.
            order: 1, or 2 for the one-step unrolled gradient of the alphas.
            product: "finite_difference" (the paper's) or "exact": how order 2 applies the second derivative.
            kwargs: `run_eagerly`, `steps_per_execution` and `jit_compile` of Keras' `compile`.

        Raises:
            SettingsError: `order` or `product` is not one of these, or does not fit the optimizer.
        """
        if product not in {p.value for p in Product}:
            raise SettingsError(
                f"product: {product!r} is unknown; expected {' or '.join(repr(p.value) for p in Product)}."
            )
        pair = OptimizerPair(weights_optimizer or MomentumSGD(), alphas_optimizer or CoupledAdam())
        pair.weights.build(self.trained_weights)
        pair.alphas.build(self.architecture_parameters)
        kwargs.setdefault("jit_compile", keras.backend.backend() == "jax")
        super().compile(optimizer=pair, loss=None, **kwargs)
        self._loss_function = keras.losses.get(loss) or keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self._search_metrics = list(
            metrics if metrics is not None else [keras.metrics.SparseCategoricalAccuracy("accuracy")]
        )
        self.bilevel_step = self.make_step(pair, order, Product(product))

    def make_step(self, pair: OptimizerPair, order: int, product: Product) -> BilevelStep:
        """The bilevel step of this supernet."""
        return BilevelStep(self.search_loss, pair.weights, pair.alphas, order, product, self._moves_alphas)

    def tuning_optimizer(self) -> FlatOptimizer:
        """What moves the network's weights where they are trained on after the search."""
        return self.optimizer.weights

    def fit(
        self,
        train: Any,
        valid: Arrays | None = None,
        batch_size: int = 64,
        epochs: int = 50,
        seed: int = 0,
        prepare: Prepare | None = None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Search.

        Args:
            train: (images, labels) for the weights; or, with `valid` left out, anything that Keras' `fit`
                takes and that yields pairs of batches ((x, y), (x, y)), training first.
            valid: (images, labels) for the alphas.
            batch_size: images per batch of each set.
            epochs: passes through the training set.
            seed: of the order of the batches.
            prepare: changes the images of a batch, such as `kerasnas.darts.images.Preparation`.
            callbacks: Keras callbacks.
            kwargs: further arguments of Keras' `fit`, such as `validation_data` to report on.

        Returns:
            Keras' history.
        """
        callbacks = [TellProgress(), *callbacks]
        if valid is None:
            return super().fit(train, epochs=epochs, callbacks=callbacks, **kwargs)
        batches = PairedBatches(train, valid, batch_size, seed, prepare)
        callbacks = [TellEpoch(batches), *callbacks]
        return super().fit(batches, epochs=epochs, callbacks=callbacks, shuffle=False, **kwargs)

    def search_variables(self) -> tuple[SearchState, list[keras.Variable]]:
        """The variables of a search step; the second part are its progress and batch norm's moving statistics."""
        pair = self.optimizer
        state = SearchState(
            list(self.trained_weights),
            self.architecture_parameters,
            list(pair.weights.variables),
            list(pair.alphas.variables),
        )
        return state, [self.progress, *self.network.non_trainable_variables]

    def search_step(
        self, values: tuple[SearchState, list[Tensor]], data: Any
    ) -> tuple[tuple[SearchState, list[Tensor]], Tensor, Tensor]:
        """One bilevel step as a pure function.

        Args:
            values: of `search_variables`.
            data: a pair of batches (training, validation), each (x, y).

        Returns:
            New values, the loss and the logits of the training batch.
        """
        state, (progress, *statistics) = values
        output = self.bilevel_step(state, self.search_batches(state, progress, statistics, data))
        logits, of_batch = output.auxiliary
        return (output.state, [progress, *moved_statistics(statistics, of_batch)]), output.loss, logits

    def search_batches(self, state: SearchState, progress: Tensor, statistics: list[Tensor], data: Any) -> Batches:
        """The batches of a step as the loss takes them."""
        step = self.optimizer.weights.iterations_of(state.weights_optimizer)
        train, valid = (
            SearchBatch(x, y, statistics, self._moment(progress, step, validation))
            for (x, y), validation in zip(data, (False, True), strict=True)
        )
        return Batches(train, valid)

    def search_loss(
        self, weights: list[Tensor], alphas: list[Tensor], batch: SearchBatch, wanted: Wanted
    ) -> tuple[Tensor, Any]:
        """The mean loss on a batch, with the logits and the batch's own statistics."""
        return self.loss_at(weights, self.architecture.values(alphas, batch.moment.preference), batch, wanted)

    def loss_at(
        self, weights: list[Tensor], values: list[Tensor], batch: SearchBatch, wanted: Wanted
    ) -> tuple[Tensor, Any]:
        """The same from the values of the architecture parameters (`Architecture.values`)."""
        x, y, statistics, moment = batch
        mixtures = self.architecture.mixtures(values, moment)
        logits, of_batch = self.network.stateless_call(weights, statistics, x, mixtures, training=True, wanted=wanted)
        loss = self._loss_function(y, logits)
        if moment.validation:
            loss = loss + self.architecture.penalty(values, moment)
        return loss, (logits, of_batch)

    def _moment(self, progress: Tensor, step: Tensor, validation: bool) -> Moment:
        preferences = self.architecture.preferences
        drawn = MIDDLE if preferences is None else preferences.draw(step, validation, self.alphas[0].dtype)
        return Moment(progress, step, validation=validation, preference=drawn)

    def _moves_alphas(self, batches: Batches) -> Tensor | None:
        return self.architecture.moves_alphas(batches.valid.moment)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """The mean loss of logits `y_pred` on labels `y`."""
        return self._loss_function(y, y_pred)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Update the metrics with a batch; their values by name."""
        for metric in self._search_metrics:
            metric.update_state(y, y_pred)
        return self.get_metrics_result()
