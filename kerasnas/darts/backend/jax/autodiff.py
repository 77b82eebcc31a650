"""Gradients of functions over lists of tensors, in JAX; the twin of `backend/tensorflow/autodiff.py`."""

from collections.abc import Callable
from typing import Any

import jax

Tensor = Any
Tensors = list[Any]


def value_and_grad(function: Callable[[Tensors], tuple[Tensor, Any]], at: Tensors) -> tuple[Any, Tensors]:
    """Value and gradient of a scalar function that also returns something else.

    Args:
        function: from a list of tensors to (scalar, anything).
        at: where the gradient is taken.

    Returns:
        ((scalar, anything), gradients in the shapes of `at`); zeros where the scalar does not depend on one.
    """
    return jax.value_and_grad(function, has_aux=True)(at)


def mixed_hessian_vector(
    function: Callable[[Tensors, Tensors], Tensor], inner: Tensors, outer: Tensors, vector: Tensors
) -> Tensors:
    """d/d outer of <d function / d inner, vector>, exactly (forward over reverse).

    Args:
        function: from (inner, outer) to a scalar.
        inner: the tensors that `vector` pairs with.
        outer: the tensors that the result pairs with.
        vector: in the shapes of `inner`.

    Returns:
        The product, in the shapes of `outer`.
    """
    outer_gradient = jax.grad(function, argnums=1)
    return jax.jvp(lambda tensors: outer_gradient(tensors, outer), (inner,), (vector,))[1]


def stop_gradient(tensors: Tensors) -> Tensors:
    """The same values, through which no gradient flows."""
    return [jax.lax.stop_gradient(t) for t in tensors]
