"""`kerasnas watch`: follows a running search or evaluation by its results file."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.output import print_json
from kerasnas.cli.places import stop_on_terminate
from kerasnas.results import Result

NEWEST = 8


def watch(
    results: Annotated[Path, typer.Argument(help="A results CSV that is being written.", show_default=False)],
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks at the file.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Show how a search gets on: rows, failures, the best genome and how it grew, the newest rows. Ctrl-C ends it.

    In a terminal one picture is kept up to date; in a pipe a new one follows whenever rows were added. The file is
    only read. Nothing is drawn at random here; --seed is taken so that every command takes it.

    Example: kerasnas watch results/mine.csv
    """
    from kerasnas.results import read

    if json or once:
        rows = read(results).results
        if json:
            print_json(figures(rows))
        else:
            print(picture(results, rows))
        return
    stop_on_terminate()
    try:
        _follow(results, every)
    except KeyboardInterrupt:
        return


def _follow(path: Path, every: float) -> None:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console()
    if not sys.stdout.isatty():
        shown = ""
        while True:
            current = _current(path)
            if current != shown:
                print(current, flush=True)
            shown = current
            time.sleep(every)
    with Live(Text(_current(path)), console=console, auto_refresh=False) as live:
        while True:
            live.update(Text(_current(path)), refresh=True)
            time.sleep(every)


def _current(path: Path) -> str:
    """Return the picture of the file as it is, or that there is none yet."""
    from kerasnas.results import read

    if not path.exists() or not path.stat().st_size:
        return f"{path}: waiting for the first row"
    return picture(path, read(path).results)


def figures(rows: list[Result]) -> dict[str, object]:
    """Return what the picture says, for `--json`."""
    from kerasnas.search.candidates import best_result

    best = best_result(rows)
    return {
        "rows": len(rows),
        "failed": sum(not row.ok for row in rows),
        "seconds_of_training": round(sum(row.seconds or 0.0 for row in rows), 1),
        "best": None
        if best is None
        else {
            "genome": best.genome,
            "validation_accuracy": best.validation_accuracy,
            "parameters": best.parameters,
            "trial": best.trial,
        },
    }


def picture(path: Path, rows: list[Result]) -> str:
    """Return the lines that show `rows`."""
    from kerasnas.cli.progress import duration
    from kerasnas.cli.run_view import outcome
    from kerasnas.cli.search_view import curve
    from kerasnas.search.candidates import best_result

    failed = sum(not row.ok for row in rows)
    trained = duration(sum(row.seconds or 0.0 for row in rows))
    lines = [f"{path}: {len(rows)} rows, {failed} failed, {trained} of training"]
    best = best_result(rows)
    if best is not None and best.parameters is not None:
        accuracies = [r.validation_accuracy for r in rows if r.ok and r.validation_accuracy is not None]
        lines += [
            f"best {best.validation_accuracy:.2f}% with {best.parameters:,} parameters: {best.genome}",
            curve(accuracies),
        ]
    lines += ["newest"]
    lines += [
        f"  {'' if row.trial is None else f'[trial {row.trial}] '}{row.genome}  {outcome(row)}"
        for row in rows[: -NEWEST - 1 : -1]
    ]
    return "\n".join(lines)
