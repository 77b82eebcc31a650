"""`kerasnas benchmark`: what the strategies reach on a table of known results."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.output import note, print_json, print_table


def benchmark(
    table: Annotated[Path, typer.Option(help="A CSV of genomes and their results.", show_default=False)],
    space: Annotated[str, typer.Option(help="nasbench201, or table for the genomes that the CSV holds.")],
    select: Annotated[str, typer.Option(help="The column to select by, in percent.", show_default=False)],
    report: Annotated[str, typer.Option(help="The column to report, in percent.", show_default=False)],
    strategies: Annotated[str, typer.Option(help="Names, joined by commas, or all.")] = "all",
    budgets: Annotated[str, typer.Option(help="Numbers of distinct evaluations, joined by commas.")] = "50,100,200,500",
    runs: Annotated[int, typer.Option(min=1, help="How many runs of each strategy.")] = 200,
    processes: Annotated[
        int | None, typer.Option(min=1, help="How many work at once; all cores unless set.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="A folder for summary.csv, curves.csv and regret.png.", show_default=False)
    ] = None,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Run every strategy many times on a table, and report the best by selection after each budget.

    Example: kerasnas benchmark --table nasbench201.csv --space nasbench201 --select cifar10_valid
    --report cifar10_test --out results/nasbench201/cifar10
    """
    from kerasnas.report.regret import write_benchmark
    from kerasnas.search.benchmark import run_benchmark

    found = run_benchmark(
        table,
        space=space,
        select=select,
        report=report,
        strategies=() if strategies == "all" else [name.strip() for name in strategies.split(",")],
        budgets=options.whole_numbers(budgets, "--budgets"),
        runs=runs,
        seed=seed,
        processes=processes,
    )
    for path in write_benchmark(found, out) if out else []:
        note(f"wrote {path}")
    if json:
        print_json({"table": found.table, "seed": seed, "points": [asdict(point) for point in found.points]})
        return
    print_table(
        ("strategy", "evaluations", report, "standard error", select, "optimum found"),
        [
            (p.strategy, p.evaluations, p.report_mean, p.report_error, p.select_mean, f"{p.hits:.0%}")
            for p in found.points
        ],
    )
