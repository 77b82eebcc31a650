"""`kerasnas inspect`: what a genome is, without building it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.output import print_json, print_table
from kerasnas.genome import expand, parse
from kerasnas.genome.arguments import abbreviate
from kerasnas.model.cost import network_cost
from kerasnas.model.layer_table import layer_table


def inspect(
    genome: options.Genome,
    input_shape: options.InputShape = "28,28,1",
    classes: options.Classes = 10,
    auxiliary: Annotated[
        bool, typer.Option("--auxiliary", help="Count the auxiliary head, which stands in training only.")
    ] = False,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Show a genome's canonical text, its layers with their shapes, and its exact cost.

    Nothing is drawn at random here; --seed is taken so that every command takes it.

    Example: kerasnas inspect "NC 4 5 sigmoid;RC 64 3 relu;FL gelu" --input-shape 32,32,3
    """
    parsed = parse(genome)
    network = expand(parsed, options.parse_shape(input_shape), classes, auxiliary=auxiliary)
    costs = network_cost(network)
    layers = layer_table(parsed, network)
    if json:
        print_json(
            {
                "genome": str(parsed),
                "input_shape": list(network.input_shape),
                "classes": classes,
                **asdict(costs),
                "layers": [row._asdict() for row in layers],
            }
        )
        return
    print(f"{parsed}\n")
    rows = [
        (abbreviate(row.layer, 60), "x".join(map(str, row.output_shape)), row.parameters, row.macs) for row in layers
    ]
    print_table(("layer", "output", "parameters", "macs"), rows)
    print()
    for name, value in asdict(costs).items():
        print(f"{name:22} {value:>12,}")
