"""Search NAS-Bench-201's space by DARTS with each robust option, and look up the true worth of what is derived.

    python benchmarks/darts_robustness.py --data-dir DIR --table nasbench201.csv [--out CSV] [--options NAME ...]

A row is appended to the CSV per run, and runs that are in it are not done again; then the table is printed. DIR
holds CIFAR-10 as `cifar10.npz`. The accuracies are those of the table, percentages after 12 epochs of training of the
whole network, not of the reduced supernet. One thread a run, so the same command gives the same rows.
"""

import argparse
import csv
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

# Each name, the settings of the search that it changes.
VARIANTS = {
    "plain": {},
    "second order": {"order": 2},
    "partial channels": {"options": ("partial-channels=4", "edge-normalisation", "warm-up")},
    "gumbel": {"options": ("gumbel",)},
    "auxiliary skip": {"options": ("auxiliary-skip",)},
    "beta decay": {"options": ("beta-decay",), "alphas_weight_decay": 0.0},
    "at most 2 skips": {"max_skips": 2},
    "stop on skips": {"stop": "skips=2"},
    "stop on eigenvalue": {"stop": "eigenvalue"},
    "perturbation": {},
}
COLUMNS = (
    "option", "seed", "channels", "cells", "shrink", "images", "epochs", "batch_size", "alphas_learning_rate",
    "epochs_run", "cell", "skips", "table_valid", "table_test", "cpu_seconds",
)  # fmt: skip


def main() -> None:
    options = parse()
    done = read(options.out)
    for seed in options.seeds:
        for name in options.options:
            key = {"option": name, "seed": str(seed)} | {
                k: str(getattr(options, k)) for k in ("channels", "cells", "shrink", "images", "epochs", "batch_size")
            }
            key["alphas_learning_rate"] = str(options.alphas_learning_rate)
            if any(all(row[k] == v for k, v in key.items()) for row in done):
                continue
            row = key | run(name, seed, options)
            append(options.out, row)
            done.append(row)
            print(
                ", ".join(f"{k} {row[k]}" for k in ("option", "seed", "cell", "table_test", "cpu_seconds")), flush=True
            )
    summarise(read(options.out), options)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("results/darts/nasbench201_options.csv"))
    parser.add_argument("--options", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--cells", type=int, default=1, help="a stage")
    parser.add_argument("--shrink", type=int, default=2)
    parser.add_argument("--images", type=int, default=4096)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--alphas-learning-rate", type=float, default=6e-3)
    return parser.parse_args()


def run(name: str, seed: int, options: argparse.Namespace) -> dict:
    dataset = load_once(options.data_dir)
    from kerasnas.darts.perturbation import PerturbationSelection
    from kerasnas.darts.run import SearchRun
    from kerasnas.darts.settings import SearchSettings

    started = time.process_time()
    settings = SearchSettings(
        "nasbench201", "cifar10", seed=seed,
        **{k: getattr(options, k) for k in ("channels", "cells", "shrink", "images", "epochs", "batch_size",
                                            "alphas_learning_rate")} | VARIANTS[name],
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        search = SearchRun(Path(folder), settings)
        supernet = search.search(dataset)
        strengths = None
        if name == "perturbation":
            images = search.images(dataset)
            (x, y), (xv, yv) = images.train, images.valid
            prepare = images.preparation
            train, valid = (prepare(x), y), (prepare(xv[: len(xv) // 2]), yv[: len(yv) // 2])
            select = PerturbationSelection(train, valid, settings.batch_size, len(x) // settings.batch_size, seed)
            strengths = select(supernet)
        cell = search.derive(strengths)
        epochs_run = len(search.strengths())
    valid_accuracy, test_accuracy = known(options.table)[str(cell)]
    return {
        "epochs_run": epochs_run,
        "cell": str(cell),
        "skips": str(cell).count("skip_connect"),
        "table_valid": valid_accuracy,
        "table_test": test_accuracy,
        "cpu_seconds": round(time.process_time() - started, 1),
    }


_LOADED: list = []


def load_once(data_dir: Path):
    if not _LOADED:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import keras

        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            tf.config.threading.set_inter_op_parallelism_threads(1)
            tf.config.threading.set_intra_op_parallelism_threads(1)
            tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
        from kerasnas.data import load

        _LOADED.append(load("cifar10", data_dir))
    import keras

    keras.backend.clear_session()
    return _LOADED[0]


def known(table: Path) -> dict[str, tuple[str, str]]:
    with table.open(newline="") as file:
        return {row["arch"]: (row["cifar10_valid"], row["cifar10_test"]) for row in csv.DictReader(file)}


def read(path: Path) -> list[dict]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def append(path: Path, row: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if new:
            writer.writeheader()
        writer.writerow(row)


def summarise(rows: list[dict], options: argparse.Namespace) -> None:
    sizes = ("channels", "cells", "shrink", "images", "epochs", "batch_size", "alphas_learning_rate")
    rows = [row for row in rows if all(row[k] == str(getattr(options, k)) for k in sizes)]
    print("| option | seeds | test accuracy of each | mean | skips of 6 edges | CPU seconds a run |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in VARIANTS:
        found = [row for row in rows if row["option"] == name]
        if found:
            tests = [float(row["table_test"]) for row in found]
            each = ", ".join(f"{t:.2f}" for t in tests)
            skips = ", ".join(row["skips"] for row in found)
            seconds = statistics.mean(float(row["cpu_seconds"]) for row in found)
            print(f"| {name} | {len(found)} | {each} | {statistics.mean(tests):.2f} | {skips} | {seconds:.0f} |")


if __name__ == "__main__":
    main()
