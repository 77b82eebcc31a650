import csv
import io
from dataclasses import fields, replace

import numpy as np
from hypothesis import example, given

from kerasnas.results import COLUMNS, Protocol, Result, read
from kerasnas.results.row import to_cells
from tests.strategies import EXAMPLE, results


def csv_text(*rows: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def one_line(text: str) -> str:
    """Return `text` as a row keeps it, up to white space and what UTF-8 cannot write."""
    return " ".join(text.encode(errors="backslashreplace").decode().replace("\x00", " ").split())


def test_the_authors_four_columns_come_first():
    assert COLUMNS[:4] == ("Genome string", "Parameters", "Training Accuracy", "Testing Accuracy")


def test_every_field_has_a_column_of_its_own():
    assert len(set(COLUMNS)) == len(COLUMNS) == len(fields(Result)) - 1 + len(fields(Protocol))


@given(results)
@example(Result(EXAMPLE, reason='said "no",\r\nthen\u2028left\x1c\x1d\x1e\x00', macs=2**53 + 1))
def test_a_row_is_one_line_and_reads_back_as_it_was(tmp_path, result):
    cells = to_cells(result)
    assert [len(cell.splitlines()) <= 1 for cell in cells] == [True] * len(COLUMNS)
    path = tmp_path / "results.csv"
    path.write_text(csv_text(list(COLUMNS), cells), encoding="utf-8")
    table = read(path)
    assert table.problems == []
    (back,) = table.results
    assert one_line(back.reason) == one_line(result.reason)
    assert replace(back, reason="") == replace(result, reason="")


@given(results)
def test_rows_of_equal_results_are_equal(result):
    assert to_cells(result) == to_cells(replace(result))


def test_numpy_numbers_are_written_as_numbers():
    result = Result(
        EXAMPLE,
        parameters=np.int64(16598),
        testing_accuracy=np.float32(88.5),
        seconds=3,
        training_loss=np.float64(0.25),
    )
    cells = dict(zip(COLUMNS, to_cells(result), strict=True))
    assert cells["Parameters"] == "16598"
    assert cells["Testing Accuracy"] == "88.5000"
    assert cells["Training Loss"] == "0.25"
    assert cells["Seconds"] == "3.0"
