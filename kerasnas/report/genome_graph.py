"""Any genome drawn as a graph, in a picture or in text: its layers from the image on, and its cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from kerasnas.genome import Cell, Gene, Genome, Network
from kerasnas.genome.arguments import abbreviate
from kerasnas.genome.cells import TwoInputCell
from kerasnas.genome.language import format_gene
from kerasnas.model.layer_table import IMAGE, LayerRow, layer_table
from kerasnas.report.cell_graph import draw_cell, graph_of_cell
from kerasnas.report.plots import new_figure, save, svg_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

AnyCell = Cell | TwoInputCell

_BOX_HEIGHT, _BOX_WIDTH, _CELL_HEIGHT, _CELL_WIDTH = 0.62, 4.4, 3.4, 6.5
"""In inches."""
_LONGEST_TITLE = 48


def draw_genome(genome: Genome, network: Network, path: Path) -> None:
    """Draw a genome into a file whose name's ending decides the format: png, svg or pdf.

    Args:
        genome: the architecture.
        network: what it stands for, on some images.
        path: the file to write.

    Raises:
        ResultsError: the name ends in no known format, or the file cannot be written.
    """
    save(_genome_figure(genome, network), path)


def svg_of_genome(genome: Genome, network: Network) -> str:
    """Return the picture of `draw_genome` as the text of an SVG."""
    return svg_text(_genome_figure(genome, network))


def _genome_figure(genome: Genome, network: Network) -> Figure:
    layers, cells = layer_table(genome, network), distinct_cells(genome)
    height = max(_BOX_HEIGHT * (len(layers) + 1), _CELL_HEIGHT * len(cells), 2.0)
    widths = [_BOX_WIDTH, _CELL_WIDTH] if cells else [_BOX_WIDTH]
    figure = new_figure(sum(widths), height)
    grid = figure.add_gridspec(max(1, len(cells)), len(widths), width_ratios=widths)
    _draw_layers(figure.add_subplot(grid[:, 0]), _titles(genome, layers), layers, network)
    for place, (cell, name) in enumerate(cells.items()):
        draw_cell(figure.add_subplot(grid[place, 1]), graph_of_cell(cell), name)
    return figure


def text_of_genome(genome: Genome, network: Network) -> str:
    """Return a genome drawn in lines of text, for a terminal."""
    layers = layer_table(genome, network)
    titles = ["image", *_titles(genome, layers)]
    width = max(map(len, titles))
    lines = [f"{titles[0]:{width}}  {_shape(network.input_shape)}"]
    for number, (title, row) in enumerate(zip(titles[1:], layers, strict=True)):
        lines += ["  │", f"{title:{width}}  {_shape(row.output_shape):12} {_size(row)}{_from(number, row)}"]
    for cell, name in distinct_cells(genome).items():
        graph = graph_of_cell(cell)
        labels = [graph.label(node) for node in range(graph.nodes)]
        lines += ["", name]
        for edge in graph.edges:
            lines.append(f"  {labels[edge.source]:>4} ── {edge.operation} ─▶ {labels[edge.target]}")
        lines.append(f"  hands on {', '.join(labels[node] for node in graph.outputs)}")
    return "\n".join(lines)


def distinct_cells(genome: Genome) -> dict[AnyCell, str]:
    """Return the different cells of a genome, each with its name and the layers that have it."""
    places: dict[AnyCell, list[tuple[str, int]]] = {}
    for number, gene in enumerate(genome.genes):
        for name, cell in _cells(gene):
            places.setdefault(cell, []).append((name, number + 1))
    return {
        cell: f"{' and '.join(dict.fromkeys(name for name, _ in found))} "
        f"(layer{'s' if len(found) > 1 else ''} {', '.join(str(layer) for _, layer in found)})"
        for cell, found in places.items()
    }


def _cells(gene: Gene) -> Iterator[tuple[str, AnyCell]]:
    for field in fields(gene):
        value = getattr(gene, field.name)
        if isinstance(value, AnyCell):
            yield field.name, value


def _titles(genome: Genome, layers: Sequence[LayerRow]) -> list[str]:
    """Return a short text for each layer: cells, which are drawn, go by their name."""
    short = {}
    for gene in genome.genes:
        text = format_gene(gene)
        short[text] = text
        for name, cell in _cells(gene):
            short[text] = short[text].replace(str(cell), name, 1)
    return [abbreviate(short.get(row.layer, row.layer), _LONGEST_TITLE) for row in layers]


def _draw_layers(axes: Axes, titles: Sequence[str], layers: Sequence[LayerRow], network: Network) -> None:
    """Draw a box a layer from top to bottom, arrows between those that read each other."""
    captions = [f"image\n{_shape(network.input_shape)}"] + [
        f"{title}\n{_shape(row.output_shape)}, {_size(row)}" for title, row in zip(titles, layers, strict=True)
    ]
    axes.set_xlim(-1, 1)
    axes.set_ylim(-len(captions) + 0.5, 0.5)
    for number, row in enumerate(layers):
        for source in row.reads:
            next_to_it = source == number - 1
            axes.annotate(
                "",
                (0, -number - 1),
                (0, -source - 1),
                arrowprops={
                    "arrowstyle": "-|>",
                    "color": "#445",
                    "shrinkA": 13,
                    "shrinkB": 13,
                    "connectionstyle": "arc3,rad=0" if next_to_it else "arc3,rad=0.6",
                },
            )
    for place, caption in enumerate(captions):
        axes.text(
            0, -place, caption, ha="center", va="center", fontsize=8, parse_math=False,
            bbox={"boxstyle": "round,pad=0.4", "facecolor": "#eef2f6", "edgecolor": "#445"},
        )  # fmt: skip
    axes.set_axis_off()


def _from(number: int, row: LayerRow) -> str:
    """Say what a layer reads where that is not the one before it alone."""
    if row.reads == (number - 1,):
        return ""
    return "  reads " + _listed("image" if source == IMAGE else f"layer {source + 1}" for source in row.reads)


def _listed(words: Iterable[str]) -> str:
    return " and ".join(words)


def _shape(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


def _size(row: LayerRow) -> str:
    return f"{row.parameters:,} parameters, {row.macs:,} macs"
