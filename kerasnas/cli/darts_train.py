"""`kerasnas darts train`: the derived network trained, and what was lost on the way to it."""

from __future__ import annotations

from typing import Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.darts_derive import Folder
from kerasnas.cli.output import note, print_json
from kerasnas.report.darts import GAP, TRAINED
from kerasnas.training.settings import PAPER_AUXILIARY_WEIGHT, TrainingSettings


def train(
    folder: Folder,
    data_dir: options.DataDir = None,
    channels: Annotated[
        int | None, typer.Option(help="Of the network's first cells; the supernet's unless set.", show_default=False)
    ] = None,
    cells: Annotated[
        int | None, typer.Option(help="As in the search; the supernet's unless set.", show_default=False)
    ] = None,
    epochs: options.Epochs = options.DEFAULTS.epochs,
    patience: options.Patience = options.DEFAULTS.patience,
    batch_size: options.BatchSize = options.DEFAULTS.batch_size,
    learning_rate: options.LearningRate = options.DEFAULTS.learning_rate,
    train_fraction: options.TrainFraction = options.DEFAULTS.train_fraction,
    auxiliary: options.Auxiliary = False,
    drop_path: options.DropPath = options.DEFAULTS.drop_path,
    cutout: options.Cutout = options.DEFAULTS.cutout,
    augment: options.Augment = options.DEFAULTS.augment,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Train the derived genome, and report the discretisation gap.

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
    from kerasnas.data import load

    run = SearchRun(folder)
    cell = run.derive()
    genome = str(run.genome(cell, channels, cells))
    supernet, inherited = discretisation_gap(run, load(run.settings.dataset, data_dir))
    note(f"supernet {supernet:.2f}%, derived with inherited weights {inherited:.2f}%, validation half of the search")
    settings = TrainingSettings(
        epochs=epochs,
        patience=patience,
        batch_size=batch_size,
        learning_rate=learning_rate,
        train_fraction=train_fraction,
        seed=seed,
        auxiliary_weight=PAPER_AUXILIARY_WEIGHT if auxiliary else 0.0,
        drop_path=drop_path,
        cutout=cutout,
        augment=augment,
    )
    out = folder / TRAINED
    result = train_and_save(genome, run.settings.dataset, data_dir, settings, out)
    gap = {"supernet_accuracy": supernet, "inherited_accuracy": inherited}
    write_json(gap, out / GAP)
    if json:
        from kerasnas.cli.artifacts import result_as_dict

        print_json({**result_as_dict(result), **gap, "out": str(out)})
    else:
        print_result(result, out)
        print(f"Supernet Accuracy    {supernet:.2f}%")
        print(f"Inherited Accuracy   {inherited:.2f}%")
