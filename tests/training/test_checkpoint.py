"""A training that goes on where it stopped comes to what it would have come to without stopping."""

from dataclasses import replace

import pytest

from kerasnas.data import load
from kerasnas.genome import parse
from kerasnas.training.checkpoint import training_checkpoint
from kerasnas.training.settings import TrainingSettings
from kerasnas.training.train import train
from tests.marks import slow_on_jax
from tests.training.test_train import numbers

DIGITS = load("digits")
GENOME = parse("NC 2 3 relu;DO 20;RC 4 5 relu;FL relu")
FULL = TrainingSettings(epochs=4, batch_size=64, train_fraction=0.5, learning_rate=0.03, seed=3)
HALF = replace(FULL, epochs=2, decay_epochs=4)

pytestmark = pytest.mark.backend


def trained(settings, folder, seen=None):
    checkpoint = training_checkpoint(folder, str(GENOME), settings.protocol(DIGITS)) if folder else None
    on_epoch = seen.append if seen is not None else lambda epoch: None
    return train(GENOME, DIGITS, settings, on_epoch, checkpoint=checkpoint)


@pytest.fixture(scope="module")
def straight():
    return trained(FULL, None)


def without_epochs(found):
    history, result, weights = numbers(found)
    return [replace(epoch, epochs=0) for epoch in history], result, weights


def test_in_two_parts_it_is_the_same(straight, tmp_path):
    trained(HALF, tmp_path)
    (file,) = tmp_path.iterdir()
    seen = []
    continued = trained(FULL, tmp_path, seen)
    assert [epoch.epoch for epoch in seen] == [3, 4]
    assert without_epochs(continued) == without_epochs(straight)
    assert not file.exists()


@slow_on_jax
def test_a_damaged_file_and_one_of_another_training_count_for_none(straight, tmp_path):
    trained(HALF, tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:1000])
    seen = []
    assert numbers(trained(FULL, tmp_path, seen)) == numbers(straight)
    assert len(seen) == 4
    other = replace(FULL, seed=4)
    assert training_checkpoint(tmp_path, str(GENOME), other.protocol(DIGITS)).path != file


def test_a_training_can_be_stopped_by_its_curve():
    found = train(GENOME, DIGITS, FULL, stop=lambda history: len(history) == 3)
    assert found.result.epochs_run == 3
