from dataclasses import asdict, replace

import pytest

from kerasnas.data import load
from kerasnas.errors import SettingsError
from kerasnas.results import RECIPE
from kerasnas.training.settings import TrainingSettings


def test_protocol_holds_every_setting_and_the_data():
    settings = TrainingSettings(
        3, 2, 64, 0.02, 0.5, 0.2, 7, 0.4, 0.2, 16, "crop,flip", "balanced", 9, "shrink=2", "one-shot"
    )
    digits = load("digits")
    protocol = asdict(settings.protocol(digits))
    assert protocol == {
        **asdict(settings),
        "dataset": "digits",
        "data_hash": digits.fingerprint,
        "image_shape": "28x28x1",
        "classes": 10,
        "division": "",
        "recipe": RECIPE,
    }


def test_protocols_that_differ_in_one_setting_are_not_equal():
    digits, settings = load("digits"), TrainingSettings()
    other = {
        "epochs": 11,
        "patience": 1,
        "batch_size": 64,
        "learning_rate": 0.1,
        "train_fraction": 0.5,
        "validation_fraction": 0.2,
        "seed": 1,
        "auxiliary_weight": 0.4,
        "drop_path": 0.2,
        "cutout": 16,
        "augment": "crop,flip",
        "class_weights": "balanced",
        "decay_epochs": 20,
        "fidelity": "shrink=2",
        "estimator": "one-shot",
    }
    assert set(other) == set(asdict(settings))
    protocols = {replace(settings, **{name: value}).protocol(digits) for name, value in other.items()}
    assert len(protocols | {settings.protocol(digits)}) == len(other) + 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("patience", -1),
        ("batch_size", 0),
        ("learning_rate", 0),
        ("learning_rate", -0.1),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("seed", -1),
        ("seed", 2**31),
        ("auxiliary_weight", -0.1),
        ("auxiliary_weight", float("nan")),
        ("drop_path", 1.0),
        ("drop_path", -0.1),
        ("drop_path", float("nan")),
        ("cutout", -1),
        ("augment", "flip,crop"),
        ("augment", "mixup"),
        ("augment", "crop,crop"),
        ("class_weights", "even"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(SettingsError, match=name.replace("_", " ")):
        TrainingSettings(**{name: value})
