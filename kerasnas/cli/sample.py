"""`kerasnas sample`: genomes drawn from a search space."""

from __future__ import annotations

from random import Random
from typing import Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.output import note, print_json
from kerasnas.errors import SettingsError
from kerasnas.genome import CellsSpace, ChainSpace, Genome
from kerasnas.genome.chain import DEFAULT_SHAPE
from kerasnas.model.cost import cost

_ATTEMPTS_PER_GENOME = 2_000


def sample(
    count: Annotated[int, typer.Argument(min=1, help="How many distinct genomes.", show_default=False)],
    space: Annotated[str, typer.Option(help="The search space: chain or cells.")] = "chain",
    shape: Annotated[str, typer.Option(help="The layers of a chain.")] = DEFAULT_SHAPE,
    channels: Annotated[int, typer.Option(help="Of the first cells.")] = CellsSpace.channels,
    cells: Annotated[int, typer.Option(help="How many cells.")] = CellsSpace.cells,
    nodes: Annotated[int, typer.Option(help="Nodes of a cell.")] = CellsSpace.nodes,
    imagenet: Annotated[bool, typer.Option("--imagenet", help="Give cells the stem for large images.")] = False,
    max_parameters: Annotated[int | None, typer.Option(min=1, help="Leave out larger ones.")] = None,
    max_macs: Annotated[int | None, typer.Option(min=1, help="Leave out those with more multiply-adds.")] = None,
    input_shape: options.InputShape = "28,28,1",
    classes: options.Classes = 10,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Print distinct genomes, a line each, drawn uniformly from those that can be built and are in budget.

    Example: kerasnas sample 120 --max-parameters 100000 --seed 1 > genomes.txt
    """
    image_shape = options.parse_shape(input_shape)
    if space == "chain":
        searched: ChainSpace | CellsSpace = ChainSpace(image_shape, classes, shape=shape)
    elif space == "cells":
        searched = CellsSpace(image_shape, classes, channels, cells, nodes, imagenet=imagenet)
    else:
        raise SettingsError(f"unknown search space {space!r}; expected chain or cells")
    if count > searched.size:
        raise SettingsError(f"{count:,} distinct genomes asked for, but the space has {searched.size:,} at most")
    rng = Random(seed)
    genomes: dict[Genome, None] = {}
    for _ in range(_ATTEMPTS_PER_GENOME * count):
        candidate = searched.sample(rng)
        costs = cost(candidate, image_shape, classes)
        if (max_parameters is None or costs.parameters <= max_parameters) and (
            max_macs is None or costs.macs <= max_macs
        ):
            genomes[candidate] = None
        if len(genomes) == count:
            break
    texts = [str(genome) for genome in genomes]
    if json:
        print_json({"genomes": texts, "seed": seed, "space": space, "shape": shape if space == "chain" else None})
    else:
        print("\n".join(texts))
    if len(texts) < count:
        note(f"only {len(texts)} of {count} genomes were found within the limits; raise them, or ask for fewer")
        raise typer.Exit(1)
