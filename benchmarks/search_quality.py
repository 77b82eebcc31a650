"""What a search finds in so many minutes: kerasnas' strategies against KerasTuner's own tuners.

    python benchmarks/search_quality.py [--minutes 4] [--seeds 0,1,2] [--methods …] [--out results/search_quality]

All search NC-RC-NC-RC-FL for Fashion-MNIST under the same limit of parameters, train every genome for the same epochs
on the same images with the same batch size and learning-rate schedule, and have the machine to themselves, taking
turns, each in processes of its own. kerasnas is used as its users do, by `kerasnas search`; KerasTuner by its tuners on
`GenomeHyperModel`: one `Choice` per gene, and Keras' own `fit`. Then each best genome by validation is trained in the
same way, for longer and on all images. Rows are appended as they come; run it again to go on.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pandas

KERAS_TUNERS = ("RandomSearch", "BayesianOptimization", "Hyperband")
METHODS = ("predictor", "evolution", *KERAS_TUNERS)
FILTERS = (4, 8, 12, 16, 24, 32, 48, 64)
COLUMNS = ("method", "seed", "minutes", "trials", "genome", "parameters", "validation_accuracy")


def run_kerasnas(options: argparse.Namespace, strategy: str, seed: int) -> dict[str, Any]:
    """Return what `kerasnas search` found."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "kerasnas", "search", "--strategy", strategy, "--json"),
                *("--out", f"{folder}/rows.csv", "--minutes", str(options.minutes), "--seed", str(seed)),
                *("--filters", ",".join(map(str, FILTERS)), "--max-parameters", str(options.max_parameters)),
                *("--dataset", "fashion_mnist", "--epochs", str(options.epochs)),
                *("--train-fraction", str(options.train_fraction)),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
    found = json.loads(done.stdout)
    best = found["best"]
    return {"trials": found["trials"], **{key: best[key] for key in COLUMNS[4:]}}


def run_keras_tuner(options: argparse.Namespace, tuner_name: str, seed: int) -> dict[str, Any]:
    """Return what one of KerasTuner's tuners found, in this process."""
    started = time.monotonic()
    import keras
    import keras_tuner
    import numpy as np

    from kerasnas.data import load, split
    from kerasnas.genome import ChainSpace
    from kerasnas.model.cost import cost
    from kerasnas.oracles import GenomeHyperModel
    from kerasnas.search.limits import Limits
    from kerasnas.training.settings import TrainingSettings

    data = load("fashion_mnist")
    settings = TrainingSettings(epochs=options.epochs, train_fraction=options.train_fraction, seed=seed)
    parts = split(
        data, validation_fraction=settings.validation_fraction, train_fraction=settings.train_fraction, seed=seed
    )
    images = data.train_images.astype(np.float32) / 255
    hypermodel = GenomeHyperModel(
        ChainSpace(data.image_shape, data.classes, filters=FILTERS),
        settings=settings,
        limits=Limits(data.image_shape, data.classes, options.max_parameters),
    )
    own = {"max_epochs": options.epochs, "hyperband_iterations": 10**6} if tuner_name == "Hyperband" else {}
    with tempfile.TemporaryDirectory() as folder:
        tuner = getattr(keras_tuner, tuner_name)(
            hypermodel,
            objective="val_accuracy",
            seed=seed + 1,  # KerasTuner takes 0 for no seed
            directory=folder,
            max_consecutive_failed_trials=10**6,  # over the limit counts as failed
            **(own or {"max_trials": 10**6}),
        )
        stop_after(tuner, started + 60 * options.minutes)
        arguments = {} if own else {"epochs": options.epochs}
        tuner.search(
            images[parts.train],
            data.train_labels[parts.train],
            validation_data=(images[parts.validation], data.train_labels[parts.validation]),
            batch_size=settings.batch_size,
            verbose=0,
            **arguments,
        )
        trials = [t for t in tuner.oracle.trials.values() if t.status == "COMPLETED"]
    best = max(trials, key=lambda trial: trial.score)
    genome = hypermodel.genome(best.hyperparameters)
    keras.backend.clear_session()
    return {
        "trials": len(trials),
        "genome": str(genome),
        "parameters": cost(genome, data.image_shape, data.classes).parameters,
        "validation_accuracy": 100 * best.score,
    }


def stop_after(tuner: Any, deadline: float) -> None:
    """Let the oracle hand out no trial after `deadline`; the one that is training then is finished."""
    import keras_tuner

    create = tuner.oracle.create_trial

    def create_in_time(tuner_id: str) -> Any:
        if time.monotonic() < deadline:
            return create(tuner_id)
        return keras_tuner.engine.trial.Trial(tuner.oracle.get_space(), trial_id="end", status="STOPPED")

    tuner.oracle.create_trial = create_in_time


def retrain(options: argparse.Namespace, found: Path, out: Path) -> None:
    """Train every best genome on all images."""
    genomes = found.with_name("genomes.txt")
    genomes.write_text("\n".join(dict.fromkeys(pandas.read_csv(found).genome)) + "\n")
    subprocess.run(
        [
            *(sys.executable, "-m", "kerasnas", "evaluate", str(genomes), "--out", str(out)),
            *("--dataset", "fashion_mnist", "--epochs", str(options.retrain_epochs)),
        ],
        check=True,
    )


def summary(found: Path, retrained: Path) -> list[dict[str, Any]]:
    """Return a row a method: means and standard errors over the seeds."""
    accuracies = pandas.read_csv(retrained).set_index("Genome string")["Testing Accuracy"]
    rows = pandas.read_csv(found)
    rows["testing_accuracy"] = rows.genome.map(accuracies)
    return [
        {
            "method": method,
            "seeds": len(group),
            "minutes": f"{group.minutes.mean():.1f}",
            "trials": f"{group.trials.mean():.0f}",
            "validation": with_error(list(group.validation_accuracy)),
            "retrained_testing": with_error(list(group.testing_accuracy)),
            "parameters": f"{group.parameters.mean():.0f}",
        }
        for method, group in rows.groupby("method", sort=False)
    ]


def with_error(values: list[float]) -> str:
    """Return mean and standard error."""
    error = stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")
    return f"{fmean(values):.2f} ± {error:.2f}"


def append(path: Path, row: dict[str, Any]) -> None:
    """Add a row to a CSV, with its header where the file is new."""
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if new:
            writer.writeheader()
        writer.writerow(row)


def measured(options: argparse.Namespace, method: str, seed: int) -> dict[str, Any]:
    """Run one search in processes of its own; return its row."""
    started = time.monotonic()
    if method in KERAS_TUNERS:
        done = subprocess.run(
            [sys.executable, __file__, *sys.argv[1:], "--one", method, "--seeds", str(seed)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        found = json.loads(done.stdout.splitlines()[-1])
    else:
        found = run_kerasnas(options, method, seed)
    return {"method": method, "seed": seed, "minutes": round((time.monotonic() - started) / 60, 2), **found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--train-fraction", type=float, default=0.1)
    parser.add_argument("--max-parameters", type=int, default=16598)
    parser.add_argument("--retrain-epochs", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path("results/search_quality"))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(run_keras_tuner(options, options.one, int(options.seeds.split(",")[0]))))
        return
    options.out.mkdir(parents=True, exist_ok=True)
    runs = options.out / "runs.csv"
    done = set(map(tuple, pandas.read_csv(runs)[["method", "seed"]].values)) if runs.exists() else set()
    for seed in map(int, options.seeds.split(",")):
        for method in options.methods.split(","):
            if (method, seed) not in done:
                row = measured(options, method, seed)
                append(runs, row)
                print(row, flush=True)
    retrain(options, runs, options.out / "retrained.csv")
    table = pandas.DataFrame(summary(runs, options.out / "retrained.csv"))
    table.to_csv(options.out / "summary.csv", index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
