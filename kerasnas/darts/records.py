"""The history and the architecture parameters of a search, an entry an epoch, as rows of tables and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from kerasnas.results.search_folder import Row, read_rows

PARAMETER_COLUMNS = ("epoch", "parameter", "edge", "operation", "value")


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
