"""Cells: small graphs in NAS-Bench-201's notation, `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`.

Nodes stand between `+`, the edges of a node between `|`; `op~0` is the operation `op` on state 0. The states are the
cell's inputs, numbered from 0, and after them the nodes that are written. A node is the sum of its edges.

A cell of one input hands on its last node. A cell of two inputs names the nodes that it hands on, side by side in
the channels, after an equals sign: `|sep_conv_3x3~0|skip_connect~1|+|max_pool_3x3~0|none~2|=2,3`. Its input 1 is the
cell before it, its input 0 the cell before that.

Source of the notation: Dong and Yang, "NAS-Bench-201", ICLR 2020, arXiv 2001.00326. Of cells with two inputs: Zoph et
al., "Learning Transferable Architectures", CVPR 2018, arXiv 1707.07012.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kerasnas.errors import GenomeError
from kerasnas.genome.arguments import ArgumentError, abbreviate, suggestion

PRIMITIVES = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
"""The operations of NAS-Bench-201's cells, in the order of its table."""

OPERATIONS = (
    *PRIMITIVES,
    "max_pool_3x3",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "sep_conv_7x7",
    "dil_conv_3x3",
    "dil_conv_5x5",
    "conv_7x1_1x7",
)
"""All operations that an edge may carry, by the field's names."""

MAX_NODES = 16
MAX_EDGES = 32
"""Of one node."""

_EDGE = re.compile(r"([A-Za-z0-9_]+)~([0-9]{1,2})", re.ASCII)
_STATE = re.compile(r"[0-9]{1,2}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """One operation on an earlier state."""

    source: int
    primitive: str

    def __str__(self) -> str:
        return f"{self.primitive}~{self.source}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of one input: for each node, from node 1, the edges that it sums, sorted by source.

    `str(cell)` is the canonical text; the last node is the cell's output.
    """

    nodes: tuple[tuple[Edge, ...], ...]

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All edges, node by node."""
        return tuple(edge for node in self.nodes for edge in node)

    def __str__(self) -> str:
        return _write_nodes(self.nodes)


@dataclass(frozen=True, slots=True)
class TwoInputCell:
    """A cell of two inputs: for each node, from node 2, the edges that it sums, sorted by source.

    `str(cell)` is the canonical text.

    Attributes:
        nodes: the edges of each node.
        concat: the nodes whose concatenation is the cell's output, sorted.
    """

    nodes: tuple[tuple[Edge, ...], ...]
    concat: tuple[int, ...]

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All edges, node by node."""
        return tuple(edge for node in self.nodes for edge in node)

    def __str__(self) -> str:
        return f"{_write_nodes(self.nodes)}={','.join(map(str, self.concat))}"


def check_operations(operations: Sequence[str], known: Sequence[str], space: str) -> None:
    """Raise `GenomeError` where the operations that a space chooses from are not some of those known, each once."""
    if not operations or len(set(operations)) != len(operations):
        raise GenomeError(
            f"space {space}: expected at least one operation and none of them twice, found {list(operations)}"
        )
    for operation in operations:
        if operation not in known:
            raise GenomeError(
                f"space {space}: unknown operation {operation!r}, expected one of {', '.join(known)}"
                + suggestion(operation, tuple(known))
            )


@dataclass(frozen=True, slots=True)
class CellText:
    """The argument that is a cell of one input, in any case."""

    name: str = "cell"

    def read(self, word: str) -> Cell:
        """Return the cell that `word` writes; raises `ArgumentError` naming the node and edge at fault."""
        cell = Cell(_read_nodes(word, inputs=1, what=self.name))
        _check_all_read(set(range(1, len(cell.nodes))), cell.edges, self.name)
        return cell


@dataclass(frozen=True, slots=True)
class TwoInputCellText:
    """The argument that is a cell of two inputs, in any case."""

    name: str

    def read(self, word: str) -> TwoInputCell:
        """Return the cell that `word` writes; raises `ArgumentError` naming the node and edge at fault."""
        text, equals, states = word.partition("=")
        nodes = _read_nodes(text, inputs=2, what=self.name)
        if not equals:
            raise ArgumentError(
                f"the {self.name} cell must end in the nodes that it hands on, for example "
                f"={','.join(map(str, range(2, len(nodes) + 2)))}"
            )
        cell = TwoInputCell(nodes, _read_concat(states, len(nodes), self.name))
        _check_all_read(set(range(len(nodes) + 2)) - set(cell.concat), cell.edges, self.name)
        return cell


def _write_nodes(nodes: tuple[tuple[Edge, ...], ...]) -> str:
    return "+".join("".join(f"|{edge}" for edge in node) + "|" for node in nodes)


def _read_nodes(text: str, inputs: int, what: str) -> tuple[tuple[Edge, ...], ...]:
    nodes = text.split("+")
    if len(nodes) > MAX_NODES:
        raise ArgumentError(f"a cell has at most {MAX_NODES} nodes, found {len(nodes)}")
    return tuple(_read_node(node, number, _place(number, what)) for number, node in enumerate(nodes, start=inputs))


def _place(number: int, what: str) -> str:
    return f"node {number} of the {what}" + (" cell" if what != "cell" else "")


def _read_node(text: str, number: int, place: str) -> tuple[Edge, ...]:
    if len(text) < 3 or not (text.startswith("|") and text.endswith("|")):
        raise ArgumentError(f"{place} must be written |op~input|…|, found {abbreviate(text)!r}")
    edges = text[1:-1].split("|")
    if len(edges) > MAX_EDGES:
        raise ArgumentError(f"{place} has {len(edges)} edges; at most {MAX_EDGES} are allowed")
    return tuple(sorted(_read_edge(edge, number, place) for edge in edges))


def _read_edge(text: str, node: int, place: str) -> Edge:
    match = _EDGE.fullmatch(text)
    if match is None:
        raise ArgumentError(f"an edge is written op~input, for example skip_connect~0, found {abbreviate(text)!r}")
    primitive, source = match[1].lower(), int(match[2])
    if primitive not in OPERATIONS:
        raise ArgumentError(
            f"unknown operation {abbreviate(primitive)!r}, expected one of {', '.join(OPERATIONS)}"
            + suggestion(primitive, OPERATIONS)
        )
    if source >= node:
        raise ArgumentError(f"{place} can read nodes 0 to {node - 1} only, found {text!r}")
    return Edge(source, primitive)


def _read_concat(text: str, nodes: int, what: str) -> tuple[int, ...]:
    states = text.split(",")
    for state in states:
        if _STATE.fullmatch(state) is None or not 2 <= int(state) <= nodes + 1:
            raise ArgumentError(
                f"the {what} cell can hand on nodes 2 to {nodes + 1}, separated by commas, found {abbreviate(state)!r}"
            )
    concat = tuple(sorted({int(state) for state in states}))
    if len(concat) < len(states):
        raise ArgumentError(f"the {what} cell hands on a node twice: {abbreviate(text)!r}")
    return concat


def _check_all_read(needed: set[int], edges: tuple[Edge, ...], what: str) -> None:
    unread = needed - {edge.source for edge in edges}
    if unread:
        raise ArgumentError(f"{_place(min(unread), what)} is read by no later node; add an edge or remove it")
