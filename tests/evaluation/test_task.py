"""What becomes of a genome whose training goes wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kerasnas.data import load
from kerasnas.evaluation import InProcessEvaluator, Job
from kerasnas.training.settings import TrainingSettings

SETTINGS = TrainingSettings(epochs=1, batch_size=64, train_fraction=0.2)


@pytest.mark.parametrize(
    ("genome", "settings", "status", "reason"),
    [
        ("RC 2 3 relu;FL relu", replace(SETTINGS, learning_rate=3e38), "diverged", "try a lower learning rate"),
        ("RC 8 7 relu;RC 8 7 relu;RC 8 7 relu;FL relu", SETTINGS, "invalid", "larger than the 3x3 map"),
        ("RC 2 3 rulu;FL relu", SETTINGS, "invalid", "unknown activation 'rulu'"),
        ("RC 2 3 relu;FL relu", replace(SETTINGS, train_fraction=0.001), "failed", "too few training images"),
    ],
)
def test_what_goes_wrong_becomes_a_status_and_a_reason(
    genome: str, settings: TrainingSettings, status: str, reason: str
) -> None:
    digits = load("digits")
    (result,) = InProcessEvaluator(digits, settings).evaluate([Job(genome)])
    assert result.status == status
    assert reason in result.reason
    assert result.genome == genome
    assert result.protocol == settings.protocol(digits)
