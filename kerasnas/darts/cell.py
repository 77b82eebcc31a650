"""One cell of a supernet: states, and mixed edges between them."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from kerasnas.darts.backend import load
from kerasnas.darts.options.base import MakeEdges
from kerasnas.darts.outline import OutlinedCalls, Wanted
from kerasnas.darts.primitives import Primitive
from kerasnas.darts.state import StateEdges

Tensor = Any


def edge_count(inputs: int, nodes: int) -> int:
    """Number of edges of a cell in which every node reads all states before it."""
    return sum(inputs + node for node in range(nodes))


def edge_row(inputs: int, node: int, state: int) -> int:
    """Row of alpha that holds the edge from `state` to `node`; rows go node by node, then state by state."""
    return edge_count(inputs, node) + state


class MixedCell(keras.layers.Layer):
    """A cell whose every node is the sum of mixed edges from all states before it.

    Args:
        primitives: the operations of each edge, in the order of alpha's columns.
        channels: channels of every state.
        nodes: number of nodes.
        inputs: number of input states; they come before the nodes.
        reduction: whether the edges from the input states have stride 2.
        pool_norm: whether a batch norm follows a pool.
        outlined: the traced functions, shared by all cells of a supernet.
        make_edges: builds what leaves a state; takes the arguments of `StateEdges`.

    Call arguments:
        states: the input states, each [batch, height, width, channels].
        mixture: [edges, columns], the weights of the operations and what options add; see `edge_row`.
        training: see `BatchNorm`.
        wanted: the gradients that will be asked for.

    Returns:
        The nodes, each [batch, height', width', channels].
    """

    def __init__(
        self,
        primitives: Sequence[Primitive],
        channels: int,
        nodes: int,
        inputs: int,
        reduction: bool = False,
        pool_norm: bool = True,
        outlined: OutlinedCalls | None = None,
        make_edges: MakeEdges = StateEdges,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._channels, self._nodes, self._inputs = channels, nodes, inputs
        self._outlined = outlined or OutlinedCalls()
        self._kernels = load("kernels")
        self.leaving = [
            make_edges(
                primitives,
                channels,
                edges=len(self.destinations(state)),
                stride=2 if reduction and state < inputs else 1,
                pool_norm=pool_norm,
            )
            for state in range(inputs + nodes - 1)
        ]
        self.built = True

    def destinations(self, state: int) -> range:
        """The nodes that read `state`: all that come after it."""
        return range(max(0, state - self._inputs + 1), self._nodes)

    def call(
        self,
        states: Sequence[Tensor],
        mixture: Tensor,
        training: bool = False,
        wanted: Wanted = Wanted.BOTH,
    ) -> list[Tensor]:
        """Compute the nodes; see the class."""
        # What the states so far carry to the nodes still open, side by side in the channels: the first node
        # of it is complete once all states before it have been added.
        mixtures = self._by_state(mixture)
        carried = self._leave(0, states[0], mixtures, training, wanted)
        for state in range(1, self._inputs):
            carried = carried + self._leave(state, states[state], mixtures, training, wanted)
        nodes = []
        for node in range(self._nodes - 1):
            width = self._channels
            complete, carried = self._kernels.split(carried, [width, carried.shape[-1] - width], axis=-1)
            nodes.append(complete)
            carried = carried + self._leave(self._inputs + node, complete, mixtures, training, wanted)
        return [*nodes, carried]

    def _leave(self, state: int, x: Tensor, mixtures: list[Tensor], training: bool, wanted: Wanted) -> Tensor:
        layer = self.leaving[state]
        return self._outlined(layer, layer.structure, x, mixtures[state], training, wanted)

    def _by_state(self, mixture: Tensor) -> list[Tensor]:
        """The rows of the edges that leave each state, [edges of the state, columns]."""
        rows = [
            [edge_row(self._inputs, node, state) for node in self.destinations(state)]
            for state in range(len(self.leaving))
        ]
        sorted_by_state = ops.take(mixture, [row for group in rows for row in group], axis=0)
        return self._kernels.split(sorted_by_state, [len(group) for group in rows])
