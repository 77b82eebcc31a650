"""Pictures of a search, from tables such as a search writes."""

import csv

import pytest

from kerasnas.errors import ResultsError
from kerasnas.report.cell_graph import GraphEdge, edges_of_text
from kerasnas.report.darts import plot_cells, plot_search, read_cells

CELLS = (
    "1:|skip_connect~0|+|none~0|nor_conv_3x3~1|",
    "1:|nor_conv_3x3~0|+|skip_connect~0|nor_conv_3x3~1|",
    "1:|nor_conv_3x3~0|+|skip_connect~0|avg_pool_3x3~1|",
)


def write(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "cells.csv", [{"epoch": i + 1, "cell": "cell", "text": text} for i, text in enumerate(CELLS)])
    rows = [
        {"epoch": epoch, "parameter": name, "edge": edge, "operation": operation, "value": 0.1 * epoch + edge / 10}
        for epoch in (1, 2, 3)
        for name in ("alphas_cell", "strength cell")
        for edge in range(3)
        for operation in ("none", "skip_connect")
    ]
    write(tmp_path / "alphas.csv", rows)
    return tmp_path


def test_text_is_a_graph():
    graph = edges_of_text("2:|sep_conv_3x3~0|skip_connect~1|+|max_pool_3x3~0|dil_conv_5x5~2|")
    assert (graph.inputs, graph.nodes) == (2, 4)
    assert graph.edges[-1] == GraphEdge(2, 3, "dil_conv_5x5")


def test_a_search_is_drawn(folder):
    from PIL import Image

    written = {path.name: path for path in plot_search(folder)}
    assert set(written) == {"alphas.png", "cells.svg", "cells.png", "cells.gif"}
    with Image.open(written["cells.gif"]) as animation:
        assert animation.n_frames == len(CELLS)
    with Image.open(written["alphas.png"]) as image:
        colors = image.convert("RGB").getcolors(maxcolors=1_000_000)
        assert colors is not None
        assert len(colors) > 50
    assert written["cells.svg"].read_text().startswith("<?xml")


def test_another_cell_is_another_picture(folder):
    cells = read_cells(folder / "cells.csv")
    for i in (0, 2):
        plot_cells(cells[i], folder / f"{i}.png")
    assert (folder / "0.png").read_bytes() != (folder / "2.png").read_bytes()


def test_a_folder_without_a_search_is_refused(tmp_path):
    with pytest.raises(ResultsError, match="alphas"):
        plot_search(tmp_path)
