"""Dataclasses of options: every command has them, and they are read as typed."""

from __future__ import annotations

import pytest

from kerasnas.cli.data_options import DataOptions
from kerasnas.cli.expand import words
from kerasnas.cli.training_options import TrainingOptions
from kerasnas.data import Selection
from kerasnas.training.settings import TrainingSettings
from tests.cli.running import kerasnas

DATA = ("--dataset", "--data-dir", "--image-size", "--where", "--target", "--groups", "--test-fold", "--random-split")
TRAINING = ("--epochs", "--batch-size", "--learning-rate", "--augment", "--class-weights", "--cutout", "--seed")
LIMITS = ("--max-parameters", "--max-macs", "--max-activation-bytes", "--max-model-bytes")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("train-genome", DATA + TRAINING),
        ("evaluate", (*DATA, *TRAINING, "--max-latency-ms", "--workers")),
        ("search", (*DATA, *TRAINING, *LIMITS, "--max-latency-ms", "--workers", "--space")),
        ("hillclimb", DATA + TRAINING),
        ("sample", (*LIMITS, "--space")),
        ("darts search", DATA + LIMITS),
        ("darts train", TRAINING + LIMITS),
    ],
)
def test_every_command_has_the_options_of_its_kind(command, expected):
    shown = kerasnas(*command.split(), "--help").stdout
    assert [option for option in expected if option not in shown] == []


def test_a_command_may_have_defaults_of_its_own():
    def default(command, option):
        shown = " ".join(kerasnas(*command.split(), "--help").stdout.split())
        return shown.split(f"{option} <", 1)[1].split("[default: ", 1)[1].split("]")[0]

    assert default("train-genome", "--dataset") == "digits"
    assert default("darts search", "--dataset") == "cifar10"
    assert (default("train-genome", "--epochs"), default("hillclimb", "--epochs")) == ("10", "40")


def test_defaults_are_those_of_what_the_options_become():
    assert DataOptions().selection() == Selection()
    assert TrainingOptions().settings() == TrainingSettings()


def test_words_say_what_is_not_the_default():
    assert words(DataOptions()) == []
    assert words(DataOptions(), "dataset") == ["--dataset", "digits"]
    data = DataOptions("hands", image_size=32, where=["a=b", "c=d"], random_split=True)
    assert words(data) == [
        *("--dataset", "hands", "--image-size", "32"),
        *("--where", "a=b", "--where", "c=d", "--random-split"),
    ]
