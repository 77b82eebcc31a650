"""Compare one search over all preferences with a search for each budget, in NAS-Bench-201's space.

    python benchmarks/one_search_every_budget.py --data-dir DIR --table nasbench201.csv

The one search draws its preference at every step; from it a network is derived for each of --budgets, and its whole
front. The separate searches have the budget as a target. All else is the same, and all networks are derived within the
budget. Budgets are parameters of the network at the size that is searched; the accuracy is that of the table, after
training the cell's whole network. A search is a process of its own, and its rows go to `budgets.csv` in --out when it
is done; those that are there are not done again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from hyperdarts_vs_darts import alone, append_row, known, read

ONE, SEPARATE, FRONT = "one search", "separate search", "front of the one search"
SIZE = ("dataset", "hypernetwork", "preference", "channels", "cells", "shrink", "images", "epochs", "batch_size",
        "alphas_learning_rate")  # fmt: skip
COLUMNS = ("kind", "seed", "budget", *SIZE, "preference_taken", "cell", "parameters", "table", "minutes", "cpu_minutes")


def main() -> None:
    options = parse()
    path = options.out / "budgets.csv"
    for seed in options.seeds:
        for budgets in (options.budgets, *([budget] for budget in options.budgets)):
            kind = ONE if budgets is options.budgets else SEPARATE
            missing = [b for b in budgets if not any(matches(r, options, seed, kind, b) for r in read(path))]
            if missing:
                for row in alone(search, options, seed, kind, budgets):
                    append_row(path, COLUMNS, row)
    summarise(options, read(path))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--dataset", default="cifar10")
    parser.add_argument("--table", type=Path, required=True, help="CSV of known results by cell")
    parser.add_argument("--table-column", default="cifar10_test")
    parser.add_argument("--out", type=Path, default=Path("results/hyperdarts"))
    parser.add_argument("--budgets", type=int, nargs="+", default=[25_000, 35_000, 50_000], help="parameters")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--hypernetwork", default="structured")
    parser.add_argument("--preference", default="parameters=0.0003:0.3")
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--cells", type=int, default=1, help="a stage")
    parser.add_argument("--shrink", type=int, default=2)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--alphas-learning-rate", type=float, default=6e-3)
    return parser.parse_args()


def matches(row: dict, options: argparse.Namespace, seed: int, kind: str, budget: int) -> bool:
    wanted = {"kind": kind, "seed": seed, "budget": budget} | {name: getattr(options, name) for name in SIZE}
    if kind == SEPARATE:
        del wanted["preference"]  # a search for one budget has none
    return all(row[name] == str(value) for name, value in wanted.items())


def search(options: argparse.Namespace, seed: int, kind: str, budgets: list[int]) -> list[dict]:
    """The rows of one search: a network for each budget, and those of its front where it was over preferences."""
    from kerasnas.darts.assembly import derived_networks
    from kerasnas.darts.backend import load as load_backend
    from kerasnas.darts.front import Front
    from kerasnas.darts.resources import derive_within
    from kerasnas.darts.run import SearchRun
    from kerasnas.darts.settings import SearchSettings
    from kerasnas.data import load
    from kerasnas.model.cost import cost

    load_backend("trainer").set_up_process()
    dataset = load(options.dataset, options.data_dir)
    given = {name: getattr(options, name) for name in SIZE if name != "preference"}
    if kind == ONE:
        given["preference"] = options.preference
    else:
        given["targets"] = (f"parameters={budgets[0]}",)
    settings = SearchSettings("nasbench201", seed=seed, **given)
    started, cpu_started = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        run = SearchRun(Path(folder), settings)
        run.search(dataset)
        minutes = round((time.monotonic() - started) / 60, 2)
        cpu_minutes = round((time.process_time() - cpu_started) / 60, 2)
        networks = derived_networks(settings, dataset.image_shape, dataset.classes)

        def amount(genome) -> int:
            return cost(genome, dataset.image_shape, dataset.classes).parameters

        def row(kind: str, budget: int | str, cell, taken: float | str = "") -> dict:
            fixed = {"kind": kind, "seed": seed, "budget": budget, "preference_taken": taken}
            fixed |= {"minutes": minutes, "cpu_minutes": cpu_minutes}
            found = {"cell": str(cell), "parameters": amount(networks.genome(cell)), "table": known(options, str(cell))}
            return fixed | {name: getattr(options, name) for name in SIZE} | found

        if kind == SEPARATE:
            budget = budgets[0]
            cell = derive_within(networks, run.strengths()[-1], lambda g: amount(g) <= budget, "parameters", None)
            return [row(kind, budget, cell)]
        front = Front(run, networks)
        rows = []
        for budget in budgets:
            point = front.within(lambda genome, budget=budget: amount(genome) <= budget)
            rows.append(row(kind, budget, point.cell, f"{point.preference:.4g}"))
        return rows + [row(FRONT, "", p.cell, f"{p.preference:.4g}") for p in front.points()]


def summarise(options: argparse.Namespace, rows: list[dict]) -> None:
    rows = [r for r in rows if int(r["seed"]) in options.seeds
            and matches(r, options, int(r["seed"]), r["kind"], r["budget"])]  # fmt: skip
    lines = ["| seed | budget | one search: parameters | accuracy | a search of its own: parameters | accuracy |"]
    lines.append("| --- " * 6 + "|")
    for seed in options.seeds:
        for budget in options.budgets:
            cells = []
            for kind in (ONE, SEPARATE):
                (found,) = [r for r in rows if matches(r, options, seed, kind, budget)]
                cells += [f"{int(found['parameters']):,}", f"{float(found['table']):.2f}"]
            lines.append(f"| {seed} | {budget:,} | {' | '.join(cells)} |")
    for kind in (ONE, SEPARATE):
        taken = {(r["seed"], r["budget"] if kind == SEPARATE else ""): float(r["cpu_minutes"]) for r in rows
                 if r["kind"] == kind}  # fmt: skip
        lines.append(f"\n{kind}: {sum(taken.values()) / len(options.seeds):.1f} CPU minutes in all for each seed.")
    (options.out / "budgets.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    plot(rows, options.out / "budgets.png")


def plot(rows: list[dict], path: Path) -> None:
    from kerasnas.report.plots import new_figure, save

    figure = new_figure(6, 4)
    axes = figure.subplots()
    for kind, style in ((FRONT, ".-"), (ONE, "o"), (SEPARATE, "^")):
        for number, seed in enumerate(sorted({r["seed"] for r in rows})):
            found = sorted((int(r["parameters"]), float(r["table"])) for r in rows
                           if r["kind"] == kind and r["seed"] == seed)  # fmt: skip
            axes.plot(*zip(*found, strict=True), style, color=f"C{number}", label=f"{kind}, seed {seed}")
    axes.set_xlabel("parameters at the size that was searched")
    axes.set_ylabel("accuracy by the table, %")
    axes.legend(fontsize=7)
    save(figure, path)


if __name__ == "__main__":
    main()
