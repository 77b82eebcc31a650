"""The folder of a differentiable search: the names of its files, and its tables of a few rows an epoch."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kerasnas.errors import ResultsError

SETTINGS, HISTORY, ALPHAS, GENOMES = "settings.json", "history.csv", "alphas.csv", "genomes.csv"
CELLS = "cells.csv"
DIAGNOSTICS = {
    "collapse.csv": "Collapse",
    "response.csv": "Response of the hypernetwork, training loss",
    "hypergradient.csv": "Cosine with the gradient through an unrolled training",
}
"""What `kerasnas darts diagnose` writes, with what it shows; the first column of each stands across."""
STRENGTH = "strength "
"""Stands in `alphas.csv` before the name of a cell, for what deriving ranks by."""

Row = dict[str, Any]


class EpochTable:
    """A CSV whose first column is the epoch, counted from 1.

    Args:
        path: of the file.
        columns: its header; the first is `epoch`.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._path, self._columns = path, tuple(columns)

    def put(self, epoch: int, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write the rows of an epoch; what the file holds of this and of later epochs is dropped.

        The file is replaced as a whole, so that a kill leaves the old one or the new one.
        """
        kept = [row for row in read_rows(self._path) if int(row["epoch"]) < epoch] if self._path.exists() else []
        part = self._path.with_suffix(".part")
        try:
            with part.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, self._columns)
                writer.writeheader()
                writer.writerows(kept)
                writer.writerows({"epoch": epoch, **row} for row in rows)
            os.replace(part, self._path)
        except OSError as error:
            raise ResultsError(f"{self._path}: cannot be written ({error.strerror or error})") from None


def read_diagnostics(folder: Path) -> dict[str, list[dict[str, float]]]:
    """Return the tables of `DIAGNOSTICS` that a folder has, by what they show; empty where none was made."""
    found = {}
    for name, title in DIAGNOSTICS.items():
        if (folder / name).exists():
            try:
                with (folder / name).open(newline="", encoding="utf-8") as file:
                    found[title] = [{c: float(v) for c, v in row.items()} for row in csv.DictReader(file)]
            except (OSError, ValueError, TypeError, csv.Error) as error:
                raise ResultsError(f"{folder / name}: cannot be read as numbers ({error})") from None
    return found


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a table of a search, all cells as text."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
            if rows and not all(row.get("epoch", "").isdigit() for row in rows):
                raise ResultsError(f"{path}: its first column is not the epoch; it was not written by a search")
            return rows
    except FileNotFoundError:
        raise ResultsError(f"{path}: no such file; has the search done an epoch?") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ResultsError(f"{path}: cannot be read as CSV ({error})") from None
