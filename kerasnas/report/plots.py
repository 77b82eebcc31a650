"""Plots with matplotlib, written to a file; the ending of its name decides the format (png, svg, pdf)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kerasnas.errors import ResultsError
from kerasnas.search.candidates import pareto_front
from kerasnas.search.table_climb import Candidate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from kerasnas.estimation.rank_correlation import Agreement
    from kerasnas.report.importance import Importance
    from kerasnas.report.progress import Progress
    from kerasnas.training.epoch import Epoch

FORMATS = (".png", ".svg", ".pdf")
_DECADES_FOR_LOG_AXIS = 10
_BLUE, _ORANGE, _GREY = "#1f5fa8", "#d9600a", "#9aa3ab"
_COLORS = 10
"""Of matplotlib's cycle; what comes after has another marker."""
_MARKERS = "os^D"


def plot_climb(
    candidates: Sequence[Candidate],
    chosen: Candidate | None,
    path: Path,
    *,
    accuracy_label: str,
    size_label: str,
    title: str,
) -> None:
    """Plot size against accuracy, with the Pareto front and the climb's choice marked.

    Args:
        candidates: at least one model.
        chosen: the model to mark, or None.
        path: the file to write.
        accuracy_label, size_label: what the axes show; accuracies are percentages.
        title: stands above the plot.
    """
    figure = new_figure(7.5, 5)
    axes = figure.subplots()
    sizes = [candidate.size for candidate in candidates]
    axes.scatter(sizes, [c.accuracy for c in candidates], s=22, color=_GREY, label=f"{len(candidates)} genomes")
    front = pareto_front(candidates)
    axes.plot(
        [c.size for c in front],
        [c.accuracy for c in front],
        color=_BLUE,
        marker="o",
        markersize=4,
        linewidth=1.2,
        label="Pareto front",
    )
    if chosen is not None:
        axes.scatter(
            [chosen.size],
            [chosen.accuracy],
            s=170,
            marker="*",
            color=_ORANGE,
            zorder=3,
            label=f"hill climb's choice\n{chosen.size:,} {size_label}, {chosen.accuracy:.2f}%",
        )
    if max(sizes) >= _DECADES_FOR_LOG_AXIS * max(min(sizes), 1):
        axes.set_xscale("log")
    axes.set_xlabel(size_label)
    axes.set_ylabel(f"{accuracy_label} (%)")
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.25)
    axes.legend(loc="lower right", fontsize=9)
    save(figure, path)


def plot_history(history: Sequence[Epoch], best_epoch: int, path: Path, *, title: str) -> None:
    """Plot accuracy and loss over the epochs, for training and validation, with the epoch that was kept.

    Args:
        history: at least one epoch.
        best_epoch: the epoch, from 1, whose weights were kept.
        path: the file to write.
        title: stands above the plots.
    """
    figure = new_figure(9, 3.8)
    epochs = [epoch.epoch for epoch in history]
    for axes, quantity, label in zip(
        figure.subplots(1, 2), ("accuracy", "loss"), ("accuracy (%)", "loss"), strict=True
    ):
        for part, color in (("training", _BLUE), ("validation", _ORANGE)):
            axes.plot(
                epochs,
                [getattr(epoch, f"{part}_{quantity}") for epoch in history],
                color=color,
                marker="o",
                markersize=3,
                label=part,
            )
        axes.axvline(best_epoch, color=_GREY, linestyle="--", linewidth=1, label=f"kept: epoch {best_epoch}")
        axes.set_xlabel("epoch")
        axes.set_ylabel(label)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.25)
        axes.legend(fontsize=9)
    figure.suptitle(title, fontsize=10)
    save(figure, path)


def plot_progress(lines: Sequence[Progress], path: Path, *, x_label: str, title: str) -> None:
    """Plot the best accuracy so far, a line a strategy, with a band from the worst of its runs to the best.

    Args:
        lines: at least one.
        path: the file to write.
        x_label: what they go against.
        title: stands above.
    """
    figure = new_figure(7.5, 5)
    axes = figure.subplots()
    for line in lines:
        (drawn,) = axes.step(line.x, line.mean, where="post", label=f"{line.name} ({line.runs})")
        axes.fill_between(line.x, line.low, line.high, step="post", alpha=0.2, color=drawn.get_color())
    axes.set_xlabel(x_label)
    axes.set_ylabel("best validation accuracy so far (%)")
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.25)
    axes.legend(title="strategy (runs)", fontsize=9)
    save(figure, path)


def plot_importance(found: Importance, path: Path, *, title: str) -> None:
    """Plot the permutation importance of each gene, the weightiest on top, with its spread over the folds.

    Args:
        found: of at least one gene.
        path: the file to write.
        title: stands above.
    """
    figure = new_figure(7.5, 1.2 + 0.25 * len(found.genes))
    axes = figure.subplots()
    names, means, spreads = zip(*reversed(found.genes), strict=True)
    axes.barh(names, means, xerr=spreads, color=_BLUE, ecolor=_GREY)
    axes.set_xlabel(f"loss in R² where the gene is shuffled (R² on genomes held out: {found.r2:.2f})")
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.25, axis="x")
    save(figure, path)


def plot_agreement(table: Sequence[Agreement], path: Path) -> None:
    """Plot Kendall's tau of each estimate, with the middle 95% of its bootstrap, against its share of the cost.

    Args:
        table: at least one row.
        path: the file to write.
    """
    figure = new_figure(8, 5)
    axes = figure.subplots()
    for number, row in enumerate(table):
        axes.errorbar(
            row.cost,
            row.tau,
            yerr=[[max(0.0, row.tau - row.low)], [max(0.0, row.high - row.tau)]],
            marker=_MARKERS[number // _COLORS % len(_MARKERS)],
            capsize=3,
            linewidth=1,
            label=row.estimator,
        )
    axes.axvline(0.1, color=_GREY, linestyle="--", linewidth=1)
    axes.axhline(0.7, color=_GREY, linestyle="--", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlabel("CPU time, as a share of full training")
    axes.set_ylabel("Kendall's tau against full training")
    axes.set_title(f"{table[0].genomes} genomes; dashed: a tenth of the cost, tau 0.7", fontsize=10)
    axes.grid(alpha=0.25)
    axes.legend(fontsize=8)
    save(figure, path)


def check_format(path: Path) -> None:
    """Raise `ResultsError` where the name of a plot's file ends in no known format."""
    if path.suffix.lower() not in FORMATS:
        raise ResultsError(f"{path}: a plot's file must end in {', '.join(FORMATS)}")


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of so many inches, which needs no screen."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a figure to `path`; raises `ResultsError` where that cannot be."""
    check_format(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=130)
    except OSError as error:
        raise ResultsError(
            f"{path}: the plot cannot be written ({error.strerror or error}); name another --out"
        ) from None


def svg_text(figure: Figure) -> str:
    """Return a figure as the text of an SVG."""
    written = io.StringIO()
    figure.savefig(written, format="svg")
    return written.getvalue()
