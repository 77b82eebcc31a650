"""Compare a search that trains every genome in full with the same search by an estimate, which trains the best in full.

    python benchmarks/search_by_estimates.py --dataset fashion_mnist --data-dir DIR

Both are `kerasnas search` with the same strategy, space and seed, one after the other; an estimate is cheap, so that
search has more trials (--estimate-budget). A search that was stopped goes on. Then `summary.md` says for each seed
what the best network reaches after full training (the search goes by validation accuracy; the test accuracy is shown,
not used), and the CPU time of all its rows.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main() -> None:
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    lines = [
        "| seed | search | trained in full | best validation | its test | its parameters | CPU minutes | share |",
        "| --- " * 8 + "|",
    ]
    for seed in options.seeds:
        spent = 0.0
        by_estimates = ["--estimate", options.estimate, "--finalists", str(options.finalists)]
        for name, budget, estimate in (
            ("in full", options.budget, []),
            (options.estimate, options.estimate_budget, by_estimates),
        ):
            out = options.out / f"{'by_estimates' if estimate else 'in_full'}_{seed}.csv"
            search(options, seed, out, ["--budget", str(budget), *estimate])
            rows = [row for row in read(out) if row["Status"] == "ok"]
            minutes = sum(float(row["CPU Seconds"]) for row in rows) / 60
            spent = spent or minutes
            trained = [row for row in rows if row["Estimator"] == ""]
            best = max(trained, key=lambda row: float(row["Validation Accuracy"]))
            lines.append(
                f"| {seed} | {name}, {len(rows) - len(trained) if estimate else len(rows)} trials | {len(trained)} "
                f"| {float(best['Validation Accuracy']):.2f}% | {float(best['Testing Accuracy']):.2f}% "
                f"| {int(best['Parameters']):,} | {minutes:.1f} | {minutes / spent:.0%} |"
            )
    (options.out / "summary.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", default="fashion_mnist")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "search_by_estimates")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--strategy", default="predictor")
    parser.add_argument("--strategy-option", nargs="*", default=["initial=12"])
    parser.add_argument("--estimate", default="auto")
    parser.add_argument("--finalists", type=int, default=4)
    parser.add_argument("--budget", type=int, default=30, help="trials of the search that trains in full")
    parser.add_argument("--estimate-budget", type=int, default=60, help="trials of the search by estimates")
    parser.add_argument("--max-parameters", type=int, default=4000)
    parser.add_argument("--max-macs", type=int, default=10**9)
    parser.add_argument("--filters", default="4,6,8,10,12,16")
    parser.add_argument("--epochs", type=int, default=8, help="of a full training")
    parser.add_argument("--train-fraction", type=float, default=0.25)
    return parser.parse_args()


def search(options: argparse.Namespace, seed: int, out: Path, further: list[str]) -> None:
    command = [sys.executable, "-m", "kerasnas", "search", "--dataset", options.dataset, "--out", str(out)]
    for name in ("strategy", "max_parameters", "max_macs", "filters", "epochs", "train_fraction"):
        command += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    for text in options.strategy_option:
        command += ["--strategy-option", text]
    if options.data_dir:
        command += ["--data-dir", str(options.data_dir)]
    subprocess.run([*command, "--seed", str(seed), "--workers", "1", *further], cwd=ROOT, check=True)


def read(path: Path) -> list[dict]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
