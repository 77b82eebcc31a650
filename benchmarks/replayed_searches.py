"""Replay random searches, in full and by an estimate, over genomes of which both are measured.

    python benchmarks/replayed_searches.py results/rank_correlation/results.csv

A random search proposes the same genomes whatever they are rated by, so that rows of `kerasnas rank-correlation` say
what it would have come to: of --draws searches, each over --trials genomes drawn from the file, every one ends with
the best of them in full; by the estimate, with the best of the finalists, which are trained in full. The last column
is what random search in full lacks where it stops after the time that the estimates took. Times are CPU times.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import TypeAlias

from kerasnas.results import Result, read

Rows: TypeAlias = dict[str, Result]
HEADS = (
    "estimate",
    "trials",
    "finalists",
    "CPU time",
    "same network",
    "lacks, mean",
    "95% lack less than",
    "in full, in the same time",
)


@dataclass(frozen=True)
class Replayed:
    """What one search by an estimate came to beside the same in full: points lacking, and the share of its time."""

    share: float
    lacks: float
    shorter_lacks: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--estimates", nargs="+", default=["fidelity:epochs=0.2,shrink=2", "fidelity:epochs=0.1"])
    parser.add_argument("--trials", type=int, nargs="+", default=[20, 30])
    parser.add_argument("--finalists", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"| {' | '.join(HEADS)} |\n" + "| --- " * len(HEADS) + "|")
    for estimate, full, cheap in measured(options.results, options.estimates):
        for trials in options.trials:
            for finalists in options.finalists:
                generator = random.Random(options.seed)
                drawn = [generator.sample(sorted(full), trials) for _ in range(options.draws)]
                print(line(estimate, trials, finalists, [replayed(texts, full, cheap, finalists) for texts in drawn]))


def measured(path: Path, estimates: list[str]) -> Iterator[tuple[str, Rows, Rows]]:
    """Yield each estimate with the rows of the full trainings and its own, by genome."""
    rows = [row for row in read(path).results if row.ok and row.protocol is not None]
    full = {row.genome: row for row in rows if not row.protocol.estimator}
    for estimate in estimates:
        cheap = {row.genome: row for row in rows if row.protocol.estimator == estimate}
        if missing := set(full) - set(cheap):
            raise SystemExit(f"{path}: no row by {estimate} of {len(missing)} genomes, such as {sorted(missing)[0]}")
        yield estimate, full, cheap


def replayed(texts: list[str], full: Rows, cheap: Rows, finalists: int) -> Replayed:
    """Replay one search over `texts`, which come in the order in which they would be proposed."""
    chosen = sorted(texts, key=lambda text: -rating(cheap[text]))[:finalists]
    best = max(rating(full[text]) for text in texts)
    seconds = sum(cheap[text].cpu_seconds for text in texts) + sum(full[text].cpu_seconds for text in chosen)
    left, shorter = seconds, rating(full[texts[0]])
    for text in texts:
        left -= full[text].cpu_seconds
        if left < 0:
            break
        shorter = max(shorter, rating(full[text]))
    return Replayed(
        seconds / sum(full[text].cpu_seconds for text in texts),
        best - max(rating(full[text]) for text in chosen),
        best - shorter,
    )


def rating(row: Result) -> float:
    """Return what a search goes by."""
    return row.validation_accuracy if row.score is None else row.score


def line(estimate: str, trials: int, finalists: int, searches: list[Replayed]) -> str:
    lacks = sorted(found.lacks for found in searches)
    cells = (
        f"`{estimate}`",
        trials,
        finalists,
        f"{mean(found.share for found in searches):.0%}",
        f"{mean(lack == 0 for lack in lacks):.0%}",
        f"{mean(lacks):.2f}",
        f"{lacks[int(0.95 * len(lacks))]:.2f}",
        f"{mean(found.shorter_lacks for found in searches):.2f}",
    )
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    main()
