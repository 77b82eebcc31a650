"""Lists of tensors as one vector and back: few operations for many tensors."""

import math
from collections.abc import Sequence
from typing import Any

from keras import ops

from kerasnas.darts.backend import load

Tensor = Any
Tensors = list[Any]


def flatten(tensors: Tensors) -> Tensor:
    """All numbers of a list of at least one tensor as one vector."""
    return ops.concatenate([t if len(t.shape) == 1 else ops.reshape(t, (-1,)) for t in tensors])


def unflatten(vector: Tensor, like: Tensors) -> Tensors:
    """The inverse of `flatten`, in the shapes of `like`."""
    return unflatten_as(vector, [tuple(t.shape) for t in like])


def unflatten_as(vector: Tensor, shapes: Sequence[tuple[int, ...]]) -> Tensors:
    """The inverse of `flatten`, in these shapes."""
    pieces = load("kernels").split(vector, [math.prod(shape) for shape in shapes])
    return [
        piece if len(shape) == 1 else ops.reshape(piece, shape) for piece, shape in zip(pieces, shapes, strict=True)
    ]
