"""`kerasnas darts train`: the derived network trained, and what was lost on the way to it."""

from __future__ import annotations

from typing import Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.darts_derive import Folder
from kerasnas.cli.data_options import data_of_search
from kerasnas.cli.expand import with_options
from kerasnas.cli.limit_options import LimitOptions
from kerasnas.cli.output import note, print_json
from kerasnas.cli.training_options import TrainingOptions
from kerasnas.report.darts import GAP, TRAINED

DEFAULT_TRAINING, NO_LIMITS = TrainingOptions(), LimitOptions()


@with_options
def train(
    folder: Folder,
    data_dir: options.DataDir = None,
    channels: Annotated[
        int | None, typer.Option(help="Of the network's first cells; the supernet's unless set.", show_default=False)
    ] = None,
    cells: Annotated[
        int | None, typer.Option(help="As in the search; the supernet's unless set.", show_default=False)
    ] = None,
    limits: LimitOptions = NO_LIMITS,
    training: TrainingOptions = DEFAULT_TRAINING,
    json: options.Json = False,
) -> None:
    """Train the derived genome, and report the discretisation gap.

    It is trained on the images that were searched on. Where it is over a limit, it is derived with fewer channels.

    The gap: the accuracy of the supernet on its validation half; of the supernet with the derived operations alone,
    its weights inherited; and of the derived network after training. Images shrunk in the search are not shrunk here.
    With --auxiliary --drop-path 0.2 --cutout 16 --augment crop,flip it is regularised as in the paper.

    Example: kerasnas darts train runs/darts --epochs 20
    """
    from kerasnas.training.quiet import import_backend_quietly

    import_backend_quietly()
    from kerasnas.cli.artifacts import write_json
    from kerasnas.cli.train_genome import print_result, train_and_save
    from kerasnas.darts.discretise import discretisation_gap
    from kerasnas.darts.run import SearchRun

    run = SearchRun(folder)
    data = data_of_search(run, data_dir)
    genome = str(run.genome(run.derive(), channels, cells, limits.limits(data.image_shape, data.classes)))
    supernet, inherited = discretisation_gap(run, data)
    note(f"supernet {supernet:.2f}%, derived with inherited weights {inherited:.2f}%, validation half of the search")
    out = folder / TRAINED
    result = train_and_save(genome, lambda: data, training.settings(), out)
    gap = {"supernet_accuracy": supernet, "inherited_accuracy": inherited}
    write_json(gap, out / GAP)
    if json:
        from kerasnas.cli.artifacts import result_as_dict

        print_json({**result_as_dict(result), **gap, "out": str(out)})
    else:
        print_result(result, out)
        print(f"Supernet Accuracy    {supernet:.2f}%")
        print(f"Inherited Accuracy   {inherited:.2f}%")
