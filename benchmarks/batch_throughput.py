"""Models an hour: `kerasnas evaluate` against a plain loop of stock Keras `fit`, start-up included.

    python benchmarks/batch_throughput.py [--genomes 24] [--epochs 3] [--train-fraction 0.1] [--rounds 1]

Both train the same sampled genomes on the same images (Fashion-MNIST where it is found, else digits), each in a
process of its own, taking turns. The loop is what a user would write: load the data once, then build, compile,
fit with validation, evaluate.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kerasnas.data import load
from kerasnas.errors import DataError

MAX_MACS = "4000000"


def plain_loop(genomes: Path, dataset: str, epochs: int, train_fraction: float) -> None:
    """Train every genome of the file with stock Keras, one after the other."""
    sys.path.insert(0, str(Path(__file__).parent))
    from train_speed import run_stock

    from kerasnas.genome import parse
    from kerasnas.training.settings import TrainingSettings

    data = load(dataset)
    settings = TrainingSettings(epochs=epochs, train_fraction=train_fraction)
    for text in genomes.read_text().split("\n")[:-1]:
        _, _, accuracy = run_stock(parse(text), data, settings)
        print(f"{text}  {accuracy:.2f}%", flush=True)


def timed(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--genomes", type=int, default=24)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--train-fraction", type=float, default=0.1)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--plain-loop", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--dataset", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.plain_loop:
        plain_loop(options.plain_loop, options.dataset, options.epochs, options.train_fraction)
        return
    try:
        dataset = load("fashion_mnist").name
    except DataError:
        dataset = "digits"
    kerasnas = [sys.executable, "-m", "kerasnas"]
    shared = ["--epochs", str(options.epochs), "--train-fraction", str(options.train_fraction), "--dataset", dataset]
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        genomes = Path(folder) / "genomes.txt"
        sample = [*kerasnas, "sample", str(options.genomes), "--max-macs", MAX_MACS, "--seed", "12"]
        genomes.write_text(subprocess.run(sample, check=True, capture_output=True, text=True).stdout)
        for turn in range(options.rounds):
            ours = timed([*kerasnas, "evaluate", str(genomes), *shared, "--out", f"{folder}/{turn}.csv"])
            stock = timed([sys.executable, __file__, "--plain-loop", str(genomes), *shared])
            ratios.append(stock / ours)
            print(
                f"{options.genomes} genomes on {dataset}, {options.epochs} epochs: kerasnas evaluate {ours:.0f} s "
                f"({3600 * options.genomes / ours:.0f} an hour), plain loop {stock:.0f} s "
                f"({3600 * options.genomes / stock:.0f} an hour), ratio {stock / ours:.2f}",
                flush=True,
            )
    print(f"median ratio of {len(ratios)} rounds: {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
