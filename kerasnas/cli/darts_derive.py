"""`kerasnas darts derive`: the genome that a search has come to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.darts_search import Table, derived, read_table, report
from kerasnas.cli.output import note

Folder = Annotated[Path, typer.Argument(help="Folder of a search.", show_default=False)]


def derive(
    folder: Folder,
    max_skips: Annotated[int | None, typer.Option(help="Cap on the cell's skips.", show_default=False)] = None,
    perturbation: Annotated[
        bool, typer.Option("--perturbation", help="Choose operations by what their removal costs (DARTS-PT).")
    ] = False,
    tune_epochs: Annotated[int, typer.Option(help="Of the weights after each edge, with --perturbation.")] = 5,
    data_dir: options.DataDir = None,
    table: Table = None,
    plots: Annotated[bool, typer.Option(help="Draw the alphas and the cells into the folder.")] = True,
    json: options.Json = False,
) -> None:
    """Print the genome derived from the newest epoch of a search.

    Example: kerasnas darts derive runs/darts --max-skips 2
    """
    from kerasnas.training.quiet import import_backend_quietly

    import_backend_quietly()
    from kerasnas.darts.run import SearchRun

    run = SearchRun(folder)
    known = read_table(table) if table else None
    strengths = None
    if perturbation:
        from kerasnas.cli.data_options import load_data

        strengths = run.select_by_perturbation(
            load_data(run.settings.dataset, data_dir, run.settings.selection),
            tune_epochs,
            lambda cell, edge, operation: note(f"{cell}, edge {edge}: {operation}"),
        )
    report(derived(run, known, strengths, max_skips), json)
    if plots:
        from kerasnas.report.darts import plot_search

        for path in plot_search(folder):
            note(f"{path} written")
