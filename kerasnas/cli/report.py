"""`kerasnas report`: results and searches as one HTML file."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.output import note, print_json
from kerasnas.errors import ResultsError


def report(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            help="Results CSVs; folders of train-genome and of darts search.",
            metavar="RESULTS.csv…",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("report.html"),
    title: Annotated[str, typer.Option(help="What stands above.")] = "Architecture search",
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Write a report: accuracy against cost, progress, which genes matter, failures, protocol; in one file.

    A folder of `kerasnas train-genome` adds its row with the course of its training, a folder of `kerasnas darts
    search` its alphas and cells. The seeds of the report's own drawing are fixed; --seed is taken so that every
    command takes it.

    Example: kerasnas report results/fashion_mnist_120.csv --out report.html
    """
    from kerasnas.report.page import read_inputs, report_page

    found = read_inputs(inputs)
    for line in found.notes:
        note(f"note: {line}")
    if not found.rows and not found.searches:
        raise ResultsError(f"{', '.join(map(str, inputs))}: no row to show; evaluate some genomes first")
    words = ["kerasnas", "report", *map(str, inputs), "--out", str(out), "--title", title]
    page = report_page(found, title, [shlex.join(words)])
    _write(page, out)
    if json:
        print_json({"out": str(out), "rows": len(found.rows), "searches": len(found.searches), "bytes": len(page)})
    else:
        print(f"{out}: {len(found.rows)} rows, {len(found.searches)} differentiable searches")


def _write(page: str, out: Path) -> None:
    """Write the page as a whole, so that a report which is there already is not lost to a full disk or Ctrl-C."""
    part = out.with_name(f"{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_text(page, encoding="utf-8")
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ResultsError(f"{out}: cannot be written ({error.strerror or error}); name another --out") from None
