"""HyperDARTS-1: a linear regression from all alphas to all weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from kerasnas.darts.hypernetworks.base import Hypernetwork, affine
from kerasnas.darts.vectors import flatten, unflatten_as

Tensor = Any
Tensors = list[Any]


class LinearHypernetwork(Hypernetwork):
    """w = b + W x: exact where the best response is affine in the architecture, as in quadratic problems.

    Parameters: one matrix [size + 1, weights], whose last row is b. One matrix, so that the optimizer needs no copy.
    """

    @classmethod
    def count(cls, size: int, shapes: Sequence[tuple[int, ...]]) -> int:
        """See `Hypernetwork`."""
        return (size + 1) * sum(map(math.prod, shapes))

    def make_parameters(self, targets: Sequence[keras.Variable], generator: Any) -> None:
        """See `Hypernetwork`."""
        self.matrix = self.add_weight(shape=(self.size + 1, self.outputs), initializer="zeros", name="matrix")
        start = ops.expand_dims(flatten([ops.convert_to_tensor(t.value) for t in targets]), 0)
        self.matrix.assign(ops.pad(start, [(self.size, 0), (0, 0)]))

    def weights_at(self, parameters: Tensors, inputs: Tensor) -> Tensors:
        """See `Hypernetwork`."""
        return unflatten_as(affine(parameters[0], inputs), self.shapes)
