"""Compare DARTS of both orders, the hypernetworks and random cells by the networks that they find.

    python benchmarks/hyperdarts_vs_darts.py nasbench201 --data-dir DIR --table nasbench201.csv --dataset cifar10
    python benchmarks/hyperdarts_vs_darts.py darts --dataset fashion_mnist --transfer digits --train-epochs 10

Each search and each training is a process of its own and a row of `searches.csv` or `trainings.csv` in --out; those
that are there are not done again, so that a run that was stopped goes on. With --table the worth of a cell is what the
table of known results says; otherwise each cell is trained, the same way, on the data set searched and on --transfer.
Then `summary.md` and the plots are written: means with standard errors, and a paired t test, over the seeds, of each
method against DARTS' first order.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

# Each name, the settings of the search that it changes; None for no search at all.
METHODS: dict[str, dict | None] = {
    "first order": {},
    "second order": {"order": 2},
    "hyper linear": {"hypernetwork": "linear"},
    "hyper mlp": {"hypernetwork": "mlp"},
    "hyper structured": {"hypernetwork": "structured"},
    "random": None,
}
BASELINE = "first order"
SIZE = ("space", "dataset", "channels", "cells", "nodes", "shrink", "images", "epochs", "batch_size",
        "alphas_learning_rate", "perturbation", "response_rate", "warm_up")  # fmt: skip
TRAINING = ("train_channels", "train_cells", "train_epochs", "train_batch_size", "train_learning_rate", "train_images")
SEARCHED = ("method", "seed", *SIZE, "cell", "genome", "parameters", "skips", "minutes", "peak_megabytes", "table")
TRAINED = ("method", "seed", *SIZE, *TRAINING, "trained_on", "genome", "parameters", "test_accuracy", "minutes")


def main() -> None:
    options = parse()
    searches, trainings = options.out / "searches.csv", options.out / "trainings.csv"
    for seed in options.seeds:
        for method in options.methods:
            row = once(searches, SEARCHED, key(options, method, seed), lambda k: alone(search, k, options))
            if options.table is None:
                for dataset in (options.dataset, *options.transfer):
                    wanted = key(options, method, seed) | {n: str(getattr(options, n)) for n in TRAINING}
                    once(
                        trainings,
                        TRAINED,
                        wanted | {"trained_on": dataset},
                        lambda k, found=row["genome"]: alone(train, k | {"found": found}, options),
                    )
    summarise(options)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("space", choices=["darts", "nasbench201"])
    parser.add_argument("--dataset", default="cifar10")
    parser.add_argument("--transfer", nargs="*", default=[], help="data sets that are not searched on")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--table", type=Path, help="CSV of known results by cell, for nasbench201")
    parser.add_argument("--table-column", default="cifar10_test")
    parser.add_argument("--out", type=Path, default=Path("results/hyperdarts"))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--cells", type=int, default=1, help="in all for darts, a stage for nasbench201")
    parser.add_argument("--nodes", type=int, default=4)
    parser.add_argument("--shrink", type=int, default=1)
    parser.add_argument("--images", type=int, default=4096)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--alphas-learning-rate", type=float, default=6e-3)
    parser.add_argument("--perturbation", type=float, default=0.5)
    parser.add_argument("--response-rate", type=float, default=1.0)
    parser.add_argument("--warm-up", type=float, default=0.0, help="share of the epochs in which the alphas stay")
    parser.add_argument("--train-channels", type=int, default=16)
    parser.add_argument("--train-cells", type=int, default=8)
    parser.add_argument("--train-epochs", type=int, default=20)
    parser.add_argument("--train-batch-size", type=int, default=96)
    parser.add_argument("--train-learning-rate", type=float, default=0.025)
    parser.add_argument("--train-images", type=int, default=60_000, help="of each data set, where it has so many")
    return parser.parse_args()


def key(options: argparse.Namespace, method: str, seed: int) -> dict[str, str]:
    return {"method": method, "seed": str(seed)} | {name: str(getattr(options, name)) for name in SIZE}


def once(path: Path, columns: tuple[str, ...], wanted: dict, make) -> dict:
    """The row of `wanted`, made and appended where the file has none."""
    for row in read(path):
        if all(row[name] == value for name, value in wanted.items()):
            return row
    row = {name: str(value) for name, value in (wanted | make(wanted)).items() if name in columns}
    append_row(path, columns, row)
    return row


def append_row(path: Path, columns: tuple[str, ...], row: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)
    print(", ".join(f"{n} {row[n]}" for n in columns if n in row and n not in SIZE and n != "genome"), flush=True)


def alone(function, *arguments) -> dict:
    """The result in a process of its own, so that its peak memory is its own too."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def search(wanted: dict, options: argparse.Namespace) -> dict:
    from kerasnas.data import load
    from kerasnas.model.cost import cost

    started, seed = time.monotonic(), int(wanted["seed"])
    dataset = load(options.dataset, options.data_dir)
    changes = METHODS[wanted["method"]]
    cell, genome = random_cell(options, seed) if changes is None else searched_cell(options, seed, changes, dataset)
    return {
        "cell": str(cell),
        "genome": str(genome),
        "parameters": cost(genome, dataset.image_shape, dataset.classes).parameters,
        "skips": str(cell).count("skip_connect"),
        "minutes": round((time.monotonic() - started) / 60, 2),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "table": known(options, str(cell)),
    }


def searched_cell(options: argparse.Namespace, seed: int, changes: dict, dataset):
    from kerasnas.darts.backend import load as load_backend
    from kerasnas.darts.run import SearchRun
    from kerasnas.darts.settings import SearchSettings

    load_backend("trainer").set_up_process()
    given = {name: getattr(options, name) for name in SIZE if name not in ("space", "dataset", "warm_up")}
    if options.warm_up:
        given["options"] = (f"warm-up={options.warm_up:g}",)
    settings = SearchSettings(options.space, options.dataset, seed=seed, **given | changes)
    with tempfile.TemporaryDirectory() as folder:
        run = SearchRun(Path(folder), settings)
        run.search(dataset)
        cell = run.derive()
        return cell, run.genome(cell)


def random_cell(options: argparse.Namespace, seed: int):
    """A cell drawn as deriving would take it from random strengths."""
    import numpy as np

    networks = networks_of(options, options.channels, options.cells)
    generator = np.random.default_rng((seed, 201))
    shape = networks.edges, len(networks.primitives)
    cell = networks.cell({name: generator.uniform(size=shape) for name in networks.cell_names})
    return cell, networks.genome(cell)


def networks_of(options: argparse.Namespace, channels: int, cells: int):
    from kerasnas.darts.resources import DerivedNetworks

    nodes = options.nodes if options.space == "darts" else 3
    return DerivedNetworks(options.space, channels, cells, nodes, (32, 32, 3), 10)


def known(options: argparse.Namespace, cell: str) -> str:
    if options.table is None:
        return ""
    with options.table.open(newline="") as file:
        found = [row[options.table_column] for row in csv.DictReader(file) if row["arch"] == cell]
    if not found:
        sys.exit(f"hyperdarts_vs_darts: {options.table} has no row for the cell {cell}")
    return found[0]


def train(wanted: dict, options: argparse.Namespace) -> dict:
    from kerasnas.data import load
    from kerasnas.evaluation.task import train_to_result
    from kerasnas.training.settings import TrainingSettings

    genome, dataset = resized(wanted["found"], options), load(wanted["trained_on"], options.data_dir)
    started = time.monotonic()
    settings = TrainingSettings(
        epochs=options.train_epochs,
        batch_size=options.train_batch_size,
        learning_rate=options.train_learning_rate,
        train_fraction=min(1.0, options.train_images / len(dataset.train_images)),
        seed=int(wanted["seed"]),
    )
    result = train_to_result(str(genome), dataset, settings)
    return {
        "genome": str(genome),
        "parameters": result.parameters,
        "test_accuracy": result.testing_accuracy,
        "minutes": round((time.monotonic() - started) / 60, 2),
    }


def resized(found: str, options: argparse.Namespace):
    """The network that the cells of a genome are judged by."""
    from kerasnas.genome import parse
    from kerasnas.genome.genotype import darts_genome, genotype_of
    from kerasnas.genome.nasbench201 import cell_of, nasbench201_genome

    if options.space == "darts":
        return darts_genome(genotype_of(parse(found)), options.train_channels, options.train_cells)
    return nasbench201_genome(cell_of(parse(found)), options.train_cells, options.train_channels)


def summarise(options: argparse.Namespace) -> None:
    base = {name: str(getattr(options, name)) for name in SIZE}
    searches = [row for row in read(options.out / "searches.csv") if all(row[k] == v for k, v in base.items())]
    base |= {name: str(getattr(options, name)) for name in TRAINING}
    trainings = [row for row in read(options.out / "trainings.csv") if all(row[k] == v for k, v in base.items())]
    if options.table is not None:
        judged = {options.table_column: {(r["method"], r["seed"]): float(r["table"]) for r in searches}}
    else:
        judged = {
            name: {(r["method"], r["seed"]): float(r["test_accuracy"]) for r in trainings if r["trained_on"] == name}
            for name in (options.dataset, *options.transfer)
        }
    lines = table(searches, judged)
    (options.out / "summary.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    plot(judged, searches, options.out / "summary.png")


def table(searches: list[dict], judged: dict[str, dict]) -> list[str]:
    heads = [f"{name}: mean ± standard error | against {BASELINE}, paired p" for name in judged]
    lines = [f"| method | seeds | {' | '.join(heads)} | parameters | skips | minutes | peak MB |"]
    lines.append("| --- " * (6 + 2 * len(judged)) + "|")
    for method in METHODS:
        rows = [row for row in searches if row["method"] == method]
        if not rows:
            continue
        cells = []
        for values in judged.values():
            cells += [spread([v for (m, _), v in values.items() if m == method]), paired(values, method)]
        means = [statistics.mean(float(r[n]) for r in rows) for n in ("parameters", "skips", "minutes")]
        peak = max(int(r["peak_megabytes"]) for r in rows)
        figures = f"{means[0]:,.0f} | {means[1]:.1f} | {means[2]:.2f} | {peak}"
        lines.append(f"| {method} | {len(rows)} | {' | '.join(cells)} | {figures} |")
    return lines


def spread(values: list[float]) -> str:
    if not values:
        return "-"
    if len(values) == 1:
        return f"{values[0]:.2f}"
    return f"{statistics.mean(values):.2f} ± {statistics.stdev(values) / len(values) ** 0.5:.2f}"


def paired(values: dict, method: str) -> str:
    """Mean difference to the baseline over the seeds that both have, and the two-sided p of a paired t test."""
    seeds = [s for (m, s) in values if m == method and (BASELINE, s) in values]
    differences = [values[method, s] - values[BASELINE, s] for s in seeds]
    if method == BASELINE or len(differences) < 2 or len(set(differences)) == 1:
        return "-"
    from scipy.stats import ttest_1samp

    return f"{statistics.mean(differences):+.2f}, {ttest_1samp(differences, 0).pvalue:.3f}"


def plot(judged: dict[str, dict], searches: list[dict], path: Path) -> None:
    from kerasnas.report.plots import new_figure, save

    figure = new_figure(5.5 * (len(judged) + 1), 4)
    axes = figure.subplots(1, len(judged) + 1, squeeze=False)[0]
    present = [m for m in METHODS if any(row["method"] == m for row in searches)]
    for place, (name, values) in zip(axes, judged.items(), strict=False):
        for i, method in enumerate(present):
            found = [v for (m, _), v in values.items() if m == method]
            place.plot([i] * len(found), found, "o")
        place.set_title(f"{name}: accuracy of each seed, %", fontsize=10)
    minutes = [[float(r["minutes"]) for r in searches if r["method"] == m] for m in present]
    axes[-1].bar(range(len(present)), [statistics.mean(m) for m in minutes])
    axes[-1].set_title("minutes a search", fontsize=10)
    for place in axes:
        place.set_xticks(range(len(present)), present, rotation=30, fontsize=7)
    save(figure, path)


def read(path: Path) -> list[dict]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
