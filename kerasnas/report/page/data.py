"""What the page's script needs, as one JSON value: columns of the rows, and figures for each of the conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnas.errors import GenomeError
from kerasnas.genome import Genome, expand, parse
from kerasnas.model.layer_table import layer_table
from kerasnas.report.commands import protocol_options
from kerasnas.report.importance import Importance, gene_importance
from kerasnas.report.page.conditions import Conditions, conditions_of
from kerasnas.report.page.inputs import Row
from kerasnas.report.progress import Progress, progress_of
from kerasnas.results import Protocol

COLUMNS = (
    "genome",
    "status",
    "reason",
    "parameters",
    "macs",
    "seconds",
    "latency_ms",
    "int8_bytes",
    "int8_testing_accuracy",
    "training_accuracy",
    "validation_accuracy",
    "testing_accuracy",
    "strategy",
    "trial",
)
_COLORS = ("#1f77b4", "#d9600a", "#2a9d8f", "#a83279", "#8c6d1f", "#6a5acd", "#b03030", "#4d7c0f", "#0e7490")
_DIGITS = 5


def page_data(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the rows and their conditions.

    Keys: `columns`, a list for each of `COLUMNS` and for `seed`, `file`, `dataset`, `conditions` (its number) and
    `layers` (for each gene of a genome that can be read: shape, parameters, multiply-adds); `curves`, by row;
    `conditions`; `colors`.
    """
    conditions = conditions_of(rows)
    condition_of = {row: number for number, found in enumerate(conditions) for row in found.rows}
    columns: dict[str, list[Any]] = {name: [getattr(row.result, name) for row in rows] for name in COLUMNS}
    columns["seed"] = [row.result.protocol.seed if row.result.protocol else None for row in rows]
    columns["dataset"] = [row.result.protocol.dataset if row.result.protocol else "" for row in rows]
    columns["file"] = [row.file for row in rows]
    columns["conditions"] = [condition_of[number] for number in range(len(rows))]
    genomes = [_genome(row.result.genome) for row in rows]
    layers = [_layers(genome, row.result.protocol) for genome, row in zip(genomes, rows, strict=True)]
    columns["layers"] = layers
    return {
        "columns": columns,
        "curves": {str(number): row.curve for number, row in enumerate(rows) if row.curve},
        "conditions": [_conditions(found, rows, genomes) for found in conditions],
        "colors": _COLORS,
    }


def _genome(text: str) -> Genome | None:
    try:
        return parse(text)
    except GenomeError:
        return None


def _layers(genome: Genome | None, protocol: Protocol | None) -> list[tuple[str, int, int]] | None:
    if genome is None or protocol is None:
        return None
    try:
        network = expand(genome, [int(side) for side in protocol.image_shape.split("x")], protocol.classes)
    except (GenomeError, ValueError):
        return None
    return [("x".join(map(str, row.output_shape)), row.parameters, row.macs) for row in layer_table(genome, network)]


def _conditions(found: Conditions, rows: Sequence[Row], genomes: Sequence[Genome | None]) -> dict[str, Any]:
    members = [(rows[number].result, rows[number].file) for number in found.rows]
    return {
        "label": str(found.protocol).replace(", seed 0", "") if found.protocol else "no stated protocol",
        "options": protocol_options(found.protocol) if found.protocol else "",
        "dataset": found.protocol.dataset if found.protocol else "",
        "rows": len(found.rows),
        "seeds": found.seeds,
        "fronts": found.fronts,
        "chosen": found.chosen,
        "accuracy": found.accuracy,
        "notes": found.notes,
        "figures": {
            "trials": _progress_figure(progress_of(members, "trials"), "trials"),
            "seconds": _progress_figure(progress_of(members, "seconds"), "seconds of training"),
            "importance": _importance_figure(_importance(found, rows, genomes)),
        },
    }


def _importance(found: Conditions, rows: Sequence[Row], genomes: Sequence[Genome | None]) -> Importance:
    known = [
        (genome, accuracy)
        for number in found.rows
        if (genome := genomes[number]) is not None
        and rows[number].result.ok
        and (accuracy := rows[number].result.validation_accuracy) is not None
    ]
    return gene_importance([genome for genome, _ in known], [accuracy for _, accuracy in known])


def _progress_figure(lines: Sequence[Progress], x_title: str) -> dict[str, Any]:
    data: list[dict[str, Any]] = []
    for line, color in zip(lines, _COLORS * (len(lines) // len(_COLORS) + 1), strict=False):
        name = f"{line.name}, {line.runs} run{'s' if line.runs > 1 else ''}"
        if line.runs > 1:
            data.append(
                {
                    "x": _rounded([*line.x, *reversed(line.x)]),
                    "y": _rounded([*line.high, *reversed(line.low)]),
                    "fill": "toself",
                    "fillcolor": color,
                    "opacity": 0.2,
                    "line": {"width": 0},
                    "hoverinfo": "skip",
                    "showlegend": False,
                }
            )
        data.append(
            {
                "x": _rounded(line.x),
                "y": _rounded(line.mean),
                "mode": "lines",
                "name": name,
                "line": {"color": color, "shape": "hv"},
            }
        )
    layout = {
        "xaxis": {"title": {"text": x_title}},
        "yaxis": {"title": {"text": "best validation accuracy so far (%)"}},
    }
    return {"data": data, "layout": layout}


def _importance_figure(found: Importance) -> dict[str, Any]:
    shown = found.genes[:25][::-1]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": [name for name, _, _ in shown],
        "x": _rounded([mean for _, mean, _ in shown]),
        "error_x": {"type": "data", "array": _rounded([spread for _, _, spread in shown])},
        "marker": {"color": _COLORS[0]},
        "hovertemplate": "%{y}: %{x:.3f}<extra></extra>",
    }
    layout = {
        "height": 120 + 22 * len(shown),
        "xaxis": {"title": {"text": "loss in R² where the gene is shuffled"}},
        "yaxis": {"automargin": True, "dtick": 1},
    }
    measured = f"{found.genomes} genomes; R² on genomes held out: {found.r2:.2f}" if found.genes else ""
    return {
        "data": [bars] if shown else [],
        "layout": layout,
        "note": "; ".join(part for part in (measured, found.note) if part),
    }


def _rounded(values: Sequence[float]) -> list[float]:
    return [float(f"{value:.{_DIGITS}g}") for value in values]
