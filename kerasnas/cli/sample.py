"""`kerasnas sample`: genomes drawn from a search space."""

from __future__ import annotations

from random import Random
from typing import Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.output import note, print_json
from kerasnas.cli.spaces import SpaceOptions
from kerasnas.errors import SettingsError
from kerasnas.genome import Genome
from kerasnas.search.limits import Limits

DEFAULTS = SpaceOptions("chain")

_ATTEMPTS_PER_GENOME = 2_000


def sample(
    count: Annotated[int, typer.Argument(min=1, help="How many distinct genomes.", show_default=False)],
    space: options.Space = "chain",
    shape: options.Shape = DEFAULTS.shape,
    filters: options.Filters = DEFAULTS.filters,
    channels: options.Channels = None,
    cells: options.Cells = None,
    nodes: options.Nodes = None,
    imagenet: options.ImageNet = False,
    layers: options.Layers = None,
    operations: options.Operations = None,
    stages: options.Stages = None,
    max_parameters: options.MaxParameters = None,
    max_macs: options.MaxMacs = None,
    input_shape: options.InputShape = "28,28,1",
    classes: options.Classes = 10,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Print distinct genomes, a line each, drawn from those that can be built and are in budget.

    They are drawn uniformly where all genomes of a space have the same genes; elsewhere as docs/spaces.md says.

    Example: kerasnas sample 120 --max-parameters 100000 --seed 1 > genomes.txt
    """
    image_shape = options.parse_shape(input_shape)
    searched = SpaceOptions(space, shape, filters, channels, cells, nodes, imagenet, layers, operations, stages).space(
        image_shape, classes
    )
    if count > searched.size:
        raise SettingsError(f"{count:,} distinct genomes asked for, but the space has {searched.size:,} at most")
    limits = Limits(image_shape, classes, max_parameters, max_macs)
    rng = Random(seed)
    genomes: dict[Genome, None] = {}
    for _ in range(_ATTEMPTS_PER_GENOME * count):
        candidate = searched.sample(rng)
        if limits(candidate):
            genomes[candidate] = None
        if len(genomes) == count:
            break
    texts = [str(genome) for genome in genomes]
    if json:
        print_json(
            {
                "genomes": texts,
                "seed": seed,
                "space": space,
                "shape": shape if space == "chain" and not layers else None,
            }
        )
    else:
        print("\n".join(texts))
    if len(texts) < count:
        note(f"only {len(texts)} of {count} genomes were found within the limits; raise them, or ask for fewer")
        raise typer.Exit(1)
