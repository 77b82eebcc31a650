"""The files of a benchmark: its figures as CSV, and the regret curves as a plot."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import astuple, fields
from itertools import chain
from pathlib import Path

from kerasnas.errors import ResultsError
from kerasnas.search.benchmark import Benchmark, Point

_SMALLEST_REGRET = 0.01
"""The floor of the logarithmic axis, in points of accuracy: a regret of zero has no logarithm."""


def write_benchmark(benchmark: Benchmark, folder: str | Path) -> list[Path]:
    """Write `summary.csv` (the budgets), `curves.csv` (every evaluation) and `regret.png`; return their paths.

    Raises:
        ResultsError: the folder cannot be written.
    """
    folder = Path(folder)
    paths = [folder / name for name in ("summary.csv", "curves.csv", "regret.png")]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_points(benchmark.points, paths[0])
        _write_points(chain.from_iterable(benchmark.curves.values()), paths[1])
        _plot_regret(benchmark, paths[2])
    except OSError as error:
        raise ResultsError(f"{folder}: cannot be written ({error.strerror or error}); name another --out") from None
    return paths


def _write_points(points: Iterable[Point], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in fields(Point))
        for point in points:
            writer.writerow(f"{value:.4f}" if isinstance(value, float) else value for value in astuple(point))


def _plot_regret(benchmark: Benchmark, path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 5), layout="constrained")
    axes = figure.subplots()
    for name, curve in benchmark.curves.items():
        regrets = [max(point.regret, _SMALLEST_REGRET) for point in curve]
        axes.plot([point.evaluations for point in curve], regrets, label=name, linewidth=1.4)
    runs = next(iter(benchmark.curves.values()))[0].runs
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="distinct evaluations",
        ylabel=f"regret of {benchmark.select}, points (mean of {runs} runs)",
        title=f"{benchmark.table}, seeds from {benchmark.seed}",
    )
    axes.grid(which="both", alpha=0.25)
    axes.legend()
    figure.savefig(path, dpi=150)
