"""Edge normalisation (Xu et al., "PC-DARTS", ICLR 2020, arXiv 1907.05737, section 3.3)."""

from __future__ import annotations

from typing import Any

from keras import ops

from kerasnas.darts.options.base import CellShape, Moment, SearchOption

Tensor = Any


class EdgeNormalisation(SearchOption):
    """Each edge has a parameter beta; its softmax over the edges that enter a node multiplies all that they carry.

    Deriving ranks by the product of both softmaxes, so that an edge keeps its rank while the operations sampled
    on it fluctuate.
    """

    stage = 3  # after all that adds to an edge

    def parameters(self, shape: CellShape) -> tuple[int, ...] | None:
        """See `SearchOption`."""
        return (shape.edges,)

    def mix(self, mixture: Tensor, parameter: Tensor, shape: CellShape, moment: Moment) -> Tensor:
        """See `SearchOption`."""
        return mixture * self._weights(parameter, shape)

    def strength(self, mixture: Tensor, parameter: Tensor, shape: CellShape) -> Tensor:
        """See `SearchOption`."""
        return mixture * self._weights(parameter, shape)

    def _weights(self, beta: Tensor, shape: CellShape) -> Tensor:
        """The softmax of beta over each node's edges, [edges, 1]."""
        parts, first = [], 0
        for count in shape.sources:
            parts.append(ops.softmax(beta[first : first + count]) if count > 1 else ops.ones((1,), beta.dtype))
            first += count
        return ops.expand_dims(ops.concatenate(parts), -1)
