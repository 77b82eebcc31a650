"""One bilevel step as a pure function over lists of tensors: first the alphas, then the weights."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from keras import ops

from kerasnas.darts.backend import load
from kerasnas.darts.hypergradient import Batches, Loss, Product, first_order, second_order
from kerasnas.darts.optimizers import FlatOptimizer, MomentumSGD
from kerasnas.darts.outline import Wanted
from kerasnas.errors import SettingsError

Tensor = Any
Tensors = list[Any]


class SearchState(NamedTuple):
    """All that a step changes, as lists: of variables, or of their values.

    Attributes:
        weights: of the supernet.
        alphas: architecture parameters.
        weights_optimizer: variables of the weights' optimizer.
        alphas_optimizer: variables of the alphas' optimizer.
    """

    weights: Tensors
    alphas: Tensors
    weights_optimizer: Tensors
    alphas_optimizer: Tensors


class StepOutput(NamedTuple):
    """What a step reports.

    Attributes:
        state: after the step.
        loss: of the weights' pass on the training batch, a scalar.
        auxiliary: what the loss function returned beside it.
    """

    state: SearchState
    loss: Tensor
    auxiliary: Any


@dataclass(frozen=True)
class BilevelStep:
    """The alphas' step on validation data, then the weights' step on training data (algorithm 1 of DARTS).

    Attributes:
        loss: see `kerasnas.darts.hypergradient`.
        weights_optimizer: moves the weights.
        alphas_optimizer: moves the alphas.
        order: 1, or 2 for the one-step unrolled gradient.
        product: how order 2 applies the mixed second derivative.
        moves_alphas: from the batches to whether this step moves the alphas, a boolean scalar, or None for always.
    """

    loss: Loss
    weights_optimizer: FlatOptimizer
    alphas_optimizer: FlatOptimizer
    order: int = 1
    product: Product = Product.FINITE_DIFFERENCE
    moves_alphas: Callable[[Batches], Tensor | None] = lambda batches: None

    def __post_init__(self) -> None:
        if self.order not in (1, 2):
            raise SettingsError(f"order: {self.order!r} is neither 1 (first order) nor 2 (one unrolled step).")
        if self.order == 2 and not isinstance(self.weights_optimizer, MomentumSGD):
            raise SettingsError(
                f"order: 2 unrolls a step of MomentumSGD, but weights_optimizer is a "
                f"{type(self.weights_optimizer).__name__}; use MomentumSGD, or order 1."
            )

    def __call__(self, state: SearchState, batches: Batches) -> StepOutput:
        """Do one step."""
        gradients = self.alphas_gradient(state, batches)
        alphas, alphas_optimizer = self.alphas_optimizer.stateless_apply(
            state.alphas_optimizer, gradients, state.alphas
        )
        moves = self.moves_alphas(batches)
        if moves is not None:
            alphas = _where(moves, alphas, state.alphas)
            alphas_optimizer = _where(moves, alphas_optimizer, state.alphas_optimizer)
        (loss, auxiliary), gradients = load("autodiff").value_and_grad(
            lambda w: self.loss(w, alphas, batches.train, Wanted.WEIGHTS), state.weights
        )
        weights, weights_optimizer = self.weights_optimizer.stateless_apply(
            state.weights_optimizer, gradients, state.weights
        )
        return StepOutput(SearchState(weights, alphas, weights_optimizer, alphas_optimizer), loss, auxiliary)

    def alphas_gradient(self, state: SearchState, batches: Batches) -> Tensors:
        """The gradient that moves the alphas, in their shapes."""
        if self.order == 1:
            return first_order(self.loss, state.weights, state.alphas, batches.valid)
        optimizer = self.weights_optimizer
        assert isinstance(optimizer, MomentumSGD)  # __post_init__ saw to it
        return second_order(
            self.loss,
            state.weights,
            state.alphas,
            batches,
            unroll=lambda g: optimizer.unrolled(state.weights, g, state.weights_optimizer),
            learning_rate=optimizer.learning_rate_of(state.weights_optimizer),
            product=self.product,
        )


def _where(condition: Tensor, new: Tensors, old: Tensors) -> Tensors:
    return [ops.where(condition, a, ops.cast(b, a.dtype)) for a, b in zip(new, old, strict=True)]
