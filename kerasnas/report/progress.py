"""How a search gets on: the best accuracy so far against trials and time, a line a strategy, over its runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from kerasnas.results import Result

TIME_POINTS = 200
NO_STRATEGY = "no strategy"
"""Stands for rows that no search proposed: their order is that of the file."""


@dataclass(frozen=True)
class Progress:
    """The best accuracy so far of the runs of one strategy, in percent.

    Attributes:
        name: of the strategy.
        runs: how many there are.
        x: trials counted from 1, or seconds of training.
        mean, low, high: over the runs, at each `x`.
    """

    name: str
    runs: int
    x: list[float]
    mean: list[float]
    low: list[float]
    high: list[float]


def progress_of(rows: Iterable[tuple[Result, str]], against: str) -> list[Progress]:
    """Return the progress of each strategy.

    A run is the rows of one strategy and seed in one file, in the order of their trials. The lines go as far as the
    shortest run. Where one seed has several runs of a strategy, these differ in what the rows do not say, such as
    limits, and each file is a line of its own.

    Args:
        rows: results with the name of their file, in its order.
        against: `trials` or `seconds`, the sum of the training times.
    """
    runs: dict[str, dict[tuple[str, int], list[Result]]] = {}
    for result, file in rows:
        seed = result.protocol.seed if result.protocol else 0
        runs.setdefault(result.strategy or NO_STRATEGY, {}).setdefault((file, seed), []).append(result)
    lines: dict[str, list[list[Result]]] = {}
    for strategy, by_file in runs.items():
        apart = len({seed for _, seed in by_file}) < len(by_file)
        for (file, _), results in by_file.items():
            name = f"{strategy} ({file})" if apart else strategy
            lines.setdefault(name, []).append(sorted(results, key=_trial))
    found = [_progress(name, line, against) for name, line in lines.items()]
    return [progress for progress in found if progress.x]


def _trial(result: Result) -> float:
    return math.inf if result.trial is None else result.trial


def _progress(name: str, runs: Sequence[Sequence[Result]], against: str) -> Progress:
    best = [_best_so_far(run) for run in runs]
    if against == "trials":
        length = min(map(len, best))
        x = np.arange(1, length + 1, dtype=float)
        curves = np.array([curve[:length] for curve in best])
    else:
        times = [list(accumulate(result.seconds or 0.0 for result in run)) for run in runs]
        x = np.linspace(max(t[0] for t in times), min(t[-1] for t in times), TIME_POINTS)
        x = np.unique(np.maximum(x, x[0]))
        curves = np.array(
            [np.array(c)[np.searchsorted(t, x + 1e-9, side="right") - 1] for c, t in zip(best, times, strict=True)]
        )
    known = ~np.isnan(curves).any(axis=0)
    x, curves = x[known], curves[:, known]
    return Progress(
        name, len(runs), x.tolist(), curves.mean(axis=0).tolist(), curves.min(axis=0).tolist(),
        curves.max(axis=0).tolist(),
    )  # fmt: skip


def _best_so_far(run: Sequence[Result]) -> list[float]:
    """Return the best validation accuracy up to each trial, NaN before there is one."""
    values = [r.validation_accuracy if r.ok and r.validation_accuracy is not None else math.nan for r in run]
    return list(accumulate(values, np.fmax))
