"""Everything that leaves one state of a cell: all its edges, all their operations, mixed."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasnas.darts.backend import load
from kerasnas.darts.edges import ConvolutionEdges, SeparableEdges
from kerasnas.darts.layers import BatchNorm, FactorizedReduce
from kerasnas.darts.pixels import every_second, join_phases, pool, split_phases
from kerasnas.darts.primitives import Kind, Primitive

Tensor = Any
Scales = dict[str, Any]

_DILATION = 2  # of every dilated primitive; the split into phases is for this distance


class StateEdges(keras.layers.Layer):
    """The mixed operations on all edges that leave one state (Liu et al. 2019, equation 2).

    What does not depend on the edge runs once: the ReLU, the pools, the split into phases. What does runs
    as one grouped operation over the edges.

    Args:
        primitives: the operations of each edge, in the order of alpha's columns.
        channels: channels of the state, and of each edge's output.
        edges: number of edges that leave the state.
        stride: 1, or 2 in a reduction cell's edges from its inputs.
        pool_norm: whether a batch norm follows a pool; DARTS has one, NAS-Bench-201 has none.

    Call arguments:
        x: [batch, height, width, channels].
        mixture: [edges, operations], the softmax of alpha.
        training: see `BatchNorm`.

    Returns:
        [batch, height', width', edges * channels], one edge after the other.
    """

    def __init__(
        self,
        primitives: Sequence[Primitive],
        channels: int,
        edges: int,
        stride: int,
        pool_norm: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.structure = (tuple(primitives), channels, edges, stride, pool_norm)
        self._kernels = load("kernels")
        self._channels, self._edges, self._stride = channels, edges, stride
        self._column = {primitive.name: i for i, primitive in enumerate(primitives)}
        self._separable = [p for p in primitives if p.kind is Kind.SEPARABLE]
        self._convolutions = [p for p in primitives if p.kind is Kind.CONVOLUTION]
        self._pools = [p for p in primitives if p.kind in (Kind.AVERAGE_POOL, Kind.MAX_POOL)]
        self._skips = [p for p in primitives if p.kind is Kind.SKIP]
        self.learnt = {
            p.name: (SeparableEdges if p.kind is Kind.SEPARABLE else ConvolutionEdges)(
                p, channels, edges, 1 if p.dilation > 1 else stride
            )
            for p in self._separable + self._convolutions
        }
        self.pool_norms = {p.name: BatchNorm(channels) for p in self._pools} if pool_norm else {}
        self.reductions = (
            {p.name: FactorizedReduce(channels, channels, edges) for p in self._skips} if stride > 1 else {}
        )
        self.built = True

    def call(self, x: Tensor, mixture: Tensor, training: bool = False) -> Tensor:
        """The weighted sum of the operations on each edge; see the class."""
        scales = self._scales(mixture)
        terms = self._learnt_terms(ops.relu(x), scales, training)
        for name, reduction in self.reductions.items():
            terms.append(reduction(x, scale=scales[name], training=training))
        shared = self._shared_terms(x, training)
        if shared:
            terms.append(self._spread(shared, scales))
        return self._kernels.add_all(terms) if terms else self._zeros(x)

    def _scales(self, mixture: Tensor) -> Scales:
        """Each operation's weight on every channel of every edge, [edges * channels]."""
        repeated = mixture[:, None, :] * ops.ones((1, self._channels, 1), mixture.dtype)
        columns = ops.unstack(ops.reshape(repeated, (-1, mixture.shape[1])), axis=1)
        return {name: columns[i] for name, i in self._column.items()}

    def _learnt_terms(self, x: Tensor, scales: Scales, training: bool) -> list[Tensor]:
        """The terms of all operations with convolutions on the state `x`, which has its ReLU applied."""
        terms = [self._apply(p, x, scales, training=training) for p in self._convolutions]
        dense = [p for p in self._separable if p.dilation == 1]
        dilated = [p for p in self._separable if p.dilation > 1]
        if dense:
            repeated = self._repeat(x)
            terms += [self._apply(p, repeated, scales, training=training) for p in dense]
        if dilated:
            terms.append(self._dilated(dilated, x, scales, training))
        return terms

    def _dilated(self, primitives: list[Primitive], x: Tensor, scales: Scales, training: bool) -> Tensor:
        """The sum of the dilated convolutions, which run on phases of the image (`split_phases`)."""
        if self._stride > 1:  # only the phase of even rows and columns reaches the output
            return self._total(primitives, every_second(x), scales, training=training)
        if x.shape[1] % 2 or x.shape[2] % 2:
            return self._total(primitives, x, scales, training=training, spread=_DILATION)
        return join_phases(self._total(primitives, split_phases(x), scales, training=training))

    def _total(self, primitives: list[Primitive], x: Tensor, scales: Scales, **options: Any) -> Tensor:
        repeated = self._repeat(x)
        terms = [self._apply(p, repeated, scales, **options) for p in primitives]
        return self._kernels.add_all(terms)

    def _apply(self, primitive: Primitive, x: Tensor, scales: Scales, **options: Any) -> Tensor:
        return self.learnt[primitive.name](x, scales[primitive.name], **options)

    def _shared_terms(self, x: Tensor, training: bool) -> dict[str, Tensor]:
        """The outputs of the operations without weights, which are the same on every edge."""
        shared = {p.name: pool(x, p, self._stride) for p in self._pools}
        for name, norm in self.pool_norms.items():
            shared[name] = norm(shared[name], training=training)
        if self._stride == 1:
            shared.update({p.name: x for p in self._skips})
        return shared

    def _spread(self, shared: dict[str, Tensor], scales: Scales) -> Tensor:
        """Mix the shared outputs onto every edge by one 1x1 convolution.

        Its kernel holds, for operation o, edge e and channels c and d, the weight of o on e where c = d.
        """
        same_channel = np.tile(np.eye(self._channels), (1, self._edges))
        rows = [ops.convert_to_tensor(same_channel, scales[name].dtype) * scales[name] for name in shared]
        kernel = ops.concatenate(rows)[None, None]
        return self._kernels.conv(ops.concatenate(list(shared.values()), axis=-1), kernel, 1, 0)

    def _repeat(self, x: Tensor) -> Tensor:
        return ops.tile(x, (1, 1, 1, self._edges)) if self._edges > 1 else x

    def _zeros(self, x: Tensor) -> Tensor:
        kept = every_second(x) if self._stride > 1 else x
        return self._repeat(ops.zeros_like(kept))
