"""Gradients of functions over lists of tensors, in TensorFlow; the twin of `backend/jax/autodiff.py`."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

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
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(at)
        value, auxiliary = function(at)
    return (value, auxiliary), _gradient(tape, value, at)


def mixed_hessian_vector(
    function: Callable[[Tensors, Tensors], Tensor], inner: Tensors, outer: Tensors, vector: Tensors
) -> Tensors:
    """d/d outer of <d function / d inner, vector>, exactly (reverse over reverse).

    Args:
        function: from (inner, outer) to a scalar.
        inner: the tensors that `vector` pairs with.
        outer: the tensors that the result pairs with.
        vector: in the shapes of `inner`.

    Returns:
        The product, in the shapes of `outer`.
    """
    with tf.GradientTape(watch_accessed_variables=False) as outer_tape:
        outer_tape.watch(outer)
        with tf.GradientTape(watch_accessed_variables=False) as inner_tape:
            inner_tape.watch(inner)
            value = function(inner, outer)
        gradients = _gradient(inner_tape, value, inner)
        product = tf.add_n([tf.reduce_sum(g * v) for g, v in zip(gradients, vector, strict=True)])
    return _gradient(outer_tape, product, outer)


def stop_gradient(tensors: Tensors) -> Tensors:
    """The same values, through which no gradient flows."""
    return [tf.stop_gradient(t) for t in tensors]


def _gradient(tape: tf.GradientTape, value: Tensor, at: Tensors) -> Tensors:
    return tape.gradient(value, at, unconnected_gradients=tf.UnconnectedGradients.ZERO)
