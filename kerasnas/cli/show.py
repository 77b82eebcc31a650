"""`kerasnas show`: a genome drawn as a graph."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.output import print_json


def show(
    genome: options.Genome,
    input_shape: options.InputShape = "28,28,1",
    classes: options.Classes = 10,
    out: Annotated[
        Path | None, typer.Option(help="A .svg, .png or .pdf; the terminal unless set.", show_default=False)
    ] = None,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Draw a genome: its layers from the image to the classifier, and the graph of each of its cells.

    Nothing is drawn at random here; --seed is taken so that every command takes it.

    Example: kerasnas show "NC 4 5 sigmoid;RC 64 3 relu;FL gelu" --out genome.svg
    """
    from kerasnas.genome import expand, parse
    from kerasnas.report.genome_graph import draw_genome, text_of_genome

    parsed = parse(genome)
    network = expand(parsed, options.parse_shape(input_shape), classes)
    if out is not None:
        draw_genome(parsed, network, out)
    if json:
        print_json(
            {"genome": str(parsed), "out": None if out is None else str(out), "text": text_of_genome(parsed, network)}
        )
    elif out is None:
        print(text_of_genome(parsed, network))
    else:
        print(f"{out} written")
