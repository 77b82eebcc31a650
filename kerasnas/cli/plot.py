"""`kerasnas plot`: size against accuracy, as a picture."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.hillclimb import DEFAULT_RESTARTS
from kerasnas.cli.output import note, print_json
from kerasnas.search.fitness import DEFAULT_PENALTY


def plot(
    results: Annotated[Path, typer.Argument(help="A results CSV.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(help="A .png, .svg or .pdf; beside the CSV unless set.", show_default=False),
    ] = None,
    penalty: Annotated[float, typer.Option(min=0, help="Of the hill climb whose choice is marked.")] = DEFAULT_PENALTY,
    restarts: Annotated[int, typer.Option(min=1, help="Of that hill climb.")] = DEFAULT_RESTARTS,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Plot parameters against testing accuracy, with the Pareto front and the hill climb's choice.

    Example: kerasnas plot results/fashion_mnist_120.csv --out results/fashion_mnist_120.png
    """
    from kerasnas.report.plots import check_format, plot_climb
    from kerasnas.results import read
    from kerasnas.search.candidates import comparable
    from kerasnas.search.table_climb import Candidate, climb

    target = out or results.with_suffix(".png")
    check_format(target)
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
    if json:
        print_json({"out": str(target), "genomes": len(shown), "chosen": found.best.genome})
    else:
        print(f"{target}: {len(shown)} genomes, the hill climb's choice is {found.best.genome}")
