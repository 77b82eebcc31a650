"""The supernet as a Keras model that a user compiles with two optimizers and fits on two sets."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasnas.darts.backend import load
from kerasnas.darts.batches import Arrays, PairedBatches, TellEpoch
from kerasnas.darts.bilevel import BilevelStep, SearchState
from kerasnas.darts.hypergradient import Batches, Product
from kerasnas.darts.optimizers import CoupledAdam, FlatOptimizer, MomentumSGD
from kerasnas.darts.outline import Wanted
from kerasnas.errors import SettingsError

Tensor = Any

_ALPHA_SPREAD = 1e-3  # standard deviation of the initial alphas (Liu et al. 2019)


class Supernet(load("trainer").BilevelTrainer):  # type: ignore[misc]
    """A network whose every edge is a mixture of operations, weighed by the softmax of its alphas.

    Build one by `kerasnas.darts.darts_supernet` or `nasbench201_supernet`.

    Args:
        network: maps images and the mixtures to logits.
        alphas: the shape of each alpha, [edges, operations], by the name of the cell that it describes.
        primitives: names of the operations, in the order of the alphas' columns.
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
        alphas: dict[str, tuple[int, int]],
        primitives: Sequence[str],
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.primitives = tuple(primitives)
        self.cell_names = tuple(alphas)
        generator = keras.random.SeedGenerator(seed)
        start = keras.initializers.RandomNormal(stddev=_ALPHA_SPREAD, seed=generator)
        self.alphas = [
            self.add_weight(shape=shape, initializer=start, name=f"alphas_{name}") for name, shape in alphas.items()
        ]
        self.network = network
        self.built = True

    def call(self, x: Tensor, training: bool = False, wanted: Wanted = Wanted.BOTH) -> Tensor:
        """Logits of the mixed network; see the class."""
        mixtures = [ops.softmax(ops.convert_to_tensor(alpha.value), axis=-1) for alpha in self.alphas]
        return self.network(x, mixtures, training=training, wanted=wanted)

    @property
    def network_weights(self) -> list[keras.Variable]:
        """The trainable variables that are not alphas."""
        return self.network.trainable_variables

    def count_network_parameters(self) -> int:
        """The number of trainable weights, alphas not counted."""
        return sum(int(np.prod(v.shape)) for v in self.network_weights)

    def mixture(self) -> dict[str, np.ndarray]:
        """The softmax of the alphas by name of the cell, each [edges, operations]."""
        values = (ops.convert_to_numpy(ops.softmax(alpha, axis=-1)) for alpha in self.alphas)
        return dict(zip(self.cell_names, values, strict=True))

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
        pair.weights.build(self.network_weights)
        pair.alphas.build(self.alphas)
        kwargs.setdefault("jit_compile", keras.backend.backend() == "jax")
        super().compile(optimizer=pair, loss=None, **kwargs)
        self._loss_function = keras.losses.get(loss) or keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self._search_metrics = list(
            metrics if metrics is not None else [keras.metrics.SparseCategoricalAccuracy("accuracy")]
        )
        self.bilevel_step = BilevelStep(self._search_loss, pair.weights, pair.alphas, order, Product(product))

    def fit(
        self,
        train: Any,
        valid: Arrays | None = None,
        batch_size: int = 64,
        epochs: int = 50,
        seed: int = 0,
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
            callbacks: Keras callbacks.
            kwargs: further arguments of Keras' `fit`, such as `validation_data` to report on.

        Returns:
            Keras' history.
        """
        if valid is None:
            return super().fit(train, epochs=epochs, callbacks=list(callbacks), **kwargs)
        batches = PairedBatches(train, valid, batch_size, seed)
        callbacks = [TellEpoch(batches), *callbacks]
        return super().fit(batches, epochs=epochs, callbacks=callbacks, shuffle=False, **kwargs)

    def search_variables(self) -> tuple[SearchState, list[keras.Variable]]:
        """The variables that a search step changes; the second part are batch norm's moving statistics."""
        pair = self.optimizer
        state = SearchState(
            list(self.network_weights),
            list(self.alphas),
            list(pair.weights.variables),
            list(pair.alphas.variables),
        )
        return state, list(self.network.non_trainable_variables)

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
        state, statistics = values
        train, valid = ((*batch, statistics) for batch in data)
        output = self.bilevel_step(state, Batches(train, valid))
        logits, statistics = output.auxiliary
        return (output.state, statistics), output.loss, logits

    def _search_loss(
        self, weights: list[Tensor], alphas: list[Tensor], batch: Any, wanted: Wanted
    ) -> tuple[Tensor, Any]:
        """The mean loss on a batch (x, y, moving statistics), with the logits and the new statistics."""
        x, y, statistics = batch
        mixtures = [ops.softmax(alpha, axis=-1) for alpha in alphas]
        logits, statistics = self.network.stateless_call(weights, statistics, x, mixtures, training=True, wanted=wanted)
        return self._loss_function(y, logits), (logits, statistics)

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


class OptimizerPair(keras.optimizers.Optimizer):
    """The two optimizers of a search as the one that Keras' trainer and its checkpoints know.

    Args:
        weights: moves the weights; its learning rate is what Keras' callbacks see.
        alphas: moves the alphas.
    """

    def __init__(self, weights: FlatOptimizer, alphas: FlatOptimizer) -> None:
        super().__init__(learning_rate=0.0, name="optimizer_pair")
        self.weights, self.alphas = weights, alphas
        self.built = True

    @property
    def variables(self) -> list[keras.Variable]:
        """The variables of both, the weights' first."""
        return [*self.weights.variables, *self.alphas.variables]

    @property
    def iterations(self) -> keras.Variable:
        """The number of search steps done."""
        return self.weights.iterations

    @property
    def learning_rate(self) -> Any:
        """The weights' learning rate."""
        return self.weights.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.weights.learning_rate = value
