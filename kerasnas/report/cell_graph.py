"""A cell drawn as a graph with matplotlib alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kerasnas.genome.cells import Cell, TwoInputCell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = {
    "none": "#cccccc",
    "skip_connect": "#9aa3ab",
    "max_pool_3x3": "#7a5fa8",
    "avg_pool_3x3": "#a87ac0",
    "sep_conv_3x3": "#1f5fa8",
    "sep_conv_5x5": "#123f75",
    "dil_conv_3x3": "#2a9d8f",
    "dil_conv_5x5": "#1b6b61",
    "nor_conv_1x1": "#e0a030",
    "nor_conv_3x3": "#d9600a",
}


class GraphEdge(NamedTuple):
    """One operation between two nodes, each by its number: inputs first, from 0."""

    source: int
    target: int
    operation: str


class Graph(NamedTuple):
    """A cell as a graph.

    Attributes:
        inputs: how many of the first nodes are the cell's inputs.
        nodes: how many nodes there are, inputs among them.
        edges: the operations.
        outputs: the nodes that the cell hands on, where they are known.
    """

    inputs: int
    nodes: int
    edges: tuple[GraphEdge, ...]
    outputs: tuple[int, ...] = ()

    def label(self, node: int) -> str:
        """Return what a node is called in a drawing."""
        return f"in {node}" if node < self.inputs else str(node)


def graph_of_cell(cell: Cell | TwoInputCell) -> Graph:
    """Return the graph of a cell of a genome."""
    inputs, outputs = (2, cell.concat) if isinstance(cell, TwoInputCell) else (1, (len(cell.nodes),))
    edges = tuple(
        GraphEdge(edge.source, number, edge.primitive)
        for number, node in enumerate(cell.nodes, start=inputs)
        for edge in node
    )
    return Graph(inputs, inputs + len(cell.nodes), edges, outputs)


def edges_of_text(text: str) -> Graph:
    """Return the graph that `text` writes: `INPUTS:` and then a cell, `|op~source|op~source|+|...|`."""
    inputs_text, _, cell = text.partition(":")
    inputs = int(inputs_text)
    edges = []
    nodes = cell.split("+")
    for number, node in enumerate(nodes):
        for edge in node.strip("|").split("|"):
            operation, _, source = edge.partition("~")
            edges.append(GraphEdge(int(source), inputs + number, operation))
    return Graph(inputs, inputs + len(nodes), tuple(edges))


def draw_cell(axes: Axes, graph: Graph, title: str) -> None:
    """Draw a graph: inputs on the left, each later node to the right, an arc an edge with its operation.

    Args:
        axes: to draw on.
        graph: the cell.
        title: stands above.
    """
    places = _places(graph)
    # Before the arcs: where their middles lie depends on the scale of the axes.
    axes.set_xlim(-0.6, max(x for x, _ in places) + 0.6)
    axes.set_ylim(-1.6, 1.6)
    for edge in graph.edges:
        (x0, y0), (x1, y1) = places[edge.source], places[edge.target]
        bend = 0.0 if edge.target - edge.source == 1 else -0.28 if edge.source % 2 else 0.28
        color = COLORS.get(edge.operation, "#333333")
        axes.annotate(
            "",
            (x1, y1),
            (x0, y0),
            arrowprops={
                "arrowstyle": "-|>",
                "color": color,
                "linewidth": 1.6,
                "linestyle": ":" if edge.operation == "none" else "-",
                "shrinkA": 11,
                "shrinkB": 11,
                "connectionstyle": f"arc3,rad={bend}",
            },
        )
        axes.text(
            *_middle_of_arc(axes, (x0, y0), (x1, y1), bend), edge.operation,
            fontsize=6, color=color, ha="center", va="center",
            bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
        )  # fmt: skip
    for node, (x, y) in enumerate(places):
        handed_on = node in graph.outputs
        axes.text(
            x, y, graph.label(node), ha="center", va="center", fontsize=8,
            bbox={
                "boxstyle": "circle,pad=0.35",
                "facecolor": "#dbe7f5" if handed_on else "#eef2f6",
                "edgecolor": "#123f75" if handed_on else "#445",
                "linewidth": 2.0 if handed_on else 1.0,
            },
        )  # fmt: skip
    axes.set_axis_off()
    axes.set_title(title, fontsize=10)


def _middle_of_arc(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], bend: float
) -> tuple[float, float]:
    """The middle of matplotlib's `arc3`: half of its bend off the chord, which it measures on the screen."""
    (x0, y0), (x1, y1) = axes.transData.transform([start, end])
    middle = (x0 + x1) / 2 + bend / 2 * (y1 - y0), (y0 + y1) / 2 - bend / 2 * (x1 - x0)
    x, y = axes.transData.inverted().transform(middle)
    return float(x), float(y)


def _places(graph: Graph) -> list[tuple[float, float]]:
    """The places of the nodes: inputs above one another, later nodes in a zigzag to the right."""
    places = [(0.0, 0.8 - 1.6 * i if graph.inputs > 1 else 0.0) for i in range(graph.inputs)]
    for i in range(graph.nodes - graph.inputs):
        places.append((1.0 + i, 0.45 * (-1) ** i))
    return places
