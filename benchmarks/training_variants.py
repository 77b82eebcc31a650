"""Variants of the training loop that were tried for the example genome: seconds an epoch, taking turns.

    python benchmarks/training_variants.py [--images 6000] [--rounds 3]

TensorFlow only. Each line is the median over the rounds and its ratio to the first line's: kerasnas' own loop; steps
compiled by XLA (with stock batch norm, which it fuses itself); the 4-filter layers padded to 8 and 16 filters; and, for
evaluation, batches of 100 to 2,000 images.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from kerasnas.training.quiet import import_backend_quietly

import_backend_quietly()

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from train_speed import EXAMPLE, images_for  # noqa: E402

from kerasnas.genome import parse  # noqa: E402
from kerasnas.model.build import build  # noqa: E402
from kerasnas.training.backend.tensorflow import EpochLoop, replacements  # noqa: E402

BATCH = 128
EVALUATION_BATCHES = (100, 250, 500, 1000, 2000)


def epoch_of(text: str, images: np.ndarray, labels: np.ndarray) -> Callable[[], object]:
    """Return a function that trains one epoch of the genome `text`, already traced."""
    model = build(parse(text), images.shape[1:], 10, seed=0, replacements=replacements)
    loop = EpochLoop(model, BATCH, 500, images.dtype)
    placed = loop.place(images, labels)
    steps = len(labels) // BATCH
    order = np.arange(steps * BATCH, dtype=np.int32)
    rates = np.full(steps, 1e-3, np.float32)
    loop.train_epoch(placed, order, rates)
    return lambda: loop.train_epoch(placed, order, rates)


def compiled_epoch(images: np.ndarray, labels: np.ndarray) -> Callable[[], object]:
    """Return a function that computes an epoch's losses and gradients, each step compiled by XLA, without Adam."""
    model = build(parse(EXAMPLE), images.shape[1:], 10, seed=0)

    @tf.function(jit_compile=True)
    def step(batch_images: tf.Tensor, batch_labels: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            probabilities = model(tf.cast(batch_images, tf.float32) / 255, training=True)
            loss = tf.reduce_mean(tf.keras.losses.sparse_categorical_crossentropy(batch_labels, probabilities))
        return [loss, *tape.gradient(loss, model.trainable_variables)]

    def epoch() -> None:
        for start in range(0, len(labels) - BATCH + 1, BATCH):
            step(images[start : start + BATCH], labels[start : start + BATCH])

    epoch()
    return epoch


def evaluation_of(images: np.ndarray, labels: np.ndarray, batch: int) -> Callable[[], object]:
    """Return a function that evaluates the example genome on all images in batches of `batch`, already traced."""
    model = build(parse(EXAMPLE), images.shape[1:], 10, seed=0, replacements=replacements)
    loop = EpochLoop(model, BATCH, batch, images.dtype)
    placed, order = loop.place(images, labels), np.arange(len(labels), dtype=np.int32)
    loop.evaluate(placed, order)
    return lambda: loop.evaluate(placed, order)


def in_turn(variants: dict[str, Callable[[], object]], rounds: int) -> None:
    """Time the variants in turn and print each one's median, and its ratio to the first."""
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name, run in variants.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    first = next(iter(seconds.values()))
    for name, times in seconds.items():
        ratio = statistics.median(one / other for one, other in zip(times, first, strict=True))
        print(f"{name:32} {statistics.median(times):7.2f} s   {ratio:5.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    data = images_for("fashion_mnist", options.images)
    images, labels = data.train_images, data.train_labels
    training = {
        "kerasnas": epoch_of(EXAMPLE, images, labels),
        "steps compiled by XLA, no Adam": compiled_epoch(images, labels),
        "4 filters padded to 8": epoch_of(EXAMPLE.replace("NC 4", "NC 8"), images, labels),
        "4 filters padded to 16": epoch_of(EXAMPLE.replace("NC 4", "NC 16"), images, labels),
    }
    in_turn(training, options.rounds)
    in_turn(
        {f"evaluation, batches of {size}": evaluation_of(images, labels, size) for size in EVALUATION_BATCHES},
        options.rounds,
    )


if __name__ == "__main__":
    main()
