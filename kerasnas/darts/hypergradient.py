"""The gradient of the validation loss with respect to the alphas (Liu et al. 2019, section 2.3).

A loss here is a pure function `loss(weights, alphas, batch, wanted) -> (scalar, auxiliary)` of lists of
tensors.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

from keras import ops

from kerasnas.darts.backend import load
from kerasnas.darts.outline import Wanted
from kerasnas.darts.vectors import flatten, unflatten

Tensor = Any
Tensors = list[Any]
Loss = Callable[[Tensors, Tensors, Any, Wanted], tuple[Tensor, Any]]

PAPER_STEP = 0.01


class Product(Enum):
    """How the product of the mixed second derivative with a vector is computed."""

    EXACT = "exact"
    FINITE_DIFFERENCE = "finite_difference"


class Batches(NamedTuple):
    """The two batches of one bilevel step.

    Attributes:
        train: what the weights are trained on.
        valid: what the alphas are trained on.
    """

    train: Any
    valid: Any


def first_order(loss: Loss, weights: Tensors, alphas: Tensors, valid: Any) -> Tensors:
    """The gradient of the validation loss at the present weights, as if they did not depend on the alphas."""
    autodiff = load("autodiff")
    _, gradients = autodiff.value_and_grad(lambda a: loss(weights, a, valid, Wanted.ALPHAS), alphas)
    return gradients


def second_order(
    loss: Loss,
    weights: Tensors,
    alphas: Tensors,
    batches: Batches,
    unroll: Callable[[Tensors], Tensors],
    learning_rate: Tensor,
    product: Product,
) -> Tensors:
    """The gradient of the validation loss after one step of the weights, which depends on the alphas.

    With w' the weights after the step, r its learning rate and H the mixed second derivative of the training
    loss: d_alpha L_valid(w', alpha) - r H d_w' L_valid(w', alpha).

    Args:
        loss: see the module.
        weights: where the step starts.
        alphas: where the gradient is taken.
        batches: of this step.
        unroll: from the gradients of the training loss to w'.
        learning_rate: of that step.
        product: how H is applied.
    """
    autodiff = load("autodiff")
    _, gradients = autodiff.value_and_grad(lambda w: loss(w, alphas, batches.train, Wanted.WEIGHTS), weights)
    unrolled = autodiff.stop_gradient(unroll(gradients))
    count = len(weights)
    _, direct = autodiff.value_and_grad(
        lambda both: loss(both[:count], both[count:], batches.valid, Wanted.BOTH), unrolled + list(alphas)
    )
    apply = exact_product if product is Product.EXACT else finite_difference_product
    indirect = apply(loss, weights, alphas, batches.train, direct[:count])
    return [d - ops.cast(learning_rate, d.dtype) * h for d, h in zip(direct[count:], indirect, strict=True)]


def exact_product(loss: Loss, weights: Tensors, alphas: Tensors, batch: Any, vector: Tensors) -> Tensors:
    """The mixed second derivative of `loss` on `batch` times `vector`, by differentiating twice."""

    def value(inner: Tensors, outer: Tensors) -> Tensor:
        return loss(inner, outer, batch, Wanted.BOTH)[0]

    return load("autodiff").mixed_hessian_vector(value, list(weights), list(alphas), list(vector))


def finite_difference_product(
    loss: Loss, weights: Tensors, alphas: Tensors, batch: Any, vector: Tensors, step: float = PAPER_STEP
) -> Tensors:
    """The same product by a central difference of the alphas' gradient along `vector` (equation 8).

    `step` is the length of the move in the space of the weights, to each side.
    """
    autodiff = load("autodiff")
    direction, start = flatten(vector), flatten(weights)
    epsilon = step / ops.sqrt(ops.sum(ops.square(direction)))

    def gradient(point: Tensor) -> Tensors:
        moved = unflatten(point, weights)
        return autodiff.value_and_grad(lambda a: loss(moved, a, batch, Wanted.ALPHAS), alphas)[1]

    ahead = gradient(start + epsilon * direction)
    # One pass after the other: side by side they would need the memory of two.
    start = load("kernels").after(start, ahead)
    behind = gradient(start - epsilon * direction)
    return [(a - b) / (2 * epsilon) for a, b in zip(ahead, behind, strict=True)]
