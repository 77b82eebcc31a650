"""Tables of known results as evaluators: what would have to be trained is looked up."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

from kerasnas.errors import GenomeError, ResultsError, SettingsError
from kerasnas.genome import NasBench201Space, SearchSpace, TableSpace
from kerasnas.genome.arguments import suggestion
from kerasnas.genome.space import G
from kerasnas.results import OK, Result

SPACES = ("nasbench201", "table")

_GENOME_COLUMNS = ("genomestring", "genome", "architecture", "arch")
_PARAMETERS_COLUMNS = ("parameters", "params", "paramsderived")
_MACS_COLUMNS = ("macs", "flopsderived")


@dataclass(frozen=True)
class KnownResults(Generic[G]):
    """A search space whose results are known.

    Attributes:
        space: the search space.
        results: what is known of each genome; the selection column as the validation accuracy, and the reported
            column as the testing accuracy.
    """

    space: SearchSpace[G]
    results: Mapping[G, Result]

    def __contains__(self, genome: Hashable) -> bool:
        """Tell whether the result of `genome` is known; a strategy takes this as its limit."""
        return genome in self.results

    def evaluate(self, genome: G) -> Result:
        """Return the result of `genome`; raises `ResultsError` where the table has none."""
        if genome not in self.results:
            raise ResultsError(f"the table has no result for {genome}; search what it holds with the space 'table'")
        return self.results[genome]


def read_known_results(path: str | Path, space: str, select: str, report: str) -> KnownResults[Any]:
    """Return what a CSV knows of the genomes of a search space.

    The genomes are in a column named `Genome string`, `genome`, `architecture` or `arch`. An empty or non-finite
    cell in the selection column makes a failed result.

    Args:
        path: the CSV; its other columns may be anything.
        space: `nasbench201`, or `table` for the genomes that the CSV holds.
        select: the column that selection goes by, in percent.
        report: the column that is reported, in percent.

    Raises:
        ResultsError: the file cannot be read, or a column or value is not what it should be; names the line.
        SettingsError: there is no such space.
    """
    path = Path(path)
    if space not in SPACES:
        raise SettingsError(f"unknown space {space!r}, expected one of {', '.join(SPACES)}" + suggestion(space, SPACES))
    header, rows = _rows(path)
    genome = _find(path, header, _GENOME_COLUMNS)
    columns = {"validation_accuracy": _named(path, header, select), "testing_accuracy": _named(path, header, report)}
    counts = {"parameters": _optional(header, _PARAMETERS_COLUMNS), "macs": _optional(header, _MACS_COLUMNS)}
    found: SearchSpace[Any]
    try:
        found = NasBench201Space() if space == "nasbench201" else TableSpace(row[genome] for _, row in rows)
    except GenomeError as error:
        raise ResultsError(f"{path}: {error}") from None
    results: dict[Any, Result] = {}
    for line, row in rows:
        try:
            key = found.read(row[genome])
            if key in results:
                raise ResultsError(f"{row[genome]!r} stands in the table twice; remove one")
            results[key] = _result(str(key), row, columns, counts)
        except (GenomeError, ResultsError) as error:
            raise ResultsError(f"{path}, line {line}: {error}") from None
    return KnownResults(found, results)


def _rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            header = [title.strip() for title in next(reader, [])]
            rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except FileNotFoundError:
        raise ResultsError(f"{path}: no such file; name a CSV of genomes and their results") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ResultsError(f"{path}: cannot be read as CSV in UTF-8 ({error})") from None
    if not rows:
        raise ResultsError(f"{path}: the table has no rows; expected a header and a line for each genome")
    for line, row in rows:
        if len(row) != len(header):
            raise ResultsError(f"{path}, line {line}: {len(row)} cells where the header has {len(header)}")
    return header, rows


def _result(genome: str, row: Sequence[str], columns: Mapping[str, int], counts: Mapping[str, int | None]) -> Result:
    accuracies = {name: _number(row[column], float) for name, column in columns.items()}
    costs = {name: _number(row[column], int) for name, column in counts.items() if column is not None}
    known = accuracies["validation_accuracy"] is not None
    return Result(genome, status=OK if known else "failed", **accuracies, **costs)  # type: ignore[arg-type]


def _number(cell: str, kind: Callable[[float], float]) -> float | None:
    if not cell.strip():
        return None
    try:
        number = float(cell)
    except ValueError:
        raise ResultsError(f"{cell!r} is not a number") from None
    return kind(number) if math.isfinite(number) else None


def _named(path: Path, header: list[str], title: str) -> int:
    if title not in header:
        raise ResultsError(
            f"{path}: no column {title!r}; found {', '.join(map(repr, header))}" + suggestion(title, tuple(header))
        )
    return header.index(title)


def _optional(header: list[str], keys: Sequence[str]) -> int | None:
    plain = [re.sub(r"[^a-z0-9]", "", title.lower()) for title in header]
    return next((plain.index(key) for key in keys if key in plain), None)


def _find(path: Path, header: list[str], keys: Sequence[str]) -> int:
    column = _optional(header, keys)
    if column is None:
        raise ResultsError(f"{path}: no column of genomes, named 'genome' say; found {', '.join(map(repr, header))}")
    return column
