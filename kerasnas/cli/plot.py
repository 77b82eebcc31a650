"""`kerasnas plot`: size against accuracy, as a picture."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kerasnas.cli import options
from kerasnas.cli.hillclimb import DEFAULT_RESTARTS
from kerasnas.cli.output import note, print_json
from kerasnas.errors import ResultsError, SettingsError
from kerasnas.search.fitness import DEFAULT_PENALTY

if TYPE_CHECKING:
    from kerasnas.results import Result

WHAT = ("front", "progress", "time", "genes")


def plot(
    results: Annotated[Path, typer.Argument(help="A results CSV.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(help="A .png, .svg or .pdf; beside the CSV unless set.", show_default=False),
    ] = None,
    what: Annotated[
        str,
        typer.Option(
            help="front: accuracy against size; progress or time: the best so far against trials or seconds; genes: "
            "which matter."
        ),
    ] = "front",
    penalty: Annotated[float, typer.Option(min=0, help="Of the hill climb whose choice is marked.")] = DEFAULT_PENALTY,
    restarts: Annotated[int, typer.Option(min=1, help="Of that hill climb.")] = DEFAULT_RESTARTS,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Plot parameters against testing accuracy, with the Pareto front and the hill climb's choice; or the progress.

    Rows of any but the most frequent protocol, whatever its seed, are left out.

    Example: kerasnas plot results/fashion_mnist_120.csv --out results/fashion_mnist_120.png
    """
    from kerasnas.report.plots import check_format

    if what not in WHAT:
        raise SettingsError(f"--what must be one of {', '.join(WHAT)}, found {what!r}")
    target = out or results.with_suffix(".png")
    check_format(target)
    if what == "front":
        shown = _front(results, target, penalty, restarts, seed)
    elif what == "genes":
        shown = _genes(results, target, seed)
    else:
        shown = _progress(results, target, "trials" if what == "progress" else "seconds")
    if json:
        print_json({"out": str(target), **shown})
    else:
        chosen = f", the hill climb's choice is {shown['chosen']}" if "chosen" in shown else ""
        print(f"{target}: {shown['genomes']} genomes{chosen}")


def _front(results: Path, target: Path, penalty: float, restarts: int, seed: int) -> dict[str, Any]:
    from kerasnas.report.plots import plot_climb
    from kerasnas.results import read
    from kerasnas.search.candidates import comparable
    from kerasnas.search.table_climb import Candidate, climb

    table = comparable(read(results))
    for line in table.notes:
        note(f"note: {line}")
    found = climb(table.candidates, penalty=penalty, restarts=restarts, rng=Random(seed))
    shown = [
        Candidate(row.genome, row.testing_accuracy, row.parameters)
        for row in table.rows
        if row.testing_accuracy is not None and row.parameters is not None
    ]
    chosen = next((candidate for candidate in shown if candidate.genome == found.best.genome), None)
    plot_climb(
        shown,
        chosen,
        target,
        accuracy_label="testing accuracy",
        size_label="parameters",
        title=f"{results.name}: {len(shown)} genomes; chosen by {table.accuracy_column}, penalty {penalty:g}",
    )
    return {"genomes": len(shown), "chosen": found.best.genome}


def _genes(results: Path, target: Path, seed: int) -> dict[str, Any]:
    from kerasnas.genome import parse
    from kerasnas.report.importance import gene_importance
    from kerasnas.report.plots import plot_importance

    rows = [row for row in _of_one_protocol(results) if row.ok and row.validation_accuracy is not None]
    genomes = [parse(row.genome) for row in rows]
    found = gene_importance(genomes, [row.validation_accuracy or 0.0 for row in rows], seed)
    if found.note:
        note(f"note: {found.note}")
    if not found.genes:
        raise ResultsError(f"{results}: {found.note}")
    plot_importance(found, target, title=f"{results.name}: {found.genomes} genomes")
    return {"genomes": found.genomes, "r2": found.r2, "genes": found.genes}


def _progress(results: Path, target: Path, against: str) -> dict[str, Any]:
    from kerasnas.report.plots import plot_progress
    from kerasnas.report.progress import progress_of

    rows = _of_one_protocol(results)
    lines = progress_of([(row, results.name) for row in rows], against)
    if not lines:
        raise ResultsError(f"{results}: no row with a validation accuracy")
    label = "trials" if against == "trials" else "seconds of training"
    plot_progress(lines, target, x_label=label, title=results.name)
    return {"genomes": len(rows), "strategies": [line.name for line in lines]}


def _of_one_protocol(results: Path) -> list[Result]:
    """Return the rows of the most frequent protocol, of all its seeds; the others are passed over and noted."""
    from kerasnas.report.page.conditions import conditions_of
    from kerasnas.report.page.inputs import read_inputs

    rows = read_inputs([results]).rows
    if not rows:
        raise ResultsError(f"{results}: no row to plot")
    first, *others = conditions_of(rows)
    if others:
        note(f"note: {len(rows) - len(first.rows)} rows of {len(others)} other protocols passed over")
    return [rows[number].result for number in first.rows]
