"""`kerasnas sample`: genomes drawn from a search space."""

from __future__ import annotations

from random import Random
from typing import Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.expand import with_options
from kerasnas.cli.limit_options import LimitOptions
from kerasnas.cli.output import note, print_json
from kerasnas.cli.spaces import SpaceOptions
from kerasnas.errors import SettingsError
from kerasnas.genome import Genome

_ATTEMPTS_PER_GENOME = 2_000


@with_options
def sample(
    count: Annotated[int, typer.Argument(min=1, help="How many distinct genomes.", show_default=False)],
    space: SpaceOptions,
    limits: LimitOptions,
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
    searched = space.made(image_shape, classes)
    if count > searched.size:
        raise SettingsError(f"{count:,} distinct genomes asked for, but the space has {searched.size:,} at most")
    admits = limits.limits(image_shape, classes)
    rng = Random(seed)
    genomes: dict[Genome, None] = {}
    for _ in range(_ATTEMPTS_PER_GENOME * count):
        candidate = searched.sample(rng)
        if admits(candidate):
            genomes[candidate] = None
        if len(genomes) == count:
            break
    texts = [str(genome) for genome in genomes]
    if json:
        print_json(
            {
                "genomes": texts,
                "seed": seed,
                "space": space.space,
                "shape": space.shape if space.space == "chain" and not space.layers else None,
            }
        )
    else:
        print("\n".join(texts))
    if len(texts) < count:
        note(f"only {len(texts)} of {count} genomes were found within the limits; raise them, or ask for fewer")
        raise typer.Exit(1)
