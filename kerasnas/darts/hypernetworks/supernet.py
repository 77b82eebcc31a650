"""The supernet whose weights a hypernetwork makes."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from kerasnas.darts.architecture import Architecture
from kerasnas.darts.bilevel import BilevelStep, SearchState
from kerasnas.darts.hypergradient import Batches, Product
from kerasnas.darts.hypernetworks.base import Hypernetwork
from kerasnas.darts.hypernetworks.choice import HypernetworkChoice
from kerasnas.darts.hypernetworks.registry import check_memory, kind_of
from kerasnas.darts.hypernetworks.response import HyperBatch, ResponseLoss
from kerasnas.darts.layers import moved_statistics
from kerasnas.darts.optimizer_pair import OptimizerPair
from kerasnas.darts.optimizers import FlatOptimizer, MomentumSGD
from kerasnas.darts.options.base import MIDDLE
from kerasnas.darts.supernet import Supernet
from kerasnas.errors import SettingsError

Tensor = Any
Tensors = list[Any]


class HyperSupernet(Supernet):
    """A supernet whose weights are w = phi(alpha), phi a hypernetwork (Lorraine and Duvenaud 2018).

    A step first moves the alphas by the exact gradient of L_valid(phi(alpha), alpha) on validation data, through phi
    and directly; then phi's parameters by the gradient of L_train(phi(a), a) on training data, where a is the new
    alpha, perturbed. This is DARTS' own bilevel step (`BilevelStep`) of the first order, with phi's parameters in the
    place of the weights: no response is left out, so there is nothing to unroll.

    `network_weights` hold phi(alpha) after every step; so evaluation, early stopping, perturbation-based selection
    and the discretisation gap need not know of phi.

    Batch norm: every pass of a search normalises by its own batch, so phi makes no statistics. The moving ones, which
    the validation during the search uses, follow the training passes, as in DARTS; these are at perturbed alphas, so
    the statistics belong to the neighbourhood of alpha, and not to alpha alone.

    Args:
        network: maps images and the mixtures to logits.
        architecture: the cells, the options and the preferences.
        choice: the kind of phi, and how it is trained.
        seed: of the initial alphas, and of phi's initial values.

    Raises:
        SettingsError: the hypernetwork does not fit into memory.
    """

    def __init__(
        self,
        network: keras.layers.Layer,
        architecture: Architecture,
        choice: HypernetworkChoice,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(network, architecture, seed, **kwargs)
        distances, preferences = architecture.size, architecture.preferences
        knots = 0 if preferences is None else preferences.knots
        check_memory(choice.kind, distances + knots, [tuple(v.shape) for v in self.network_weights])
        self.hypernetwork: Hypernetwork = kind_of(choice.kind)(distances, knots, self.network_weights, seed or 0)
        self.log_factor = (
            self.add_weight(shape=(1,), initializer="zeros", name="log_perturbation")
            if choice.perturbation.tuned
            else None
        )
        self.response = ResponseLoss(self.loss_at, self.hypernetwork, architecture, choice)

    @property
    def trained_weights(self) -> list[keras.Variable]:
        """The hypernetwork's parameters."""
        return self.hypernetwork.trainable_variables

    @property
    def architecture_parameters(self) -> list[keras.Variable]:
        """The alphas, what options add to them, and the tuned scale of the perturbation."""
        tuned = getattr(self, "log_factor", None)
        return [*super().architecture_parameters, *([] if tuned is None else [tuned])]

    def make_step(self, pair: OptimizerPair, order: int, product: Product) -> BilevelStep:
        """The bilevel step on the hypernetwork's parameters."""
        if order != 1:
            raise SettingsError(
                "order: a hypernetwork takes the place of the unrolled step; leave order at 1, or leave the "
                "hypernetwork out."
            )
        return BilevelStep(self.response, pair.weights, pair.alphas, moves_alphas=self._moves_alphas)

    def tuning_optimizer(self) -> FlatOptimizer:
        """A new one, at the end of the search's learning rate: the search's own moves the hypernetwork."""
        rate = float(ops.convert_to_numpy(self.optimizer.weights.learning_rate))
        optimizer = MomentumSGD(rate)
        optimizer.build(self.network_weights)
        return optimizer

    def search_variables(self) -> tuple[SearchState, list[keras.Variable]]:
        """The same as of `Supernet`; the second part also holds the network's weights."""
        state, others = super().search_variables()
        return state, [*others, *self.network_weights]

    def search_step(
        self, values: tuple[SearchState, Tensors], data: Any
    ) -> tuple[tuple[SearchState, Tensors], Tensor, Tensor]:
        """One step as a pure function; see `Supernet.search_step`."""
        state, (progress, *others) = values
        statistics = others[: len(self.network.non_trainable_variables)]
        centre = state.alphas
        train, valid = self.search_batches(state, progress, statistics, data)
        output = self.bilevel_step(state, Batches(HyperBatch(train, centre), HyperBatch(valid, centre)))
        logits, of_batch = output.auxiliary
        parameters, weights = self.response.recentred(output.state.weights, centre, output.state.alphas)
        new_state = output.state._replace(weights=parameters)
        return (new_state, [progress, *moved_statistics(statistics, of_batch), *weights]), output.loss, logits

    def weights_at(self, values: Tensors, preference: float = MIDDLE) -> Tensors:
        """The network's weights at these values of the architecture parameters."""
        parameters = [ops.convert_to_tensor(v.value) for v in self.trained_weights]
        centre = [ops.convert_to_tensor(v.value) for v in self.architecture_parameters]
        return self.response.weights(parameters, values, centre, preference)

    def move_to(self, preference: float) -> None:
        """Set the network's weights to those of the architecture at this resource preference."""
        weights = self.weights_at(self.architecture_values(preference), preference)
        for variable, value in zip(self.network_weights, weights, strict=True):
            variable.assign(value)

    def _moves_alphas(self, batches: Batches) -> Tensor | None:
        return self.architecture.moves_alphas(batches.valid.search.moment)
