"""From the rows of a results file to models that can be compared with each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from kerasnas.errors import ResultsError
from kerasnas.results import Protocol, Result, Table
from kerasnas.search.table_climb import Candidate

Cost = Literal["parameters", "macs", "seconds", "latency_ms"]
"""What accuracy is weighed against; the times are those of the machine that measured them."""


@dataclass(frozen=True)
class Comparable:
    """The rows of a table that may be compared, each genome once.

    Attributes:
        candidates: one for each of `rows`, in the same order.
        rows: the results they come from.
        accuracy_column: the accuracy that they are compared by.
        protocol: the protocol that they share, or None where the file names none.
        notes: a line for everything that was passed over, and why.
    """

    candidates: list[Candidate]
    rows: list[Result]
    accuracy_column: str
    protocol: Protocol | None
    notes: list[str]


def comparable(table: Table, size: Cost = "parameters") -> Comparable:
    """Return the rows of `table` that may be compared.

    Failed rows, rows without an accuracy or a size, repeated genomes, and rows of any but the most frequent
    protocol are passed over and noted.

    Raises:
        ResultsError: no row is left.
    """
    notes = list(table.problems)
    rows = _keep(table.results, lambda row: row.ok, "failed row", notes)
    rows, protocol = _of_one_protocol(rows, notes)
    use_validation = bool(rows) and all(row.validation_accuracy is not None for row in rows)
    column = "validation_accuracy" if use_validation else "testing_accuracy"
    title = column.replace("_", " ")
    rows = _keep(rows, lambda row: getattr(row, column) is not None, f"row without {title}", notes)
    rows = _keep(rows, lambda row: getattr(row, size) is not None, f"row without {size}", notes)
    first = {row.genome: row for row in reversed(rows)}
    rows = _keep(rows, lambda row: first[row.genome] is row, "repeated genome", notes)
    if not rows:
        raise ResultsError(
            f"{table.path}: no row with a genome, {size} and an accuracy is left" + "".join(f"; {n}" for n in notes[:3])
        )
    candidates = [Candidate(row.genome, getattr(row, column), getattr(row, size)) for row in rows]
    return Comparable(candidates, rows, title, protocol, notes)


def best_result(results: Sequence[Result]) -> Result | None:
    """Return the result with the best validation accuracy; of equals, the smallest network."""
    ok = [result for result in results if result.ok and result.validation_accuracy is not None]
    return max(ok, key=lambda r: (r.validation_accuracy, -(r.parameters or 0)), default=None)


def pareto_front(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates that none of the others beats in both accuracy and size, the smallest first."""
    front: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (c.size, -c.accuracy)):
        if not front or candidate.accuracy > front[-1].accuracy:
            front.append(candidate)
    return front


def _keep(rows: list[Result], wanted: Callable[[Result], bool], what: str, notes: list[str]) -> list[Result]:
    kept = [row for row in rows if wanted(row)]
    passed_over = len(rows) - len(kept)
    if passed_over:
        notes.append(f"{passed_over} {what}{'s' if passed_over > 1 else ''} passed over")
    return kept


def _of_one_protocol(rows: list[Result], notes: list[str]) -> tuple[list[Result], Protocol | None]:
    groups = Counter(row.protocol for row in rows)
    if len(groups) <= 1:
        return rows, next(iter(groups), None)
    (protocol, count), *_ = groups.most_common(1)
    notes.append(
        f"the file holds rows of {len(groups)} protocols, which cannot be compared: the {count} rows of "
        f"«{protocol or 'no stated protocol'}» were used, {len(rows) - count} passed over"
    )
    return [row for row in rows if row.protocol == protocol], protocol
