"""Partial channel connections (Xu et al., "PC-DARTS", ICLR 2020, arXiv 1907.05737, section 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from kerasnas.darts.options.base import CellShape, MakeEdges, Moment, SearchOption
from kerasnas.darts.primitives import Kind, Primitive
from kerasnas.errors import SettingsError

Tensor = Any


class PartialChannels(SearchOption):
    """One channel in `share` goes through the operations, the others pass by; then the channels are shuffled.

    Saves memory and time, and makes the operations' weights count for less beside the skip. The mixture gets a
    further column, the weight of what passes by.

    Args:
        share: K of the paper; its value is 4.
    """

    stage = 1

    def __init__(self, share: int = 4) -> None:
        if share < 2:
            raise SettingsError(f"PartialChannels: share must be at least 2, found {share}.")
        self.share = share

    def make_edges(self, make: MakeEdges) -> MakeEdges:
        """See `SearchOption`."""

        def made(*arguments: Any, **options: Any) -> keras.layers.Layer:
            return PartialEdges(make, self.share, *arguments, **options)

        return made

    def mix(self, mixture: Tensor, parameter: Tensor, shape: CellShape, moment: Moment) -> Tensor:
        """See `SearchOption`."""
        return ops.concatenate([mixture, ops.ones((mixture.shape[0], 1), mixture.dtype)], axis=-1)


class PartialEdges(keras.layers.Layer):
    """The edges that leave one state, of which only a part of the channels goes through the operations.

    What passes by is halved by a 2x2 max pool where the edges have stride 2, as in the paper.

    Args:
        make: builds the edges of the part.
        share: one channel in so many goes through them.
        primitives, channels, edges, stride, pool_norm: see `StateEdges`.

    Call arguments:
        x: [batch, height, width, channels].
        mixture: [edges, operations + 1]; the last column is the weight of what passes by.
        training: see `BatchNorm`.

    Returns:
        [batch, height', width', edges * channels], one edge after the other.
    """

    def __init__(
        self,
        make: MakeEdges,
        share: int,
        primitives: Sequence[Primitive],
        channels: int,
        edges: int,
        stride: int,
        pool_norm: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        reduced = any(p.kind is Kind.SKIP for p in primitives) and stride > 1
        unit = 2 * share if reduced else share  # a factorized reduction has an even number of channels
        if channels % unit:
            raise SettingsError(f"PartialChannels: {channels} channels is no multiple of {unit}; change channels.")
        self._channels, self._edges, self._stride, self._share = channels, edges, stride, share
        self.part = make(primitives, channels // share, edges, stride, pool_norm)
        self.structure = ("partial", share, channels, self.part.structure)
        self.built = True

    def call(self, x: Tensor, mixture: Tensor, training: bool = False) -> Tensor:
        """The weighted sum on each edge; see the class."""
        mixed = self._channels // self._share
        columns = int(mixture.shape[1]) - 1
        through = self.part(x[..., :mixed], mixture[:, :columns], training=training)
        past = x[..., mixed:]
        if self._stride > 1:
            past = ops.max_pool(past, 2, strides=2, padding="valid", data_format="channels_last")
        _, height, width, _ = through.shape
        through = ops.reshape(through, (-1, height, width, self._edges, mixed))
        past = ops.expand_dims(past, 3) * ops.expand_dims(mixture[:, columns], -1)
        both = ops.concatenate([through, past], axis=-1)
        # Channel c of group g goes to place c * groups + g, so that the next edge's part holds some of each group.
        both = ops.reshape(both, (-1, height, width, self._edges, self._share, mixed))
        both = ops.transpose(both, (0, 1, 2, 3, 5, 4))
        return ops.reshape(both, (-1, height, width, self._edges * self._channels))
