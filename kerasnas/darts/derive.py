"""From alphas to a discrete cell."""

from collections.abc import Sequence

import numpy as np

from kerasnas.darts.cell import edge_row
from kerasnas.errors import SettingsError
from kerasnas.genome.genotype import Edges, Genotype

NONE = "none"
EDGES_PER_NODE = 2


def derive(normal: np.ndarray, reduce: np.ndarray, primitives: Sequence[str]) -> Genotype:
    """Keep each node's two strongest edges, each with its strongest operation (Liu et al. 2019, section 2.4).

    Strength is the softmax weight of the best operation other than none; none still takes its share of the
    softmax. The stronger edge of a node comes first; of equals the earlier.

    Args:
        normal: softmax weights of the normal cell, [edges, operations].
        reduce: of the reduction cell, [edges, operations].
        primitives: names of the operations, in the order of the columns.

    Raises:
        SettingsError: the weights are not of a cell with two inputs, or none is the only operation.
    """
    nodes = _node_count(normal, reduce, primitives)
    concat = tuple(range(2, 2 + nodes))
    return Genotype(
        strongest_edges(normal, nodes, primitives), concat, strongest_edges(reduce, nodes, primitives), concat
    )


def strongest_edges(weights: np.ndarray, nodes: int, primitives: Sequence[str]) -> Edges:
    """The kept edges of one cell with two inputs; see `derive`."""
    eligible = [i for i, name in enumerate(primitives) if name != NONE]
    names = [primitives[i] for i in eligible]
    kept: list[tuple[str, int]] = []
    for node in range(nodes):
        first = edge_row(2, node, 0)
        rows = weights[first : first + 2 + node, eligible]
        order = np.argsort(-rows.max(axis=1), kind="stable")[:EDGES_PER_NODE]
        kept += [(names[int(rows[state].argmax())], int(state)) for state in order]
    return tuple(kept)


def _node_count(normal: np.ndarray, reduce: np.ndarray, primitives: Sequence[str]) -> int:
    if set(primitives) <= {NONE}:
        raise SettingsError("primitives: there is nothing to derive where 'none' is the only operation.")
    for nodes in range(1, 20):
        if normal.shape == reduce.shape == (edge_row(2, nodes, 0), len(primitives)):
            return nodes
    raise SettingsError(
        f"derive: weights of shapes {normal.shape} and {reduce.shape} are not those of two cells with two "
        f"inputs and {len(primitives)} operations; expected 14 rows for 4 nodes."
    )
