"""Calls of equal layers traced once: what makes a supernet's graph small and its first step early.

A supernet holds dozens of layers of a few structures. Traced one by one, in every pass of a step, they
make a graph of some 60,000 nodes. Here a structure's first layer serves as the pattern, and the others call
the same traced function with their own weights.
"""

from collections.abc import Callable, Hashable
from enum import Enum
from typing import Any

import keras
from keras import ops

from kerasnas.darts.backend import load
from kerasnas.darts.vectors import flatten, unflatten

Tensor = Any


class Wanted(Enum):
    """Which gradients a pass through the supernet needs; the rest is not computed."""

    BOTH = "weights and alphas"
    WEIGHTS = "weights only"
    ALPHAS = "alphas only"


class OutlinedCalls:
    """The traced functions of one supernet, by the structure of the layer and by what the pass needs.

    Args:
        recompute: whether a gradient computes the inside of a call anew instead of keeping it in memory.
    """

    def __init__(self, recompute: bool = False) -> None:
        self._recompute = recompute
        self._functions: dict[Hashable, Callable[..., Any]] = {}
        self._kernels = load("kernels")

    def __call__(
        self,
        layer: keras.layers.Layer,
        structure: Hashable,
        x: Tensor,
        mixture: Tensor,
        training: bool,
        wanted: Wanted,
    ) -> Tensor:
        """Call `layer(x, mixture, training=training)` by its structure's function.

        Args:
            layer: has the same variables, in the same order, as all layers of this structure.
            structure: equal for layers that compute the same function of their variables and inputs.
            x: [batch, height, width, channels].
            mixture: [edges, operations].
            training: see `BatchNorm`.
            wanted: the gradients that will be asked for.
        """
        key = (structure, training, wanted)
        if key not in self._functions:
            call = _pure_call(layer, training, wanted)
            if self._recompute and training:
                call = self._kernels.recomputed(call)
            self._functions[key] = self._kernels.traced_once(call)
        weights = [ops.convert_to_tensor(v.value) for v in layer.trainable_variables]
        state = [ops.convert_to_tensor(v.value) for v in layer.non_trainable_variables]
        y, packed = self._functions[key](weights, state, x, mixture)
        if packed:
            for variable, value in zip(layer.non_trainable_variables, unflatten(packed[0], state), strict=True):
                variable.assign(value)
        return y


def _pure_call(layer: keras.layers.Layer, training: bool, wanted: Wanted) -> Callable[..., Any]:
    def call(weights: list[Tensor], state: list[Tensor], x: Tensor, mixture: Tensor) -> Any:
        if wanted is Wanted.ALPHAS:
            weights = [ops.stop_gradient(w) for w in weights]
        if wanted is Wanted.WEIGHTS:
            mixture = ops.stop_gradient(mixture)
        y, new_state = layer.stateless_call(weights, state, x, mixture, training=training)
        # Packed, since each result of a function costs its caller nodes of the graph; and without a gradient, lest
        # the function's gradient differentiate the statistics too, to multiply by zero.
        return y, [ops.stop_gradient(flatten(new_state))] if training and new_state else []

    return call
