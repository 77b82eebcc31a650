"""The `kerasnas` command. Each subcommand lies in a file of its own; nothing here imports a backend."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from kerasnas._version import __version__
from kerasnas.cli import (
    benchmark,
    code,
    convert,
    darts_derive,
    darts_diagnose,
    darts_inspect,
    darts_search,
    darts_train,
    evaluate,
    explain,
    export,
    hillclimb,
    inspect,
    plot,
    rank_correlation,
    report,
    sample,
    search,
    show,
    train_genome,
    watch,
)
from kerasnas.cli.output import note
from kerasnas.errors import KerasnasError

INTERRUPTED = 130

app = typer.Typer(
    help="Neural architecture search for Keras: genomes in, trained models and a results table out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("inspect")(inspect.inspect)
app.command("convert")(convert.convert)
app.command("show")(show.show)
app.command("code")(code.code)
app.command("sample")(sample.sample)
app.command("train-genome")(train_genome.train_genome)
app.command("evaluate")(evaluate.evaluate)
app.command("search")(search.search)
app.command("hillclimb")(hillclimb.hillclimb)
app.command("plot")(plot.plot)
app.command("report")(report.report)
app.command("watch")(watch.watch)
app.command("export")(export.export)
app.command("explain")(explain.explain)
app.command("benchmark")(benchmark.benchmark)
app.command("rank-correlation")(rank_correlation.rank_correlation)
darts = typer.Typer(help="Differentiable architecture search.", no_args_is_help=True, rich_markup_mode=None)
darts.command("search")(darts_search.search)
darts.command("derive")(darts_derive.derive)
darts.command("diagnose")(darts_diagnose.diagnose)
darts.command("train")(darts_train.train)
darts.command("inspect")(darts_inspect.inspect)
app.add_typer(darts, name="darts")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"kerasnas {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; errors that the user can mend are one line on stderr and exit status 1."""
    try:
        app(standalone_mode=True)
    except KerasnasError as error:
        note(f"kerasnas: error: {error}")
        sys.exit(1)
    except (KeyboardInterrupt, SystemExit) as end:  # typer makes of Ctrl-C an exit that says nothing
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            raise
        note("kerasnas: interrupted")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
