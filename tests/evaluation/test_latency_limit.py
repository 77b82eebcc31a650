"""What a limit of latency excludes is measured, not trained, and its row says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kerasnas.data import load
from kerasnas.evaluation import Measures, existing_results
from kerasnas.evaluation.evaluator import EXCLUDED
from kerasnas.evaluation.task import train_to_result
from kerasnas.results import Result, ResultsWriter
from kerasnas.training.settings import TrainingSettings
from tests.evaluation.fault_tasks import PROTOCOL

SMALL = "RC 2 5 relu;FL relu"
SETTINGS = TrainingSettings(epochs=1, train_fraction=0.1)


@pytest.mark.backend
def test_a_model_over_the_limit_is_not_trained() -> None:
    epochs: list[object] = []
    result = train_to_result(SMALL, load("digits"), SETTINGS, epochs.append, measures=Measures(max_latency_ms=1e-6))
    assert epochs == []
    assert result.status == EXCLUDED
    assert "at most 1e-06; it was not trained" in result.reason
    assert (result.latency_ms or 0) > 1e-6
    assert result.testing_accuracy is None
    assert result.parameters


@pytest.mark.backend
def test_a_model_within_the_limit_is_trained_and_its_row_has_the_latency() -> None:
    result = train_to_result(SMALL, load("digits"), SETTINGS, measures=Measures(max_latency_ms=1e6))
    assert result.ok
    assert 0 < (result.latency_ms or 0) < 1e6


def test_rows_hold_under_the_limit_that_they_were_measured_against(tmp_path: Path) -> None:
    rows = [
        Result("quick", testing_accuracy=50.0, latency_ms=1.0, parameters=1, protocol=PROTOCOL),
        Result("slow", testing_accuracy=50.0, latency_ms=9.0, parameters=1, protocol=PROTOCOL),
        Result("never measured", testing_accuracy=50.0, parameters=1, protocol=PROTOCOL),
        Result("excluded", status=EXCLUDED, latency_ms=5.0, parameters=1, protocol=PROTOCOL),
        Result("failed", status="failed", parameters=1, protocol=PROTOCOL),
    ]
    path = tmp_path / "rows.csv"
    with ResultsWriter(path) as writer:
        for row in rows:
            writer.append(replace(row, kerasnas="0"))

    def known(limit: float | None) -> list[str]:
        return [row.genome for row in existing_results(path, Measures(max_latency_ms=limit))]

    assert known(None) == ["quick", "slow", "never measured", "failed"]
    assert known(4.0) == ["quick", "excluded", "failed"]
    assert known(6.0) == ["quick", "failed"]
    assert known(10.0) == ["quick", "slow", "failed"]
