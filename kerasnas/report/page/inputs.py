"""What a report is made of: results files, folders of trained genomes, folders of differentiable searches."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from kerasnas.errors import ResultsError
from kerasnas.results import Protocol, Result, read
from kerasnas.results.search_folder import ALPHAS

RESULT = "result.json"
HISTORY = "history.csv"

Curve = list[dict[str, float]]
"""An entry an epoch: accuracies in percent and losses, by column."""


@dataclass(frozen=True)
class Row:
    """One result with where it is from.

    Attributes:
        result: the result.
        file: the name of its file, or of its folder.
        curve: its epochs, where they were kept.
    """

    result: Result
    file: str
    curve: Curve = field(default_factory=list)


@dataclass(frozen=True)
class Inputs:
    """All that a report shows.

    Attributes:
        rows: the results, in the order of the files.
        searches: the folders of differentiable searches.
        notes: a line for everything that could not be read.
    """

    rows: list[Row]
    searches: list[Path]
    notes: list[str]


def read_inputs(paths: Sequence[Path]) -> Inputs:
    """Return what lies at `paths`.

    Args:
        paths: results CSVs; folders that `kerasnas train-genome` or `kerasnas darts search` wrote.

    Raises:
        ResultsError: a path is none of these, or cannot be read.
    """
    rows: list[Row] = []
    searches: list[Path] = []
    notes: list[str] = []
    for path in paths:
        if not path.is_dir():
            table = read(path)
            rows += [Row(result, path.name) for result in table.results]
            notes += [f"{path.name}: {problem}" for problem in table.problems]
        elif (path / ALPHAS).exists():
            searches.append(path)
        elif (path / RESULT).exists():
            rows.append(_trained(path))
        else:
            raise ResultsError(
                f"{path}: holds neither {ALPHAS} (a differentiable search) nor {RESULT} (a trained genome); name a "
                f"results CSV or one of such folders"
            )
    return Inputs(rows, searches, notes)


def _trained(folder: Path) -> Row:
    """Return the result that `kerasnas train-genome` left in `folder`, with its epochs."""
    try:
        content: dict[str, Any] = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        known = {f.name for f in fields(Result)}
        values = {name: value for name, value in content.items() if name in known}
        values["protocol"] = Protocol(**content["protocol"]) if content.get("protocol") else None
        with (folder / HISTORY).open(newline="", encoding="utf-8") as file:
            curve = [{name: float(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
        return Row(Result(**values), folder.name, curve)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ResultsError(f"{folder}: {RESULT} and {HISTORY} are not those of a training ({error})") from None
