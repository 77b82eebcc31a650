"""What the documentation takes from the repository while it is built: the benchmark tables, from `results/`."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from kerasnas.results import read
from kerasnas.search.candidates import best_result

RESULTS = Path(__file__).resolve().parent.parent / "results"


def on_page_markdown(markdown: str, page: Any, **others: Any) -> str:
    """Fill in the tables where a page asks for them."""
    for marker, table in (("<!-- searches -->", searches), ("<!-- nasbench201 -->", nasbench201)):
        if marker in markdown:
            markdown = markdown.replace(marker, table())
    return markdown


def searches() -> str:
    """Return a table of the results files: how many rows, and the best by validation accuracy."""
    lines = [
        "| file | rows | trained for | best validation | its testing | parameters | genome |",
        "|---|---|---|---|---|---|---|",
    ]
    for path in sorted(RESULTS.rglob("*.csv")):
        with path.open(encoding="utf-8") as file:
            if not file.readline().startswith("Genome string"):
                continue
        rows = [row for row in read(path).results if not (row.protocol and row.protocol.estimator)]
        best = best_result(rows)  # of trainings; what an estimate rated highly was trained in full, or is not known
        if best is None or best.protocol is None:
            continue
        epochs = sorted({row.protocol.epochs for row in rows if row.protocol})
        lines.append(
            f"| `{path.relative_to(RESULTS)}` | {len(rows)} | {', '.join(map(str, epochs))} epochs | "
            f"{best.validation_accuracy:.2f}% | {best.testing_accuracy:.2f}% | {best.parameters:,} | `{best.genome}` |"
        )
    return "\n".join(lines)


def nasbench201() -> str:
    """Return a table of the strategies on NAS-Bench-201: test accuracy after so many evaluations."""
    parts = []
    for dataset in ("cifar10", "cifar100", "imagenet16_120"):
        rows = [
            row
            for folder in (RESULTS / "nasbench201" / dataset, RESULTS / "nasbench201" / "predictor" / dataset)
            if (folder / "summary.csv").exists()
            for row in _rows(folder / "summary.csv")
        ]
        budgets = sorted({int(row["evaluations"]) for row in rows})
        parts += [
            f"\n### {dataset}\n",
            f"| strategy | {' | '.join(f'{budget} evaluations' for budget in budgets)} |",
            "|---" * (len(budgets) + 1) + "|",
        ]
        for strategy in dict.fromkeys(row["strategy"] for row in rows):
            found = {int(row["evaluations"]): row for row in rows if row["strategy"] == strategy}
            cells = [
                f"{float(found[b]['report_mean']):.2f} ± {float(found[b]['report_error']):.2f}" if b in found else ""
                for b in budgets
            ]
            parts.append(f"| {strategy} | {' | '.join(cells)} |")
    return "\n".join(parts)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
