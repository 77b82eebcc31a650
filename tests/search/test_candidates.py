"""Which rows of a results file may be compared, and what is said of the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kerasnas.errors import ResultsError
from kerasnas.results import Result, Table
from kerasnas.search.candidates import comparable, pareto_front
from kerasnas.search.table_climb import Candidate
from tests.evaluation.fault_tasks import PROTOCOL

GOOD = Result("a", 10, 90.0, 80.0, 81.0, protocol=PROTOCOL)


def table(*results: Result) -> Table:
    return Table(Path("results.csv"), list(results))


def test_validation_accuracy_is_compared_where_every_row_has_it() -> None:
    found = comparable(table(GOOD, replace(GOOD, genome="b")))
    assert found.accuracy_column == "validation accuracy"
    assert [candidate.accuracy for candidate in found.candidates] == [81.0, 81.0]


def test_testing_accuracy_is_compared_where_a_row_lacks_validation() -> None:
    found = comparable(table(GOOD, replace(GOOD, genome="b", validation_accuracy=None)))
    assert found.accuracy_column == "testing accuracy"


def test_failed_incomplete_and_repeated_rows_are_passed_over_and_counted() -> None:
    found = comparable(
        table(
            GOOD,
            replace(GOOD, validation_accuracy=99.0),
            replace(GOOD, genome="b", status="failed"),
            replace(GOOD, genome="c", parameters=None),
        )
    )
    assert [row.genome for row in found.rows] == ["a"]
    assert found.candidates[0].accuracy == 81.0
    assert found.notes == [
        "1 failed row passed over",
        "1 row without parameters passed over",
        "1 repeated genome passed over",
    ]


def test_rows_of_different_protocols_are_never_compared_in_silence() -> None:
    other = replace(PROTOCOL, epochs=99)
    found = comparable(
        table(GOOD, replace(GOOD, genome="b"), replace(GOOD, genome="c", protocol=other, validation_accuracy=100.0))
    )
    assert {row.genome for row in found.rows} == {"a", "b"}
    assert "2 protocols" in found.notes[0]


def test_nothing_to_compare_is_an_error_that_says_why() -> None:
    with pytest.raises(ResultsError, match=r"no row .* is left; 1 failed row passed over"):
        comparable(table(replace(GOOD, status="timeout")))


def test_the_pareto_front_holds_what_nothing_beats_in_both() -> None:
    models = [Candidate(str(size), accuracy, size) for size, accuracy in ((1, 50), (2, 40), (3, 60), (3, 55), (9, 60))]
    assert [(c.size, c.accuracy) for c in pareto_front(models)] == [(1, 50), (3, 60)]
