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

Tensor = Any
Tensors = list[Any]


class Hypernetwork(keras.layers.Layer, ABC):
    """A map from `size` inputs to weights in the shapes of `targets`, as a pure function of its parameters.

    The inputs are distances from a centre, the present architecture. So at inputs of 0 stand the weights of the
    architecture itself, and the rest of the parameters is the response of the weights to a change of it. When the
    centre moves, `recentred` rewrites the parameters so that the map stays the same.

    At the start the response is 0, and the weights are the initial values of the targets.

    Args:
        size: how many inputs.
        targets: the supernet's weights; their values are the start.
        seed: of the initial values of what is drawn.
    """

    def __init__(self, size: int, targets: Sequence[keras.Variable], seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = size
        self.shapes = [tuple(target.shape) for target in targets]
        self.outputs = sum(math.prod(shape) for shape in self.shapes)
        self.make_parameters(targets, keras.random.SeedGenerator(seed))
        self.built = True

    @classmethod
    @abstractmethod
    def count(cls, size: int, shapes: Sequence[tuple[int, ...]]) -> int:
        """Return how many parameters such a hypernetwork has, before it is built."""

    @abstractmethod
    def make_parameters(self, targets: Sequence[keras.Variable], generator: Any) -> None:
        """Create the parameters: the layer's trainable variables."""

    @abstractmethod
    def weights_at(self, parameters: Tensors, inputs: Tensor) -> Tensors:
        """Return the supernet's weights; a pure function.

        Args:
            parameters: values of the trainable variables, in their order.
            inputs: [size], distances from the centre.

        Returns:
            One tensor for each target, in their order and shapes.
        """

    @abstractmethod
    def recentred(self, parameters: Tensors, move: Tensor) -> Tensors:
        """Return the parameters of the same map from a centre that has moved by `move`, [size]."""
