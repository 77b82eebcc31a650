"""Subject-wise cross-validation on 11K Hands: genomes beside small AlexNet- and VGG-style networks of plain Keras.

    python benchmarks/hands.py --data-dir DIR --genome "found=NC 8 3 relu;…" [--minutes 60] [--epochs 30] [--folds 5]

DIR holds HandInfo.csv and Hands/, all images or a part of them. Of N folds, no subject in two, each is tested on once;
a tenth of the others' subjects is held out to choose the epoch by. Every model is trained by the recipe that
`kerasnas train-genome` has. A row is written to OUT/folds.csv as each training ends; run it again to go on. `--minutes`
begins no training after so long. OUT/table.md has means and standard errors over the folds that are there.

`--splits subject,random` adds the same with images divided at random, to show how much that flatters. A genome that was
searched for on one fold was chosen with sight of the other folds' test subjects: its figures on those are a little
optimistic, on that fold they are not.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import time
from collections.abc import Callable, Iterator
from math import prod, sqrt
from pathlib import Path
from typing import Any

from kerasnas.training.quiet import import_backend_quietly

import_backend_quietly()

import keras  # noqa: E402
from keras import layers  # noqa: E402

from kerasnas.data import Dataset, Selection, load  # noqa: E402
from kerasnas.genome import parse  # noqa: E402
from kerasnas.model.build import build  # noqa: E402
from kerasnas.model.cost import BYTES_PER_VALUE, cost  # noqa: E402
from kerasnas.model.layers import BATCH_NORM_MOMENTUM  # noqa: E402
from kerasnas.training.backend import backend  # noqa: E402
from kerasnas.training.fit import fit  # noqa: E402
from kerasnas.training.settings import TrainingSettings  # noqa: E402

EXAMPLE = "NC 4 5 sigmoid;RC 64 3 relu;NC 4 5 sigmoid;RC 64 3 relu;FL gelu"
FIGURES = ("testing_balanced_accuracy", "testing_accuracy", "testing_roc_auc", "validation_accuracy", "seconds")
COLUMNS = (
    *("model", "genome", "split", "fold", "parameters", "macs", "peak_activation_bytes", *FIGURES),
    *("testing_confusion", "best_epoch", "run", "protocol"),
)
IN_PLACE = (layers.BatchNormalization, layers.Activation, layers.Dropout, layers.Flatten, layers.InputLayer)

Make = Callable[[tuple[int, int, int], int, int], keras.Model]


def alexnet_style(shape: tuple[int, int, int], classes: int, seed: int) -> keras.Model:
    """Five convolutions, three pools, two wide dense layers (Krizhevsky et al. 2012), an eighth as wide or so."""
    return _network(
        shape, classes, seed, [(32, 7, 2), "pool", (64, 5, 1), "pool", (96, 3, 1), (96, 3, 1), (64, 3, 1), "pool"]
    )


def vgg_style(shape: tuple[int, int, int], classes: int, seed: int) -> keras.Model:
    """Pairs of 3x3 convolutions between pools, two wide dense layers (Simonyan and Zisserman 2015), four pairs."""
    pairs = [[(width, 3, 1), (width, 3, 1), "pool"] for width in (32, 64, 128, 128)]
    return _network(shape, classes, seed, [part for pair in pairs for part in pair])


def _network(shape: tuple[int, int, int], classes: int, seed: int, parts: list[Any]) -> keras.Model:
    """Batch norm stands where the papers have local response normalisation, or nothing: without it none of them trains
    in so few steps."""
    keras.utils.set_random_seed(seed)
    tensor = image = keras.Input(shape)
    for part in parts:
        if part == "pool":
            tensor = layers.MaxPooling2D()(tensor)
            continue
        filters, kernel, stride = part
        tensor = layers.Conv2D(filters, kernel, stride, "same")(tensor)
        normalise = backend().replacements.get(layers.BatchNormalization, layers.BatchNormalization)
        tensor = normalise(momentum=BATCH_NORM_MOMENTUM)(tensor)
        tensor = layers.Activation("relu")(tensor)
    tensor = layers.Flatten()(tensor)
    for _ in range(2):
        tensor = layers.Dropout(0.5)(layers.Dense(256, activation="relu")(tensor))
    return keras.Model(image, layers.Softmax()(layers.Dense(classes)(tensor)))


BASELINES: dict[str, Make] = {"AlexNet-style": alexnet_style, "VGG-style": vgg_style}


def costs(model: keras.Model) -> dict[str, int]:
    """Return parameters, multiply-adds and peak activation bytes of a chain of layers, counted as kerasnas counts."""
    macs = peak = 0
    for layer in model.layers:
        size = prod(layer.output.shape[1:])
        if isinstance(layer, layers.Conv2D):
            macs += size * prod(layer.kernel.shape[:3])
        elif isinstance(layer, layers.Dense):
            macs += prod(layer.kernel.shape)
        if not isinstance(layer, IN_PLACE):
            peak = max(peak, prod(layer.input.shape[1:]) + size)
    return {"parameters": model.count_params(), "macs": macs, "peak_activation_bytes": BYTES_PER_VALUE * peak}


def made(name: str, text: str, data: Dataset, seed: int) -> tuple[keras.Model, dict[str, int]]:
    """Return a model with fresh weights, and what it costs."""
    if not text:
        model = BASELINES[name](data.image_shape, data.classes, seed)
        return model, costs(model)
    genome = parse(text)
    found = cost(genome, data.image_shape, data.classes)
    model = build(genome, data.image_shape, data.classes, seed=seed, replacements=backend().replacements)
    figures = {name: getattr(found, name) for name in ("parameters", "macs", "peak_activation_bytes")}
    return model, figures


def jobs(options: argparse.Namespace) -> Iterator[tuple[int, str, str, str]]:
    """Yield fold, split, name and genome of every training, fold after fold."""
    genomes = [("example", EXAMPLE), *(pair.split("=", 1) for pair in options.genome)]
    models = [*genomes, *((name, "") for name in BASELINES)]
    chosen = options.models.split(",") if options.models else [name for name, _ in models]
    for fold in range(1, (options.folds_run or options.folds) + 1):
        for split in options.splits.split(","):
            for name, text in models:
                if name in chosen:
                    yield fold, split, name, text


def row_of(job: tuple[int, str, str, str], options: argparse.Namespace, settings: TrainingSettings) -> dict[str, Any]:
    """Train one model on one fold and return its row."""
    fold, split, name, text = job
    selection = Selection(options.image_size, test_fold=f"{fold}/{options.folds}", random_split=split == "random")
    data = load("hands", options.data_dir, selection)
    model, figures = made(name, text, data, settings.seed)
    started = time.monotonic()
    fitted = fit(model, data, settings, lambda e: print(f"  {name} {e.epoch}/{e.epochs} {e.validation_accuracy:.1f}%"))
    figures |= fitted.figures
    figures |= {"model": name, "genome": text, "split": split, "fold": fold, "protocol": str(settings.protocol(data))}
    figures["run"] = options.run
    figures["seconds"] = round(time.monotonic() - started, 1)
    return {column: figures[column] for column in COLUMNS}


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows written so far."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def table(rows: list[dict[str, str]]) -> str:
    """Return means and standard errors over the folds as a Markdown table."""
    lines = [
        "| model | split | folds | parameters | multiply-adds | activation bytes | balanced | accuracy | ROC AUC |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    groups: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault((row["split"], row["model"], row["genome"]), []).append(row)
    for (split, model, _), members in sorted(groups.items(), reverse=True):
        size = [f"{int(members[0][name]):,}" for name in ("parameters", "macs", "peak_activation_bytes")]
        shown = [_mean(members, name, digits) for name, digits in zip(FIGURES[:3], (2, 2, 4), strict=True)]
        lines.append(f"| {model} | {split} | {len(members)} | {' | '.join([*size, *shown])} |")
    return "\n".join(lines) + "\n"


def _mean(rows: list[dict[str, str]], name: str, digits: int) -> str:
    values = [float(row[name]) for row in rows if row[name]]
    if not values:
        return "–"
    error = f" ± {statistics.stdev(values) / sqrt(len(values)):.{digits}f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.{digits}f}{error}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--genome", action="append", default=[], metavar="NAME=GENOME", help="repeatable")
    parser.add_argument("--models", default="", help="names joined by commas; all unless set")
    parser.add_argument("--splits", default="subject", help="subject, random, or both joined by a comma")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--folds-run", type=int, default=0, help="run the first so many of the folds; all unless set")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=0.003)
    parser.add_argument("--image-size", type=int, default=64)
    parser.add_argument("--minutes", type=float, default=60, help="begin no training after so long")
    parser.add_argument("--out", type=Path, default=Path("results/hands"))
    options = parser.parse_args()
    settings = TrainingSettings(
        epochs=options.epochs,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        augment="shift,flip,rotate",
        class_weights="balanced",
    )
    options.run = f"{settings.epochs} epochs, {options.image_size} pixels, {options.folds} folds"
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "folds.csv"
    known = read_rows(path)
    done = {(row["fold"], row["split"], row["model"], row["genome"]) for row in known if row["run"] == options.run}
    started = time.monotonic()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if not path.stat().st_size:
            writer.writeheader()
        for job in jobs(options):
            if (str(job[0]), *job[1:]) in done:
                continue
            if time.monotonic() - started > 60 * options.minutes:
                print(f"{options.minutes:g} minutes are over; run the same command to go on")
                break
            row = row_of(job, options, settings)
            writer.writerow(row)
            file.flush()
            print(f"fold {row['fold']} {row['split']} {row['model']}: {row['testing_balanced_accuracy']:.2f}% balanced")
    shown = table([row for row in read_rows(path) if row["run"] == options.run])
    (options.out / "table.md").write_text(f"{options.run}; means and standard errors over the folds\n\n{shown}")
    print(shown)


if __name__ == "__main__":
    main()
