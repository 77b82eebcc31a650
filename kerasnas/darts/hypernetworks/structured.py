"""A hypernetwork of a few times the supernet's own size: each filter moves along one direction of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasnas.darts.hypernetworks.base import Hypernetwork, affine
from kerasnas.darts.vectors import flatten, unflatten_as

Tensor = Any
Tensors = list[Any]

RANK = 8
MOST = 3
"""At most so many times the supernet's own parameters; the rank is lowered where it takes that."""


class StructuredHypernetwork(Hypernetwork):
    """w = b + d * m, where m = (x Q + q) P has one number for each filter: a low-rank response along learnt directions.

    A filter here is what makes one output channel. Self-Tuning Networks scale a shared base per channel; in a
    supernet whose every convolution ends in a batch norm such a scale has no effect at all. So a filter's direction d
    is a second set of weights, and the architecture decides how far each filter goes along it. The filters share
    `rank` features x Q + q of the architecture.

    Parameters: [size + 1, rank], whose last row is q; P, [rank, filters]; b and d, each [weights].
    """

    @classmethod
    def count(cls, size: int, shapes: Sequence[tuple[int, ...]]) -> int:
        """See `Hypernetwork`."""
        return 2 * sum(map(math.prod, shapes)) + rank_for(size, shapes) * (size + 1 + filter_count(shapes))

    def make_parameters(self, targets: Sequence[keras.Variable], generator: Any) -> None:
        """See `Hypernetwork`."""
        rank = rank_for(self.size, self.shapes)
        self.filter_of = filters_of_weights(self.shapes)
        values = [ops.convert_to_tensor(t.value) for t in targets]
        spreads = np.concatenate([np.full(math.prod(v.shape), spread(v)) for v in values])
        # So that features of an input of length 1 have length 1.
        start = keras.initializers.RandomNormal(stddev=1 / math.sqrt(rank), seed=generator)
        self.features = self.add_weight(shape=(self.size + 1, rank), initializer=start, name="features")
        self.reach = self.add_weight(shape=(rank, filter_count(self.shapes)), initializer="zeros", name="reach")
        self.base = self.add_weight(shape=(self.outputs,), initializer="zeros", name="base")
        self.base.assign(flatten(values))
        self.direction = self.add_weight(shape=(self.outputs,), initializer="zeros", name="direction")
        drawn = keras.random.normal((self.outputs,), dtype=self.direction.dtype, seed=generator)
        self.direction.assign(drawn * ops.cast(spreads, self.direction.dtype))

    def weights_at(self, parameters: Tensors, inputs: Tensor) -> Tensors:
        """See `Hypernetwork`."""
        features, reach, base, direction = parameters
        moves = ops.matmul(ops.expand_dims(affine(features, inputs), 0), reach)[0]
        return unflatten_as(base + direction * ops.take(moves, self.filter_of), self.shapes)


def rank_for(size: int, shapes: Sequence[tuple[int, ...]]) -> int:
    """Return the rank: `RANK`, or less where the parameters would be over `MOST` times the weights; at least 1."""
    weights = sum(map(math.prod, shapes))
    return max(1, min(RANK, (MOST - 2) * weights // (size + 1 + filter_count(shapes))))


def filter_count(shapes: Sequence[tuple[int, ...]]) -> int:
    """Return how many filters weights of these shapes have."""
    return sum(math.prod(_filter_shape(shape)) for shape in shapes)


def filters_of_weights(shapes: Sequence[tuple[int, ...]]) -> np.ndarray:
    """Return the number of the filter that each weight belongs to, [weights]."""
    numbers, first = [], 0
    for shape in shapes:
        filters = _filter_shape(shape)
        count = math.prod(filters)
        numbers.append(np.broadcast_to(first + np.arange(count).reshape(filters), shape).ravel())
        first += count
    return np.concatenate(numbers).astype("int32")


def _filter_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape with 1 along the axes that a filter covers.

    Depthwise kernels are [k, k, channels, 1], other kernels [k, k, in, out], [in, copies, out] or [in, out].
    """
    if len(shape) == 4:
        return (1, 1, shape[2], 1) if shape[3] == 1 else (1, 1, 1, shape[3])
    return shape if len(shape) < 2 else (1, *shape[1:])


def spread(value: Tensor) -> float:
    """Return the standard deviation of a target's initial values; 0 for those that start alike, as batch norm's do."""
    return float(np.std(ops.convert_to_numpy(value)))
