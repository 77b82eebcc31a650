"""`kerasnas convert`: between genomes and the texts in which papers' code prints cells."""

from __future__ import annotations

from typing import Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.output import print_json
from kerasnas.errors import SettingsError
from kerasnas.genome import Genome, cell_of, parse
from kerasnas.genome.genotype import STYLES, darts_genome, format_genotype, genotype_of
from kerasnas.genome.genotype_text import read_genotype
from kerasnas.genome.nasbench201 import CELLS, WIDTH, read_nasbench201

_TARGETS = ("genome", *STYLES, "nasbench201")
_DARTS_CELLS, _DARTS_CHANNELS = 20, 36


def convert(
    text: Annotated[
        str, typer.Argument(help="A genome, a Genotype(…), or a cell |op~0|+|….", metavar="TEXT", show_default=False)
    ],
    to: Annotated[str, typer.Option(help=f"What to print: {', '.join(_TARGETS)}.")] = "genome",
    channels: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"Of the first cells; {_DARTS_CHANNELS} for a Genotype, {WIDTH} for a cell unless set.",
            show_default=False,
        ),
    ] = None,
    cells: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"How many; {_DARTS_CELLS} for a Genotype, {CELLS} a stage for a cell unless set.",
            show_default=False,
        ),
    ] = None,
    imagenet: Annotated[bool, typer.Option("--imagenet", help="Give a Genotype the stem for large images.")] = False,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Print the genome of cells as DARTS' or NAS-Bench-201's code writes them, or the cells of a genome.

    Nothing is drawn at random here; --seed is taken so that every command takes it.

    Example: kerasnas convert "Genotype(normal=[…], normal_concat=range(2, 6), reduce=[…], reduce_concat=range(2, 6))"
    """
    if to not in _TARGETS:
        raise SettingsError(f"unknown target {to!r}; expected one of {', '.join(_TARGETS)}")
    genome = _read(text.strip(), channels, cells, imagenet)
    converted = _write(genome, to)
    if json:
        print_json({"genome": str(genome), "to": to, "text": converted})
    else:
        print(converted)


def _read(text: str, channels: int | None, cells: int | None, imagenet: bool) -> Genome:
    if "(" in text:
        return darts_genome(read_genotype(text), channels or _DARTS_CHANNELS, cells or _DARTS_CELLS, imagenet)
    if imagenet:
        raise SettingsError("--imagenet is for a Genotype(…); here the stem is part of the network")
    if text.startswith("|"):
        return read_nasbench201(text, cells or CELLS, channels or WIDTH)
    if channels is not None or cells is not None:
        raise SettingsError("--channels and --cells are for a Genotype(…) or a cell; a genome says both itself")
    return parse(text)


def _write(genome: Genome, to: str) -> str:
    if to == "nasbench201":
        return str(cell_of(genome))
    for style in STYLES:
        if style == to:
            return format_genotype(genotype_of(genome), style)
    return str(genome)
