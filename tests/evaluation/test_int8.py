"""What int8 makes of a trained network is measured when asked for, and is in its row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kerasnas.data import load
from kerasnas.errors import BackendError, SettingsError
from kerasnas.evaluation import Measures, existing_results
from kerasnas.evaluation.task import train_to_result
from kerasnas.export import FORMATS
from kerasnas.results import Result, ResultsWriter
from kerasnas.training.settings import TrainingSettings
from tests.evaluation.fault_tasks import PROTOCOL
from tests.marks import ON_JAX

GENOME = "NC 6 3 relu;RC 12 3 relu;FL 16 relu"
SETTINGS = TrainingSettings(epochs=8, batch_size=16)
ASKED = Measures(int8=True)


@pytest.mark.skipif(ON_JAX, reason="quantised on TensorFlow")
def test_the_row_has_the_size_and_the_accuracy_after_quantisation() -> None:
    pytest.importorskip("ai_edge_litert")
    result = train_to_result(GENOME, load("digits"), SETTINGS, measures=ASKED)
    assert result.ok
    assert result.parameters
    assert result.parameters < (result.int8_bytes or 0) < 4 * result.parameters + 8000
    assert (result.testing_accuracy or 0) > 60
    assert result.int8_testing_accuracy == pytest.approx(result.testing_accuracy, abs=10)
    assert result.int8_validation_accuracy == pytest.approx(result.validation_accuracy, abs=10)


@pytest.mark.skipif(ON_JAX, reason="quantised on TensorFlow")
def test_a_network_that_cannot_be_quantised_keeps_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(*_: object) -> None:
        raise ValueError("no such operation\nand more")

    monkeypatch.setitem(FORMATS, "litert", replace(FORMATS["litert"], write=write))
    result = train_to_result(GENOME, load("digits"), replace(SETTINGS, epochs=1), measures=ASKED)
    assert result.ok
    assert result.testing_accuracy
    assert result.int8_bytes is None
    assert result.reason == "int8: LiteRT cannot quantise this network: no such operation"
    assert ASKED.holds(result), "it would be trained again and again"


def test_an_estimate_is_not_quantised_and_holds() -> None:
    settings = replace(SETTINGS, epochs=1, estimator="fidelity")
    result = train_to_result(GENOME, load("digits"), settings, measures=ASKED)
    assert result.ok
    assert result.int8_bytes is None
    assert ASKED.holds(result)


@pytest.mark.backend
def test_what_is_needed_is_looked_for_before_anything_is_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    if ON_JAX:
        with pytest.raises(BackendError, match="--int8: Keras exports no LiteRT on jax; set KERAS_BACKEND=tensorflow"):
            ASKED.check()
    monkeypatch.setitem(FORMATS, "litert", replace(FORMATS["litert"], packages=("no_such_package",)))
    with pytest.raises(SettingsError, match=r"--int8: .*no_such_package.*kerasnas\[export\]"):
        ASKED.check()


def test_rows_without_it_are_measured_again_when_it_is_asked_for(tmp_path: Path) -> None:
    rows = [
        Result("without", testing_accuracy=50.0, parameters=1, protocol=PROTOCOL, kerasnas="0"),
        Result("with", testing_accuracy=50.0, parameters=1, protocol=PROTOCOL, kerasnas="0", int8_bytes=9),
        Result("failed", status="failed", parameters=1, protocol=PROTOCOL, kerasnas="0"),
    ]
    path = tmp_path / "rows.csv"
    with ResultsWriter(path) as writer:
        for row in rows:
            writer.append(row)
    assert [row.genome for row in existing_results(path)] == ["without", "with", "failed"]
    assert [row.genome for row in existing_results(path, ASKED)] == ["with", "failed"]
