"""Cells: small graphs in NAS-Bench-201's notation, `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`.

Nodes stand between `+`, the edges of a node between `|`; `op~0` is the operation `op` on node 0. Node 0 is the
cell's input, the nodes that are written are numbered from 1, and a node is the sum of its edges.
Source of the notation: Dong and Yang, "NAS-Bench-201", ICLR 2020, arXiv 2001.00326.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kerasnas.genome.arguments import ArgumentError, abbreviate, suggestion

PRIMITIVES = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
"""The operations that an edge may carry, by the field's names."""

MAX_NODES = 16

_EDGE = re.compile(r"([A-Za-z0-9_]+)~([0-9]{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """One operation on the output of an earlier node."""

    source: int
    primitive: str

    def __str__(self) -> str:
        return f"{self.primitive}~{self.source}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: for each node, from node 1, the edges that it sums, sorted by source.

    `str(cell)` is the canonical text; the last node is the cell's output.
    """

    nodes: tuple[tuple[Edge, ...], ...]

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All edges, node by node."""
        return tuple(edge for node in self.nodes for edge in node)

    def __str__(self) -> str:
        return "+".join("".join(f"|{edge}" for edge in node) + "|" for node in self.nodes)


@dataclass(frozen=True, slots=True)
class CellText:
    """The argument that is a cell, in any case."""

    name: str = "cell"

    def read(self, word: str) -> Cell:
        """Return the cell that `word` writes; raises `ArgumentError` naming the node and edge at fault."""
        nodes = word.split("+")
        if len(nodes) > MAX_NODES:
            raise ArgumentError(f"a cell has at most {MAX_NODES} nodes, found {len(nodes)}")
        cell = Cell(tuple(_read_node(text, number) for number, text in enumerate(nodes, start=1)))
        unread = set(range(1, len(nodes))) - {edge.source for edge in cell.edges}
        if unread:
            raise ArgumentError(f"node {min(unread)} of the cell is read by no later node; add an edge or remove it")
        return cell


def _read_node(text: str, number: int) -> tuple[Edge, ...]:
    if len(text) < 3 or not (text.startswith("|") and text.endswith("|")):
        raise ArgumentError(f"node {number} of the cell must be written |op~input|…|, found {abbreviate(text)!r}")
    return tuple(sorted(_read_edge(edge, number) for edge in text[1:-1].split("|")))


def _read_edge(text: str, node: int) -> Edge:
    match = _EDGE.fullmatch(text)
    if match is None:
        raise ArgumentError(f"an edge is written op~input, for example skip_connect~0, found {abbreviate(text)!r}")
    primitive, source = match[1].lower(), int(match[2])
    if primitive not in PRIMITIVES:
        raise ArgumentError(
            f"unknown operation {abbreviate(primitive)!r}, expected one of {', '.join(PRIMITIVES)}"
            + suggestion(primitive, PRIMITIVES)
        )
    if source >= node:
        raise ArgumentError(f"node {node} of the cell can read nodes 0 to {node - 1} only, found {text!r}")
    return Edge(source, primitive)
