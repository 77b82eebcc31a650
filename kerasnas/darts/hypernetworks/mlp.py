"""HyperDARTS-2: a perceptron with one hidden layer from all alphas to all weights."""

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

# Of the hidden layer's weights: a perturbation, in NAS-Bench-201's space an input of length 3 or so, then moves a
# hidden unit by little more than the nearly straight part of the sigmoid, and does not saturate it.
_SPREAD = 0.5


class PerceptronHypernetwork(Hypernetwork):
    """w = b + V sigmoid(c + U x) / sqrt(hidden), with half as many hidden units as inputs.

    The fixed factor keeps the length of the hidden layer, and so the step that SGD takes in the weights, the same
    for every size.

    Parameters: [size + 1, hidden], whose last row is c, and [hidden + 1, weights], whose last row is b.
    """

    @classmethod
    def count(cls, size: int, shapes: Sequence[tuple[int, ...]]) -> int:
        """See `Hypernetwork`."""
        hidden = hidden_units(size)
        return (size + 1) * hidden + (hidden + 1) * sum(map(math.prod, shapes))

    def make_parameters(self, targets: Sequence[keras.Variable], generator: Any) -> None:
        """See `Hypernetwork`."""
        self.hidden = hidden_units(self.size)
        spread = keras.initializers.RandomNormal(stddev=_SPREAD, seed=generator)
        self.inner = self.add_weight(shape=(self.size + 1, self.hidden), initializer=spread, name="inner")
        self.outer = self.add_weight(shape=(self.hidden + 1, self.outputs), initializer="zeros", name="outer")
        start = ops.expand_dims(flatten([ops.convert_to_tensor(t.value) for t in targets]), 0)
        self.outer.assign(ops.pad(start, [(self.hidden, 0), (0, 0)]))

    def weights_at(self, parameters: Tensors, inputs: Tensor) -> Tensors:
        """See `Hypernetwork`."""
        inner, outer = parameters
        hidden = ops.sigmoid(affine(inner, inputs)) / math.sqrt(self.hidden)
        return unflatten_as(affine(outer, hidden), self.shapes)


def hidden_units(size: int) -> int:
    """Return how many hidden units there are for so many inputs: half, at least one."""
    return max(1, size // 2)
