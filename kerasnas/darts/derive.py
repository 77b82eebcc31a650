"""From the weights of the operations to a discrete cell."""

from collections.abc import Callable, Sequence

import numpy as np

from kerasnas.darts.cell import edge_row
from kerasnas.errors import SettingsError
from kerasnas.genome.cells import Cell, Edge
from kerasnas.genome.genotype import Edges, Genotype

NONE = "none"
SKIP = "skip_connect"
EDGES_PER_NODE = 2

_Picks = list[tuple[int, int]]  # row (edge) and column (operation) of what a cell keeps


def derive(normal: np.ndarray, reduce: np.ndarray, primitives: Sequence[str], max_skips: int | None = None) -> Genotype:
    """Keep each node's two strongest edges, each with its strongest operation (Liu et al. 2019, section 2.4).

    Strength is the softmax weight of the best operation other than none; none still takes its share of the
    softmax. The stronger edge of a node comes first; of equals the earlier.

    Args:
        normal: softmax weights of the normal cell, [edges, operations].
        reduce: of the reduction cell, [edges, operations].
        primitives: names of the operations, in the order of the columns.
        max_skips: at most so many skips in the normal cell, see `cap_skips`; None for any number.

    Raises:
        SettingsError: the weights are not of a cell with two inputs, or none is the only operation.
    """
    nodes = _node_count(normal, reduce, primitives)
    concat = tuple(range(2, 2 + nodes))
    normal = cap_skips(normal, primitives, max_skips, lambda weights: _strongest(weights, nodes, primitives))
    return Genotype(
        strongest_edges(normal, nodes, primitives), concat, strongest_edges(reduce, nodes, primitives), concat
    )


def derive_cell(weights: np.ndarray, primitives: Sequence[str], max_skips: int | None = None) -> Cell:
    """Keep every edge's strongest operation, none among them, as NAS-Bench-201 does.

    Args:
        weights: softmax weights of a cell with one input, [edges, operations].
        primitives: names of the operations, in the order of the columns.
        max_skips: at most so many skips, see `cap_skips`; None for any number.

    Raises:
        SettingsError: the weights are not of a cell with one input.
    """
    counts = [n for n in range(1, 20) if weights.shape == (edge_row(1, n, 0), len(primitives))]
    if not counts:
        raise SettingsError(
            f"derive: weights of shape {weights.shape} are not those of a cell with one input and "
            f"{len(primitives)} operations; expected 6 rows for 3 nodes."
        )
    best = cap_skips(weights, primitives, max_skips, lambda w: list(enumerate(w.argmax(axis=1)))).argmax(axis=1)
    return Cell(
        tuple(
            tuple(Edge(state, primitives[int(best[edge_row(1, node, state)])]) for state in range(node + 1))
            for node in range(counts[0])
        )
    )


def cap_skips(
    weights: np.ndarray, primitives: Sequence[str], most: int | None, pick: Callable[[np.ndarray], _Picks]
) -> np.ndarray:
    """Take the weakest skips out of the choice until at most `most` are kept (Chen et al., P-DARTS, ICCV 2019).

    Args:
        weights: [edges, operations].
        primitives: names of the operations.
        most: how many may stay; None for any number. P-DARTS' and DARTS+' is 2.
        pick: from weights to the (edge, operation) pairs kept.

    Returns:
        The weights, 0 where a skip was taken out.
    """
    if most is None or SKIP not in primitives:
        return weights
    if most < 0:
        raise SettingsError(f"max_skips must be at least 0, found {most}.")
    skip = list(primitives).index(SKIP)
    weights = weights.copy()
    while len(kept := [row for row, column in pick(weights) if column == skip and weights[row, skip] > 0]) > most:
        weights[min(kept, key=lambda row: weights[row, skip]), skip] = 0.0
    return weights


def strongest_edges(weights: np.ndarray, nodes: int, primitives: Sequence[str]) -> Edges:
    """The kept edges of one cell with two inputs; see `derive`."""
    rows = [edge_row(2, node, 0) for node in range(nodes)]
    starts = np.repeat(rows, EDGES_PER_NODE)
    picks = _strongest(weights, nodes, primitives)
    return tuple((primitives[column], int(row - start)) for (row, column), start in zip(picks, starts, strict=True))


def _strongest(weights: np.ndarray, nodes: int, primitives: Sequence[str]) -> _Picks:
    eligible = [i for i, name in enumerate(primitives) if name != NONE]
    kept: _Picks = []
    for node in range(nodes):
        first = edge_row(2, node, 0)
        rows = weights[first : first + 2 + node, eligible]
        order = np.argsort(-rows.max(axis=1), kind="stable")[:EDGES_PER_NODE]
        kept += [(first + int(state), eligible[int(rows[state].argmax())]) for state in order]
    return kept


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
