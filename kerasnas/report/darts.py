"""Pictures of a differentiable search, from the tables in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kerasnas.errors import ResultsError
from kerasnas.report.cell_graph import draw_cell, edges_of_text
from kerasnas.report.plots import new_figure, save, svg_text
from kerasnas.results.search_folder import ALPHAS, CELLS, STRENGTH, read_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TRAINED, GAP = "trained", "gap.json"
"""In the folder of a search: what `kerasnas darts train` left, and in that the discretisation gap."""


def plot_search(folder: Path) -> list[Path]:
    """Draw the heat map of the strengths, the newest cells and their course over the epochs.

    Args:
        folder: of a search, with `alphas.csv` and `cells.csv`.

    Returns:
        The files written into the folder: `alphas.png`, `cells.svg`, `cells.png`, `cells.gif`.

    Raises:
        ResultsError: a table is missing or empty, or a picture cannot be written.
    """
    written = [folder / name for name in ("alphas.png", "cells.svg", "cells.png", "cells.gif")]
    heat_map(folder / ALPHAS, written[0])
    cells = read_cells(folder / CELLS)
    for path in written[1:3]:
        plot_cells(cells[-1], path, title=f"after epoch {len(cells)}")
    animate_cells(cells, written[3])
    return written


def read_cells(path: Path) -> list[dict[str, str]]:
    """Return the cells of each epoch, as text by name, that a search wrote."""
    epochs: dict[int, dict[str, str]] = {}
    for row in read_table(path):
        epochs.setdefault(int(row["epoch"]), {})[row["cell"]] = row["text"]
    return [epochs[epoch] for epoch in sorted(epochs)]


Strengths = dict[tuple[str, str], dict[int, float]]
"""What deriving ranks by, by edge and operation, and by epoch."""


def read_strengths(table: Path) -> dict[str, Strengths]:
    """Return the strengths that a search wrote, by name of the cell; raises `ResultsError` where there are none."""
    cells: dict[str, Strengths] = {}
    for row in read_table(table):
        if row["parameter"].startswith(STRENGTH):
            cell = cells.setdefault(row["parameter"][len(STRENGTH) :], {})
            cell.setdefault((row["edge"], row["operation"]), {})[int(row["epoch"])] = float(row["value"])
    if not cells:
        raise ResultsError(f"{table}: no epoch is done yet")
    return cells


def heat_map(table: Path, path: Path) -> None:
    """Draw what deriving ranks by as colour: a row an edge and operation, a column an epoch, a plot a cell."""
    import numpy as np

    cells = read_strengths(table)
    rows = max(len(cell) for cell in cells.values())
    figure = new_figure(6.5 * len(cells), max(3.0, 0.16 * rows))
    grid = figure.subplots(1, len(cells), squeeze=False)[0]
    for axes, (name, cell) in zip(grid, cells.items(), strict=True):
        image = np.array([[series[epoch] for epoch in sorted(series)] for series in cell.values()])
        drawn = axes.imshow(
            image,
            aspect="auto",
            interpolation="nearest",
            cmap="viridis",
            vmin=0,
            extent=(0.5, image.shape[1] + 0.5, len(cell), 0),
        )
        axes.set_yticks([i + 0.5 for i in range(len(cell))])
        axes.set_yticklabels([f"edge {edge} {operation}" for edge, operation in cell], fontsize=5)
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_title(f"{name}: softmax of alpha", fontsize=10)
        figure.colorbar(drawn, ax=axes)
    save(figure, path)


def plot_lines(rows: Sequence[dict[str, float]], path: Path, title: str, *, apart: bool = False) -> None:
    """Draw the columns of a table as lines over its first column, each in a plot of its own where `apart`."""
    across, *columns = rows[0]
    figure = new_figure(3.5 * len(columns) if apart else 6.5, 4)
    grid = figure.subplots(1, len(columns) if apart else 1, squeeze=False)[0]
    for i, column in enumerate(columns):
        axes = grid[i if apart else 0]
        axes.plot([row[across] for row in rows], [row[column] for row in rows], marker="o", label=column)
    for axes in grid:
        axes.set_xlabel(across)
        axes.legend()
    figure.suptitle(title, fontsize=10)
    save(figure, path)


def plot_cells(cells: dict[str, str], path: Path, *, title: str = "") -> None:
    """Draw cells, as text by name, side by side as graphs; the name of the file decides the format."""
    save(_cells_figure(cells, title), path)


def svg_of_cells(cells: dict[str, str], title: str = "") -> str:
    """Return the picture of `plot_cells` as the text of an SVG."""
    return svg_text(_cells_figure(cells, title))


def _cells_figure(cells: dict[str, str], title: str) -> Figure:
    figure = new_figure(6.5 * len(cells), 4)
    for axes, (name, text) in zip(figure.subplots(1, len(cells), squeeze=False)[0], cells.items(), strict=True):
        draw_cell(axes, edges_of_text(text), name)
    figure.suptitle(title, fontsize=10)
    return figure


def animate_cells(epochs: Sequence[dict[str, str]], path: Path, *, per_second: int = 2) -> None:
    """Draw the cells of all epochs as an animated GIF, a picture an epoch, so many a second."""
    from matplotlib.animation import FuncAnimation, PillowWriter

    figure = new_figure(6.5 * len(epochs[0]), 4)
    grid = figure.subplots(1, len(epochs[0]), squeeze=False)[0]

    def draw(i: int) -> None:
        for axes, (name, text) in zip(grid, epochs[i].items(), strict=True):
            axes.clear()
            draw_cell(axes, edges_of_text(text), name)
        figure.suptitle(f"after epoch {i + 1} of {len(epochs)}", fontsize=10)

    animation = FuncAnimation(figure, draw, frames=len(epochs), init_func=lambda: None)
    try:
        animation.save(path, writer=PillowWriter(fps=per_second), dpi=70)
    except OSError as error:
        raise ResultsError(f"{path}: the animation cannot be written ({error.strerror or error})") from None


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a search's table; raises `ResultsError` where it cannot be read, or has none yet."""
    rows = read_rows(path)
    if not rows:
        raise ResultsError(f"{path}: no epoch is done yet")
    return rows
