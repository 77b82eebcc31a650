"""What a hypernetwork is: a map phi from the architecture to the weights of the supernet.

Lorraine and Duvenaud, "Stochastic Hyperparameter Optimization through Hypernetworks", 2018, arXiv 1802.09419;
MacKay et al., "Self-Tuning Networks", ICLR 2019, arXiv 1903.03088.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

Tensor = Any
Tensors = list[Any]


class Hypernetwork(keras.layers.Layer, ABC):
    """A map from inputs to weights in the shapes of `targets`, as a pure function of its parameters.

    The first inputs are distances of an architecture from a centre, the present one; the others say how far each knot
    of the preferences is taken, where a search has them (`Preferences.weights`). So at distances of 0 stand the weights
    of the present architecture, and the rest of the map is the response of the weights to a change of it. When the
    centre moves, `recentred` rewrites the parameters so that the map stays the same.

    At the start the response is 0, and the weights are the initial values of the targets.

    The first of the parameters is a matrix with a row for each input and one more, for a constant 1; the inputs enter
    by it alone.

    Args:
        distances: how many of the first inputs there are.
        knots: how many of the others.
        targets: the supernet's weights; their values are the start.
        seed: of the initial values of what is drawn.
    """

    def __init__(
        self, distances: int, knots: int, targets: Sequence[keras.Variable], seed: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.distances, self.size = distances, distances + knots
        self.shapes = [tuple(target.shape) for target in targets]
        self.outputs = sum(math.prod(shape) for shape in self.shapes)
        self.make_parameters(targets, keras.random.SeedGenerator(seed))
        self.built = True

    @classmethod
    @abstractmethod
    def count(cls, size: int, shapes: Sequence[tuple[int, ...]]) -> int:
        """Return how many parameters such a hypernetwork of `size` inputs has, before it is built."""

    @abstractmethod
    def make_parameters(self, targets: Sequence[keras.Variable], generator: Any) -> None:
        """Create the parameters: the layer's trainable variables."""

    @abstractmethod
    def weights_at(self, parameters: Tensors, inputs: Tensor) -> Tensors:
        """Return the supernet's weights; a pure function.

        Args:
            parameters: values of the trainable variables, in their order.
            inputs: [size].

        Returns:
            One tensor for each target, in their order and shapes.
        """

    def recentred(self, parameters: Tensors, moves: Tensor) -> Tensors:
        """Return the parameters of the same map from a centre that has moved.

        Args:
            parameters: values of the trainable variables, in their order.
            moves: of the centre at each knot, [knots, distances]; [1, distances] where there are no knots.
        """
        first, *others = parameters
        shift = ops.matmul(moves, first[: self.distances])
        below = first.shape[0] - self.distances - moves.shape[0]
        return [first + ops.pad(shift, [(self.distances, below), (0, 0)]), *others]


def affine(matrix: Tensor, inputs: Tensor) -> Tensor:
    """Return [inputs, 1] @ matrix."""
    row = ops.concatenate([inputs, ops.ones((1,), inputs.dtype)])
    return ops.matmul(ops.expand_dims(row, 0), matrix)[0]
