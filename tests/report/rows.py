"""Results such as searches leave, made up from real genomes and their real costs."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from random import Random

from kerasnas.genome import ChainSpace
from kerasnas.model.cost import cost
from kerasnas.results import COLUMNS, Protocol, Result
from kerasnas.results.row import to_cells

PROTOCOL = Protocol("fashion_mnist", "cb0848e40e47", "28x28x1", 10, 0.1, 0.25, 5, 0, 128, 0.01, 0)
SPACE = ChainSpace((28, 28, 1), 10)
VERSIONS = {"kerasnas": "0.1.0", "keras": "3.15.1", "backend": "tensorflow", "machine": "Xeon, 2 cores, Linux"}


def made_up(count: int, strategy: str = "", seed: int = 0, failing: float = 0.1) -> list[Result]:
    """Return results whose accuracy grows with the last convolution's filters alone, but for a little noise."""
    rng = Random(f"{strategy} {seed}")
    protocol = Protocol(**{**{f: getattr(PROTOCOL, f) for f in PROTOCOL.__slots__}, "seed": seed})
    rows = []
    for trial in range(count):
        genome = SPACE.sample(rng)
        costs = cost(genome, (28, 28, 1), 10)
        common = {"parameters": costs.parameters, "macs": costs.macs, "strategy": strategy, "protocol": protocol}
        common["trial"] = trial if strategy else None
        if rng.random() < failing:
            reason = f"the loss is not finite after epoch {trial % 3 + 1}; try a lower learning rate"
            rows.append(Result(str(genome), status="diverged", reason=reason, **common))
            continue
        accuracy = 60 + 5 * math.log2(genome.genes[3].filters) + rng.random()
        figures = dict.fromkeys(("training_accuracy", "validation_accuracy", "testing_accuracy"), accuracy)
        rows.append(Result(str(genome), **figures, seconds=10 + rng.random(), **common, **VERSIONS))
    return rows


def written(path: Path, rows: list[Result]) -> Path:
    """Write a results CSV at once; `ResultsWriter` brings every row to the disk, which takes minutes for thousands."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(map(to_cells, rows))
    return path
