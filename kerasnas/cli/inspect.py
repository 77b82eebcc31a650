"""`kerasnas inspect`: what a genome is, without building it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from kerasnas.cli import options
from kerasnas.cli.output import print_json, print_table
from kerasnas.genome import Node, expand, parse
from kerasnas.genome.arguments import abbreviate
from kerasnas.genome.language import format_gene
from kerasnas.genome.operations import Shape
from kerasnas.model.cost import network_cost


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
    head = set(network.auxiliary)
    layers = []
    for place, gene in enumerate(parsed.genes):
        nodes = [node for number, node in enumerate(network.nodes) if node.layer == place and number not in head]
        layers.append(_row(format_gene(gene), nodes, network.shape(network.outputs[place])))
    if head:
        nodes = [network.nodes[number] for number in network.auxiliary]
        layers.append(_row("auxiliary head", nodes, nodes[-1].shape))
    if json:
        print_json(
            {
                "genome": str(parsed),
                "input_shape": list(network.input_shape),
                "classes": classes,
                **asdict(costs),
                "layers": layers,
            }
        )
        return
    print(f"{parsed}\n")
    rows = [
        (abbreviate(x["layer"], 60), "x".join(map(str, x["output_shape"])), x["parameters"], x["macs"]) for x in layers
    ]
    print_table(("layer", "output", "parameters", "macs"), rows)
    print()
    for name, value in asdict(costs).items():
        print(f"{name:22} {value:>12,}")


def _row(title: str, nodes: list[Node], shape: Shape) -> dict[str, Any]:
    return {
        "layer": title,
        "output_shape": list(shape),
        "parameters": sum(node.trainable_parameters + node.other_parameters for node in nodes),
        "macs": sum(node.macs for node in nodes),
    }
