"""What a report shows of a differentiable search."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from kerasnas.errors import ResultsError
from kerasnas.report.darts import GAP, TRAINED, Strengths, read_cells, read_strengths, read_table, svg_of_cells
from kerasnas.report.page.inputs import RESULT
from kerasnas.results.search_folder import ALPHAS, CELLS, GENOMES, HISTORY, SETTINGS, read_diagnostics

_ACCURACY, _LOSS = "accuracy", "loss"


def search_section(folder: Path) -> dict[str, Any]:
    """Return the section of a search's folder, for the template.

    Its keys: `name`, `settings`, `epochs`, `genome`, `picture` (a data URL of the newest cells), `cells` (their
    text), `gap` (accuracies in percent, by what they are of) and `figures` (Plotly figures by title).

    Raises:
        ResultsError: a table is missing or cannot be read.
    """
    cells = read_cells(folder / CELLS)
    history = read_table(folder / HISTORY)
    strengths = read_strengths(folder / ALPHAS)
    return {
        "name": folder.name,
        "settings": _json(folder / SETTINGS),
        "epochs": len(cells),
        "genome": read_table(folder / GENOMES)[-1]["genome"],
        "picture": _data_url(svg_of_cells(cells[-1], f"after epoch {len(cells)}")),
        "cells": cells[-1],
        "gap": _gap(folder / TRAINED),
        "figures": {
            **{f"Strength of each operation, {name} cell": _heat_map(values) for name, values in strengths.items()},
            **_history_figures(history),
            **{title: _columns(title, rows) for title, rows in read_diagnostics(folder).items() if rows},
        },
    }


def _heat_map(strengths: Strengths) -> dict[str, Any]:
    """A row an edge and operation, a column an epoch; the colour is the softmax of alpha."""
    epochs = sorted({epoch for series in strengths.values() for epoch in series})
    labels = [f"edge {edge} {operation}" for edge, operation in strengths]
    return {
        "data": [
            {
                "type": "heatmap",
                "x": epochs,
                "y": labels,
                "z": [[series.get(epoch) for epoch in epochs] for series in strengths.values()],
                "zmin": 0,
                "colorscale": "Viridis",
                "hovertemplate": "%{y}<br>epoch %{x}: %{z:.3f}<extra></extra>",
            }
        ],
        "layout": {
            "height": 120 + 14 * len(labels),
            "xaxis": {"title": {"text": "epoch"}},
            "yaxis": {"autorange": "reversed", "automargin": True, "tickfont": {"size": 9}, "dtick": 1},
        },
    }


def _history_figures(history: list[dict[str, str]]) -> dict[str, dict[str, Any]]:
    """Return a figure for the accuracies, one for the losses, and one for each other diagnostic that was recorded."""
    names = [name for name in history[0] if name not in ("epoch", "seconds")]
    groups: dict[str, list[str]] = {}
    for name in names:
        kind = next((kind for kind in (_ACCURACY, _LOSS) if kind in name), name)
        groups.setdefault(kind, []).append(name)
    return {f"{kind} over the epochs": _lines(kind, members, history) for kind, members in groups.items()}


def _lines(title: str, names: list[str], history: list[dict[str, str]]) -> dict[str, Any]:
    epochs = [int(row["epoch"]) for row in history]
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": name,
                "x": epochs,
                "y": [float(row[name]) if row[name] else None for row in history],
            }
            for name in names
        ],
        "layout": {"height": 300, "xaxis": {"title": {"text": "epoch"}}, "yaxis": {"title": {"text": title}}},
    }


def _columns(title: str, rows: list[dict[str, float]]) -> dict[str, Any]:
    """The columns of a table as lines over its first."""
    across, *names = rows[0]
    x = [row[across] for row in rows]
    return {
        "data": [
            {"type": "scatter", "mode": "lines+markers", "name": name, "x": x, "y": [row[name] for row in rows]}
            for name in names
        ],
        "layout": {"height": 300, "xaxis": {"title": {"text": across}}, "yaxis": {"title": {"text": title}}},
    }


def _gap(trained: Path) -> dict[str, float]:
    """Return the accuracies on either side of the discretisation gap; empty where they were not measured."""
    if not (trained / GAP).exists():
        return {}
    found = _json(trained / GAP)
    gap = {
        "supernet, validation half": found["supernet_accuracy"],
        "derived part, inherited weights": found["inherited_accuracy"],
    }
    if (trained / RESULT).exists():
        result = _json(trained / RESULT)
        gap["derived network trained, validation"] = result["validation_accuracy"]
        gap["derived network trained, testing"] = result["testing_accuracy"]
    return gap


def _data_url(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return content
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path}: cannot be read as JSON ({error})") from None
