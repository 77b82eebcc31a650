"""Pictures of a search, from tables such as a search writes."""

import pytest

from kerasnas.errors import ResultsError
from kerasnas.report.cell_graph import GraphEdge, edges_of_text
from kerasnas.report.darts import plot_cells, plot_search, read_cells
from tests.report.searches import CELLS, search_folder


@pytest.fixture
def folder(tmp_path):
    return search_folder(tmp_path)


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
