"""Estimators as they are written, and what they make of the settings."""

import pytest

from kerasnas.errors import SettingsError
from kerasnas.estimation.estimators import NAMES, read_estimator
from kerasnas.training.settings import TrainingSettings

FULL = TrainingSettings(epochs=10)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_makes_an_estimator_that_is_written_so_that_it_reads_again(name):
    estimator = read_estimator(name)
    assert read_estimator(str(estimator)) == estimator


@pytest.mark.parametrize("name", [name for name in NAMES if name != "auto"])
def test_rows_of_an_estimate_are_of_another_protocol_than_those_of_full_training(name):
    assert read_estimator(name).settings(FULL).estimator == str(read_estimator(name))


def test_a_fidelity_is_what_its_estimate_trains_by():
    settings = read_estimator("fidelity:epochs=0.3,shrink=2").settings(FULL)
    assert (settings.epochs, settings.fidelity) == (3, "shrink=2")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sinflow", "unknown estimator 'sinflow', expected one of .*did you mean 'synflow'"),
        ("synflow:2", "synflow has no settings"),
        ("auto:2", "auto has no settings"),
        ("curve:sure", "'sure' is not a number; write curve:NUMBER"),
        ("curve:1", "confidence must be from 0.5 to under 1"),
        ("one-shot:0", "over 0 times"),
        ("inheritance:epochs=0.5,shrink=2", "epochs and data alone"),
        ("fidelity:epochs=2", "epochs must be a share"),
    ],
)
def test_impossible_estimators_are_refused(text, words):
    with pytest.raises(SettingsError, match=words):
        read_estimator(text)
