"""`kerasnas hillclimb`: the model of a results CSV that balances accuracy with size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kerasnas.cli import options
from kerasnas.cli.data_options import DataOptions
from kerasnas.cli.expand import with_options
from kerasnas.cli.output import note, print_json, print_table
from kerasnas.cli.training_options import TrainingOptions
from kerasnas.errors import SettingsError
from kerasnas.search.fitness import DEFAULT_PENALTY

if TYPE_CHECKING:
    from kerasnas.data import Dataset
    from kerasnas.search.candidates import Comparable
    from kerasnas.search.table_climb import Climb
    from kerasnas.training.settings import TrainingSettings

PENALTIES_SHOWN = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
DEFAULT_RESTARTS = 100
THE_ROWS_DATA = DataOptions(dataset="")
IN_FULL = TrainingOptions(epochs=40, patience=10)


@with_options
def hillclimb(
    results: Annotated[Path, typer.Argument(help="A results CSV, ours or another's.", show_default=False)],
    penalty: Annotated[
        float, typer.Option(min=0, help="Points of accuracy that a model ten times as large must gain.")
    ] = DEFAULT_PENALTY,
    restarts: Annotated[int, typer.Option(min=1, help="How many climbs, each from a random model.")] = DEFAULT_RESTARTS,
    penalize: Annotated[str, typer.Option(help="parameters or macs.")] = "parameters",
    retrain: Annotated[bool, typer.Option("--retrain", help="Train the best genome in full and save it.")] = False,
    data: DataOptions = THE_ROWS_DATA,
    training: TrainingOptions = IN_FULL,
    out: Annotated[Path, typer.Option(help="For --retrain: the folder for model and curves.")] = Path("runs/best"),
    json: options.Json = False,
) -> None:
    """Climb over trained models, sorted by size, to the fittest: accuracy less a penalty on size.

    Fitness is accuracy - penalty * log10(size): a model ten times as large has to be PENALTY points more accurate
    to be as fit.

    Data set and training options are for --retrain; unless set, the data set is the one that the CSV's rows name.

    Example: kerasnas hillclimb results/fashion_mnist_120.csv --penalty 2 --retrain
    """
    from kerasnas.results import read
    from kerasnas.search.candidates import comparable
    from kerasnas.search.table_climb import climb

    if penalize not in ("parameters", "macs"):
        raise SettingsError(f"--penalize must be parameters or macs, found {penalize!r}")
    table = comparable(read(results), penalize)  # type: ignore[arg-type]
    for line in table.notes:
        note(f"note: {line}")
    note(f"{len(table.candidates)} genomes, compared by {table.accuracy_column}")
    found = climb(table.candidates, penalty=penalty, restarts=restarts, rng=Random(training.seed))
    choices = {
        shown: climb(table.candidates, penalty=shown, restarts=restarts, rng=Random(training.seed)).best
        for shown in sorted({*PENALTIES_SHOWN, penalty})
    }
    summary: dict[str, Any] = {
        "best": {
            "genome": found.best.genome,
            penalize: found.best.size,
            table.accuracy_column.replace(" ", "_"): found.best.accuracy,
            "fitness": found.best.fitness(penalty),
        },
        "penalty": penalty,
        "penalize": penalize,
        "restarts": restarts,
        "local_optima": found.optima,
        "path": [{"genome": c.genome, "accuracy": c.accuracy, penalize: c.size} for c in found.path],
        "choice_by_penalty": {
            f"{shown:g}": {"genome": c.genome, "accuracy": c.accuracy, penalize: c.size} for shown, c in choices.items()
        },
        "rows": len(table.candidates),
        "notes": table.notes,
    }
    if not json:
        _print(table, found, choices, penalty, penalize)
    if retrain:
        summary["retrained"] = _retrain(table, found, data, training.settings(), out, json)
    elif not json:
        print("\nnext: the same command with --retrain trains it in full and saves the model")
    if json:
        print_json(summary)


def _print(table: Comparable, found: Climb, choices: dict[float, Any], penalty: float, penalize: str) -> None:
    print(f"\nbest genome          {found.best.genome}")
    print(f"{penalize:20} {found.best.size:,}")
    print(f"{table.accuracy_column:20} {found.best.accuracy:.2f}%")
    testing = table.rows[table.candidates.index(found.best)].testing_accuracy
    if table.accuracy_column != "testing accuracy" and testing is not None:
        print(f"testing accuracy     {testing:.2f}% (not used to choose)")
    print(f"fitness              {found.best.fitness(penalty):.3f} = accuracy - {penalty:g} x log10({penalize})")
    print(f"local optima         {found.optima} different ones\n\npath climbed")
    print_table((penalize, "accuracy", "genome"), [(c.size, c.accuracy, c.genome) for c in found.path])
    print("\nhow the choice moves with the penalty")
    print_table(
        ("penalty", penalize, "accuracy", "genome"),
        [(shown, c.size, c.accuracy, c.genome) for shown, c in choices.items()],
    )


def _retrain(
    table: Comparable,
    found: Climb,
    data: DataOptions,
    settings: TrainingSettings,
    out: Path,
    json: bool,
) -> dict[str, Any]:
    from kerasnas.cli.artifacts import result_as_dict
    from kerasnas.cli.train_genome import print_result, train_and_save

    if not data.dataset:
        if table.protocol is None:
            raise SettingsError("the CSV does not say which data set its rows are from; name it with --dataset")
        data = replace(data, dataset=table.protocol.dataset)

    def load() -> Dataset:
        loaded = data.load()
        if table.protocol is not None and loaded.fingerprint != table.protocol.data_hash:
            note(
                "note: these images, or how they are divided, are not those of the CSV's rows; the same options as for "
                "those, such as --where and --image-size, would make them so"
            )
        return loaded

    result = train_and_save(found.best.genome, load, settings, out)
    if not json:
        print()
        print_result(result, out)
    return {**result_as_dict(result), "out": str(out)}
