"""Files of versions whose protocol had fewer columns: they are read in full, and go on in their own columns."""

import csv
from dataclasses import replace

import pytest
from hypothesis import given

from kerasnas.errors import ResultsError
from kerasnas.results import COLUMNS, ResultsWriter, read
from kerasnas.results.protocol import ADDED_LATER
from kerasnas.results.row import FIGURES_ADDED_LATER
from tests.strategies import protocols, results

OLDER = tuple(title for title in COLUMNS[: -len(ADDED_LATER)] if title not in FIGURES_ADDED_LATER)


def older_file(folder):
    path = folder / "older.csv"
    path.write_text(",".join(OLDER) + "\n")
    return path


def header(path):
    with path.open(newline="") as file:
        return next(csv.reader(file))


def test_the_columns_of_a_protocol_added_later_are_the_last():
    later = ("Auxiliary Weight", "Drop Path", "Cutout", "Augment", "Class Weights")
    assert COLUMNS[-9:] == (*later, "Decay Epochs", "Fidelity", "Estimator", "Division")


@given(results, protocols)
def test_rows_of_the_old_recipe_are_written_and_read_in_full(tmp_path, result, protocol):
    path = older_file(tmp_path)
    expected = replace(protocol, **ADDED_LATER)
    with ResultsWriter(path) as writer:
        writer.append(replace(result, protocol=expected))
    assert header(path) == list(OLDER)
    (row,) = read(path).results
    assert row.protocol == expected
    assert row.testing_accuracy == result.testing_accuracy
    assert row.testing_roc_auc is None


@given(results, protocols)
def test_rows_of_a_new_recipe_are_refused_and_leave_the_file_as_it_was(tmp_path, result, protocol):
    path = older_file(tmp_path)
    before = path.read_bytes()
    with ResultsWriter(path) as writer, pytest.raises(ResultsError, match="without a column 'Cutout'"):
        writer.append(replace(result, protocol=replace(protocol, auxiliary_weight=0.0, drop_path=0.0, cutout=3)))
    assert path.read_bytes() == before


def test_a_file_that_lacks_another_column_is_refused(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text(",".join(OLDER[:-1]) + "\n")
    with pytest.raises(ResultsError, match="its columns are not those"), ResultsWriter(path):
        pass


@given(protocols)
def test_a_protocol_says_what_differs_from_the_plain_recipe(protocol):
    shown = str(protocol)
    for name, value in ADDED_LATER.items():
        assert (name.replace("_", " ") in shown) == (getattr(protocol, name) != value)
