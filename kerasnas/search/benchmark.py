"""The tabular benchmark: many runs of every strategy on a table of known results."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits

from kerasnas.errors import SearchError, SettingsError
from kerasnas.evaluation.driver import exit_with_driver
from kerasnas.results import Result
from kerasnas.search.objective import FAILED, Fitness
from kerasnas.search.registry import STRATEGIES, strategy_named
from kerasnas.search.strategy import AnyStrategy, trial_generator
from kerasnas.search.tables import KnownResults, read_known_results


class Incumbent(NamedTuple):
    """The best genome of a run so far, by selection: its two accuracies, in percent."""

    selected: float
    reported: float


@dataclass(frozen=True)
class Point:
    """What a strategy reaches after a number of distinct evaluations, over all runs. Accuracies are percentages.

    Attributes:
        strategy: its name.
        evaluations: how many distinct genomes were evaluated.
        runs: how many runs the figures are from.
        report_mean: mean of the reported accuracy of the best genome by selection.
        report_error: standard error of that mean.
        select_mean: mean of the selection accuracy of the best genome.
        regret: the best selection accuracy of the table less `select_mean`.
        hits: the share of runs that had found the best selection accuracy of the table.
    """

    strategy: str
    evaluations: int
    runs: int
    report_mean: float
    report_error: float
    select_mean: float
    regret: float
    hits: float


@dataclass(frozen=True)
class Benchmark:
    """The figures of a benchmark.

    Attributes:
        table: the file's name; select and report: its two columns.
        seed: of the first run; the others count on from it.
        budgets: the numbers of evaluations asked for.
        curves: for each strategy its figures after 1, 2, … evaluations.
    """

    table: str
    select: str
    report: str
    seed: int
    budgets: tuple[int, ...]
    curves: dict[str, list[Point]]

    @property
    def points(self) -> list[Point]:
        """The figures at the budgets, strategy by strategy."""
        return [curve[budget - 1] for curve in self.curves.values() for budget in self.budgets]


@dataclass(frozen=True)
class _Task:
    """Which table is benchmarked, with what; the part that every process is given."""

    path: str
    space: str
    select: str
    report: str
    budget: int


def run_benchmark(
    table: str | Path,
    *,
    space: str,
    select: str,
    report: str,
    strategies: Sequence[str] = (),
    budgets: Sequence[int] = (50, 100, 200, 500),
    runs: int = 200,
    seed: int = 0,
    processes: int | None = None,
) -> Benchmark:
    """Return what strategies reach on a table of known results: the reported accuracy of the best by selection.

    Run number r of every strategy has the seed `seed + r`. Of genomes that are equal by selection, the one found
    first stays the best. A run that exhausts the table stays where it is.

    Args:
        table: a CSV of genomes and results; see `read_known_results`.
        space: `nasbench201` or `table`.
        select: the column that selection goes by, in percent.
        report: the column that is reported, in percent.
        strategies: names of strategies, see `strategy_named`; empty means all.
        budgets: numbers of distinct evaluations.
        runs: of each strategy.
        seed: of the first run.
        processes: how many work at once; None means one for each core.

    Raises:
        ResultsError: the table cannot be read.
        SettingsError: there is no such strategy or space, or a number is not positive.
    """
    if not budgets or min(budgets) < 1 or runs < 1:
        raise SettingsError(f"budgets and runs must be positive, found budgets {list(budgets)} and {runs} runs")
    names = list(strategies) or list(STRATEGIES)
    for name in names:
        strategy_named(name)
    known = read_known_results(table, space, select, report)
    task = _Task(str(table), space, select, report, max(budgets))
    jobs = list(product(names, range(seed, seed + runs)))
    # Spawned, since a forked copy of a process with running threads may hang.
    workers = min(processes or os.cpu_count() or 1, len(jobs))
    with ProcessPoolExecutor(workers, get_context("spawn"), _prepare, (task, os.getpid())) as pool:
        found = list(pool.map(_run, jobs, chunksize=max(1, min(5, runs // workers))))
    best = max(Fitness()(result) for result in known.results.values())
    curves = {
        name: _curve(name, [trace for (owner, _), trace in zip(jobs, found, strict=True) if owner == name], best)
        for name in names
    }
    return Benchmark(Path(table).name, select, report, seed, tuple(sorted(set(budgets))), curves)


def trace(proposer: AnyStrategy, known: KnownResults[Any], seed: int, budget: int) -> list[Incumbent]:
    """Return the best genome after each of `budget` distinct evaluations of one run.

    Args:
        proposer: a strategy over the space of `known`, which proposes what is known only.
        known: the space and its results.
        seed: of the run.
        budget: how many evaluations.
    """
    history: list[Result] = []
    incumbents: list[Incumbent] = []
    best = Incumbent(FAILED, math.nan)
    for trial in range(budget):
        try:
            result = known.evaluate(proposer.propose(history, trial_generator(seed, trial)))
        except SearchError:
            break
        history.append(result)
        if result.ok and _percent(result.validation_accuracy) > best.selected:
            best = Incumbent(_percent(result.validation_accuracy), _percent(result.testing_accuracy))
        incumbents.append(best)
    return incumbents + [best] * (budget - len(incumbents))


class _Worker:
    """What a process of the pool keeps: the table, read once, and the strategies, whose runs leave no trace."""

    def __init__(self, task: _Task) -> None:
        self.known = read_known_results(task.path, task.space, task.select, task.report)
        self.budget = task.budget
        self.strategies: dict[str, AnyStrategy] = {}

    def run(self, name: str, seed: int) -> list[Incumbent]:
        if name not in self.strategies:
            self.strategies[name] = strategy_named(name)(self.known.space, admits=self.known.__contains__)
        return trace(self.strategies[name], self.known, seed, self.budget)


_worker: _Worker | None = None


def _prepare(task: _Task, driver: int) -> None:
    global _worker
    exit_with_driver(driver)
    threadpool_limits(1)
    _worker = _Worker(task)


def _run(job: tuple[str, int]) -> list[Incumbent]:
    assert _worker is not None
    return _worker.run(*job)


def _curve(name: str, traces: list[list[Incumbent]], best: float) -> list[Point]:
    return [_point(name, number, incumbents, best) for number, incumbents in enumerate(zip(*traces, strict=True), 1)]


def _point(name: str, evaluations: int, incumbents: Sequence[Incumbent], best: float) -> Point:
    reported = [incumbent.reported for incumbent in incumbents]
    selected = [incumbent.selected for incumbent in incumbents]
    runs = len(incumbents)
    return Point(
        strategy=name,
        evaluations=evaluations,
        runs=runs,
        report_mean=fmean(reported),
        report_error=stdev(reported) / math.sqrt(runs) if runs > 1 else 0.0,
        select_mean=fmean(selected),
        regret=best - fmean(selected),
        hits=sum(value >= best for value in selected) / runs,
    )


def _percent(accuracy: float | None) -> float:
    return math.nan if accuracy is None else accuracy
