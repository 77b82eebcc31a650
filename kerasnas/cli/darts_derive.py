"""`kerasnas darts derive`: the genome that a search has come to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.darts_front import derived_within, report_front
from kerasnas.cli.darts_search import NO_LIMITS, Table, derived, read_table, report
from kerasnas.cli.data_options import data_of_search
from kerasnas.cli.expand import with_options
from kerasnas.cli.limit_options import LimitOptions
from kerasnas.cli.output import note
from kerasnas.errors import SettingsError

Folder = Annotated[Path, typer.Argument(help="Folder of a search.", show_default=False)]


@with_options
def derive(
    folder: Folder,
    max_skips: Annotated[int | None, typer.Option(help="Cap on the cell's skips.", show_default=False)] = None,
    perturbation: Annotated[
        bool, typer.Option("--perturbation", help="Choose operations by what their removal costs (DARTS-PT).")
    ] = False,
    tune_epochs: Annotated[int, typer.Option(help="Of the weights after each edge, with --perturbation.")] = 5,
    data_dir: options.DataDir = None,
    preference: Annotated[
        float | None,
        typer.Option(help="Weight of the resource, where the search was over a range of them.", show_default=False),
    ] = None,
    front: Annotated[
        bool, typer.Option("--front", help="All networks of a search over a range of preferences, as CSV too.")
    ] = False,
    limits: LimitOptions = NO_LIMITS,
    table: Table = None,
    plots: Annotated[bool, typer.Option(help="Draw the alphas and the cells into the folder.")] = True,
    json: options.Json = False,
) -> None:
    """Print the genome derived from the newest epoch of a search.

    Limits choose among cells: operations then pay for what they cost, at the lowest price that is enough.

    Example: kerasnas darts derive runs/darts --max-skips 2
    """
    from kerasnas.training.quiet import import_backend_quietly

    import_backend_quietly()
    from kerasnas.darts.run import SearchRun

    run = SearchRun(folder)
    if front or preference is not None or (run.settings.preference and limits != NO_LIMITS):
        if perturbation or table is not None or max_skips is not None:
            raise SettingsError(
                "--perturbation, --table and --max-skips are for a search of one architecture; leave them out"
            )
        return report_front(run, data_of_search(run, data_dir), limits, json, preference, front)
    known = read_table(table) if table else None
    strengths = None
    if perturbation:
        strengths = run.select_by_perturbation(
            data_of_search(run, data_dir),
            tune_epochs,
            lambda cell, edge, operation: note(f"{cell}, edge {edge}: {operation}"),
        )
    if limits != NO_LIMITS:
        report(derived_within(run, known, strengths, max_skips, limits, data_of_search(run, data_dir)), json)
    else:
        report(derived(run, known, strengths, max_skips), json)
    if plots:
        from kerasnas.report.darts import plot_search

        for path in plot_search(folder):
            note(f"{path} written")
