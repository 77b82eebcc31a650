"""Reading results CSVs: our own, and those that others made."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kerasnas.errors import ResultsError
from kerasnas.results.protocol import ADDED_LATER, Protocol
from kerasnas.results.row import COLUMNS, FIELD_TYPES, PROTOCOL_FIELDS, RESULT_FIELDS, Result

_ALIASES = {
    "genome": "genome",
    "architecture": "genome",
    "params": "parameters",
    "trainaccuracy": "training_accuracy",
    "testaccuracy": "testing_accuracy",
    "valaccuracy": "validation_accuracy",
}
_REQUIRED = ("genome", "parameters", "testing_accuracy")
_EXPECTED = "a results CSV, as kerasnas evaluate writes it"
_LONGEST_CELL = 2**31 - 1
_NON_NEGATIVE = ("parameters", "macs", "peak_activation_bytes", "seconds")


@dataclass(frozen=True)
class Table:
    """The rows of a results file, in its order, and what was passed over.

    Attributes:
        path: the file.
        results: the rows that could be read, failed ones among them.
        problems: a line for each row or cell that could not be read, naming line and column.
    """

    path: Path
    results: list[Result]
    problems: list[str] = field(default_factory=list)


class _CellError(ValueError):
    """A cell does not hold what its column promises."""


def read(path: str | Path) -> Table:
    """Return the rows of a results CSV.

    Headers may differ from ours in capitals, spaces and punctuation; unknown columns are ignored, and so are
    a byte-order mark, carriage returns and an unnamed index column. A row that cannot be read is left out and
    named in `Table.problems`.

    Raises:
        ResultsError: there is no such file, it is not text, or a needed column is missing.
    """
    path = Path(path)
    lines = _csv_lines(path)
    if not lines:
        raise ResultsError(f"{path}: the file is empty; expected the header {','.join(COLUMNS[:4])},…")
    _, header = lines[0]
    columns = _columns(path, header)
    results: list[Result] = []
    problems: list[str] = []
    for number, cells in lines[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            problems.append(f"line {number}: {len(cells)} cells where the header has {len(header)}; passed over")
            continue
        try:
            results.append(_result(columns, cells))
        except _CellError as error:
            problems.append(f"line {number}, {error}; passed over")
    return Table(path, results, problems)


def _csv_lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return each row that is not empty, with the number of the line, from 1, on which it begins."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ResultsError(f"{path}: no such file; `kerasnas evaluate … --out {path}` makes one") from None
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read ({error.strerror or error}); expected {_EXPECTED}") from None
    except UnicodeDecodeError as error:
        raise ResultsError(f"{path}: not UTF-8 text (byte {error.start}); expected {_EXPECTED}") from None
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text.replace("\x00", "")))
    lines: list[tuple[int, list[str]]] = []
    first = 1
    try:
        for cells in reader:
            if cells:
                lines.append((first, cells))
            first = reader.line_num + 1
    except csv.Error as error:
        raise ResultsError(f"{path}, line {first}: not CSV ({error})") from None
    return lines


def _columns(path: Path, header: list[str]) -> dict[str, tuple[int, str]]:
    """Return for each field that the file has: the number of its column and the column's title."""
    known = {_key(title): name for title, name in zip(COLUMNS, (*RESULT_FIELDS, *PROTOCOL_FIELDS), strict=True)}
    known |= _ALIASES
    columns: dict[str, tuple[int, str]] = {}
    for number, title in enumerate(header):
        name = known.get(_key(title))
        if name in columns:
            raise ResultsError(f"{path}: two columns are named {title.strip()!r}; remove one")
        if name is not None:
            columns[name] = number, title.strip()
    missing = [COLUMNS[RESULT_FIELDS.index(name)] for name in _REQUIRED if name not in columns]
    if missing:
        raise ResultsError(
            f"{path}: no column {' or '.join(repr(title) for title in missing)}; "
            f"found {', '.join(repr(title) for title in header)}"
        )
    return columns


def _key(title: str) -> str:
    return re.sub(r"[^a-z0-9]", "", title.lower())


def _result(columns: dict[str, tuple[int, str]], cells: list[str]) -> Result:
    values: dict[str, Any] = {}
    for name, (number, title) in columns.items():
        cell = cells[number].strip()
        if cell or FIELD_TYPES[name] == "str":
            try:
                values[name] = _value(name, cell)
            except ValueError as error:
                raise _CellError(f"column {title!r}: {error}") from None
    if not values.get("genome"):
        raise _CellError(f"column {columns['genome'][1]!r}: no genome")
    if not values.get("status"):
        values.pop("status", None)
    protocol_values = {name: values.pop(name) for name in PROTOCOL_FIELDS if name in values}
    complete = set(PROTOCOL_FIELDS) <= protocol_values.keys() | ADDED_LATER.keys()
    return Result(**values, protocol=Protocol(**protocol_values) if complete else None)


def _value(name: str, cell: str) -> str | int | float:
    kind = FIELD_TYPES[name]
    if kind == "str":
        return cell
    number = _READERS[kind](cell)
    if not math.isfinite(number):
        raise ValueError(f"{cell!r} is not a finite number")
    if number < 0 and name in _NON_NEGATIVE:
        raise ValueError(f"{cell!r} is negative")
    if name.endswith("accuracy") and not 0 <= number <= 100:
        raise ValueError(f"{cell!r} is not a percentage from 0 to 100")
    return number


def _whole(cell: str) -> int:
    """Read a whole number, also one that a spreadsheet wrote as `16598.0` or `16,598`."""
    digits = cell.replace(",", "")
    if digits.isascii() and digits.isdigit() and len(digits) <= 30:
        return int(digits)
    number = _number(digits)
    if number != int(number):
        raise ValueError(f"{cell!r} is not a whole number")
    return int(number)


def _number(cell: str) -> float:
    try:
        number = float(cell.rstrip("%").strip())
    except ValueError:
        raise ValueError(f"{cell!r} is not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{cell!r} is not a finite number")
    return number


_READERS: dict[str, Callable[[str], int | float]] = {"int": _whole, "float": _number}
