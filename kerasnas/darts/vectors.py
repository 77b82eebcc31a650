"""Lists of tensors as one vector and back: few operations for many tensors."""

import math
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
    sizes = [math.prod(t.shape) for t in like]
    pieces = load("kernels").split(vector, sizes)
    return [
        piece if len(t.shape) == 1 else ops.reshape(piece, tuple(t.shape))
        for piece, t in zip(pieces, like, strict=True)
    ]
