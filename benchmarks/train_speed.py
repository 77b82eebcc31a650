"""How much faster kerasnas trains than Keras' own `compile` and `fit` with stock layers, and as accurately.

The two take turns, in one process each run of the pair, on the same images, split, batch size and schedule:

    python benchmarks/train_speed.py [--images 6000] [--rounds 3] [--seeds 5] [--json FILE]

For the example genome and ten sampled ones it prints the ratio of a training's time (stock over kerasnas) per
epoch without the first, which traces, and for the whole training, start to end; then the share of the machine's
measured peak (a large float32 matrix product); then, for the example genome, the accuracies over several seeds.
Uses Fashion-MNIST where it is found, else digits.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import time
from pathlib import Path
from random import Random

from kerasnas.training.quiet import import_backend_quietly

import_backend_quietly()

import keras  # noqa: E402
import numpy as np  # noqa: E402

from kerasnas.data import Dataset, load, split  # noqa: E402
from kerasnas.errors import DataError  # noqa: E402
from kerasnas.genome import ChainSpace, Genome, parse  # noqa: E402
from kerasnas.model.build import build  # noqa: E402
from kerasnas.model.cost import cost  # noqa: E402
from kerasnas.training.settings import TrainingSettings  # noqa: E402
from kerasnas.training.train import train  # noqa: E402

EXAMPLE = "NC 4 5 sigmoid;RC 64 3 relu;NC 4 5 sigmoid;RC 64 3 relu;FL gelu"
SAMPLE_SEED = 11
MAX_MACS = 4_000_000


class EpochTimes(keras.callbacks.Callback):
    """Keeps when each epoch of `fit` ended."""

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Start."""
        self.seconds: list[float] = []
        self.last = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Note the time since the last epoch's end."""
        now = time.perf_counter()
        self.seconds.append(now - self.last)
        self.last = now


def images_for(name: str, count: int) -> Dataset:
    """Return the data set with at most `count` training images, so that a round takes minutes."""
    data = load(name)
    keep = np.random.default_rng(0).permutation(len(data.train_labels))[:count]
    return Dataset(
        name,
        data.train_images[keep],
        data.train_labels[keep],
        data.test_images,
        data.test_labels,
        data.classes,
        data.source,
    )


def run_ours(genome: Genome, data: Dataset, settings: TrainingSettings) -> tuple[float, float, float]:
    """Return the seconds of the whole training, the median seconds of an epoch, and the testing accuracy."""
    started = time.perf_counter()
    trained = train(genome, data, settings)
    total = time.perf_counter() - started
    seconds = statistics.median(epoch.seconds for epoch in trained.history[1:])
    keras.backend.clear_session()
    return total, seconds, trained.result.testing_accuracy or 0.0


def run_stock(genome: Genome, data: Dataset, settings: TrainingSettings) -> tuple[float, float, float]:
    """Do the same with stock Keras: `compile`, `fit` with validation, `evaluate`."""
    started = time.perf_counter()
    parts = split(
        data,
        validation_fraction=settings.validation_fraction,
        train_fraction=settings.train_fraction,
        seed=settings.seed,
    )
    keras.utils.set_random_seed(settings.seed)
    model = build(genome, data.image_shape, data.classes, seed=settings.seed)
    steps = settings.epochs * (len(parts.train) // settings.batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(settings.learning_rate, steps)
    model.compile(
        optimizer=keras.optimizers.Adam(schedule), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    scaled, test = data.train_images.astype(np.float32) / 255, data.test_images.astype(np.float32) / 255
    validation = (scaled[parts.validation], data.train_labels[parts.validation])
    times = EpochTimes()
    model.fit(
        scaled[parts.train],
        data.train_labels[parts.train],
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        validation_data=validation,
        callbacks=[times],
        verbose=0,
    )
    _, accuracy = model.evaluate(test, data.test_labels, batch_size=500, verbose=0)
    total = time.perf_counter() - started
    keras.backend.clear_session()
    return total, statistics.median(times.seconds[1:]), 100 * accuracy


def peak_flops() -> float:
    """Return the multiply-adds a second of a large matrix product, the best of five."""
    matrix = keras.ops.ones((2048, 2048))
    best = math.inf
    for _ in range(5):
        started = time.perf_counter()
        np.asarray(keras.ops.matmul(matrix, matrix))
        best = min(best, time.perf_counter() - started)
    return 2048**3 / best


def compare(genome: Genome, data: Dataset, settings: TrainingSettings, rounds: int) -> dict:
    """Time the two in turn and return the ratios, stock over ours."""
    whole, epochs, ours_epochs = [], [], []
    for turn in range(rounds):
        first, second = (run_stock, run_ours) if turn % 2 == 0 else (run_ours, run_stock)
        results = {runner: runner(genome, data, settings) for runner in (first, second)}
        stock, ours = results[run_stock], results[run_ours]
        whole.append(stock[0] / ours[0])
        epochs.append(stock[1] / ours[1])
        ours_epochs.append(ours[1])
    costs = cost(genome, data.image_shape, data.classes)
    return {
        "genome": str(genome),
        "macs": costs.macs,
        "epoch_ratio": statistics.median(epochs),
        "epoch_ratio_range": [min(epochs), max(epochs)],
        "whole_ratio": statistics.median(whole),
        "whole_ratio_range": [min(whole), max(whole)],
        "epoch_seconds": statistics.median(ours_epochs),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--genomes", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--seed-epochs", type=int, default=10)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    try:
        data = images_for("fashion_mnist", options.images)
    except DataError:
        data = images_for("digits", options.images)
    space = ChainSpace(data.image_shape, data.classes)
    rng = Random(SAMPLE_SEED)
    sampled: list[Genome] = []
    while len(sampled) < options.genomes:
        genome = space.sample(rng)
        if cost(genome, data.image_shape, data.classes).macs <= MAX_MACS:
            sampled.append(genome)
    settings = TrainingSettings(epochs=options.epochs, batch_size=128)
    peak = peak_flops()
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {keras.backend.backend()}"
    print(f"{data.source}, {len(data.train_labels)} training images, {machine}, peak {2 * peak / 1e9:.0f} GFLOP/s")
    print("ratio of times, stock Keras over kerasnas: median [range] per epoch; for the whole training; share of peak")
    rows = []
    for genome in (parse(EXAMPLE), *sampled):
        row = compare(genome, data, settings, options.rounds)
        # A training step computes about three times the forward pass; validation adds a ninth of one.
        row["share_of_peak"] = row["macs"] * len(data.train_labels) * (3 * 0.9 + 0.1) / row["epoch_seconds"] / peak
        rows.append(row)
        print(
            f"{row['epoch_ratio']:5.2f} [{row['epoch_ratio_range'][0]:.2f}, {row['epoch_ratio_range'][1]:.2f}]  "
            f"{row['whole_ratio']:5.2f} [{row['whole_ratio_range'][0]:.2f}, {row['whole_ratio_range'][1]:.2f}]  "
            f"{row['share_of_peak']:6.1%}  {row['macs']:>9,} macs  {row['genome']}",
            flush=True,
        )
    means = {
        key: math.exp(statistics.mean(math.log(row[key]) for row in rows[1:])) for key in ("epoch_ratio", "whole_ratio")
    }
    print(f"geometric mean of the {len(rows) - 1} sampled: per epoch {means['epoch_ratio']:.2f}, ", end="")
    print(f"whole training {means['whole_ratio']:.2f}")
    accuracies: dict[str, list[float]] = {"kerasnas": [], "stock": []}
    for seed in range(options.seeds):
        seeded = TrainingSettings(epochs=options.seed_epochs, batch_size=128, seed=seed)
        accuracies["kerasnas"].append(run_ours(parse(EXAMPLE), data, seeded)[2])
        accuracies["stock"].append(run_stock(parse(EXAMPLE), data, seeded)[2])
    for name, values in accuracies.items():
        if len(values) > 1:
            print(
                f"testing accuracy over {len(values)} seeds, {options.seed_epochs} epochs, {name}: "
                f"mean {statistics.mean(values):.2f}, standard deviation {statistics.stdev(values):.2f}"
            )
    if options.json:
        summary = {"machine": machine, "peak_flops": 2 * peak, "rows": rows, "means": means, "accuracies": accuracies}
        options.json.write_text(json.dumps(summary, indent=2))


if __name__ == "__main__":
    main()
