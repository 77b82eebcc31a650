"""The tables that a search writes, a few rows an epoch, and reads again."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerasnas.errors import ResultsError

Row = dict[str, Any]
PARAMETER_COLUMNS = ("epoch", "parameter", "edge", "operation", "value")


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


def read_history(path: Path) -> list[dict[str, float]]:
    """Return the history, an entry an epoch, by column."""
    return [{name: float(cell) for name, cell in row.items() if cell} for row in read_rows(path)]


def parameter_rows(values: Mapping[str, np.ndarray], operations: Sequence[str]) -> Iterable[Row]:
    """Yield a row for every number of the parameters of an epoch.

    Args:
        values: by name, each [edges, operations] or [edges].
        operations: the names of the columns.
    """
    for name, array in values.items():
        for edge, numbers in enumerate(array):
            for operation, number in zip(operations if array.ndim == 2 else ("",), np.atleast_1d(numbers), strict=True):
                yield {"parameter": name, "edge": edge, "operation": operation, "value": repr(float(number))}


def read_parameters(path: Path) -> list[dict[str, np.ndarray]]:
    """Return what `parameter_rows` wrote, an entry an epoch, arrays by name in the order written."""
    epochs: dict[int, dict[str, dict[int, list[float]]]] = {}
    with_operations: set[str] = set()
    for row in read_rows(path):
        name, edge = row["parameter"], int(row["edge"])
        epochs.setdefault(int(row["epoch"]), {}).setdefault(name, {}).setdefault(edge, []).append(float(row["value"]))
        if row["operation"]:
            with_operations.add(name)
    return [
        {
            name: np.array([numbers if name in with_operations else numbers[0] for numbers in edges.values()])
            for name, edges in parameters.items()
        }
        for _, parameters in sorted(epochs.items())
    ]


def read_operations(path: Path) -> tuple[str, ...]:
    """Return the names of the operations in the order of the arrays' columns."""
    return tuple(dict.fromkeys(row["operation"] for row in read_rows(path) if row["operation"]))
