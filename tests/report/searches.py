"""The folder of a differentiable search, as `kerasnas darts search` and `darts train` leave it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

CELLS = (
    "1:|skip_connect~0|+|none~0|nor_conv_3x3~1|",
    "1:|nor_conv_3x3~0|+|skip_connect~0|nor_conv_3x3~1|",
    "1:|nor_conv_3x3~0|+|skip_connect~0|avg_pool_3x3~1|",
)
GENOME = "ST 4 3;CE 1 |nor_conv_3x3~0|+|skip_connect~0|avg_pool_3x3~1|;RB 8;PC"


def search_folder(folder: Path, trained: bool = True) -> Path:
    """Write three epochs of a search into `folder`."""
    folder.mkdir(exist_ok=True)
    epochs = range(1, len(CELLS) + 1)
    _write(folder / "cells.csv", [{"epoch": e, "cell": "cell", "text": CELLS[e - 1]} for e in epochs])
    _write(folder / "genomes.csv", [{"epoch": e, "genome": GENOME} for e in epochs])
    history = [
        {"epoch": e, "loss": 2 / e, "val_accuracy": 0.1 * e, "eigenvalue": 0.3 * e, "seconds": 9} for e in epochs
    ]
    _write(folder / "history.csv", history)
    alphas = [
        {"epoch": epoch, "parameter": name, "edge": edge, "operation": operation, "value": 0.1 * epoch + edge / 10}
        for epoch in epochs
        for name in ("alphas_cell", "strength cell")
        for edge in range(3)
        for operation in ("none", "skip_connect")
    ]
    _write(folder / "alphas.csv", alphas)
    (folder / "settings.json").write_text(json.dumps({"space": "nasbench201", "epochs": 3, "options": ["<b>"]}))
    if trained:
        (folder / "trained").mkdir(exist_ok=True)
        (folder / "trained" / "gap.json").write_text(
            json.dumps({"supernet_accuracy": 71.5, "inherited_accuracy": 33.25})
        )
    return folder


def _write(path: Path, rows: list[dict]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
