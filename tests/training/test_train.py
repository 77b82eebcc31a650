import math
from dataclasses import fields, replace

import keras
import numpy as np
import pytest

from kerasnas.data import load, split
from kerasnas.errors import GenomeError, SettingsError
from kerasnas.genome import parse
from kerasnas.model.cost import cost
from kerasnas.results import Result
from kerasnas.training import fit
from kerasnas.training.backend import backend
from kerasnas.training.fit import DivergedError, class_weights, cosine_decay
from kerasnas.training.settings import TrainingSettings
from kerasnas.training.train import train
from tests.processes import run_python

GENOME = parse("NC 4 3 relu;RC 8 5 relu;FL relu")
SETTINGS = TrainingSettings(epochs=5, batch_size=32, learning_rate=0.03, seed=3)
DIGITS = load("digits")


@pytest.fixture(scope="module")
def trained():
    return train(GENOME, DIGITS, SETTINGS)


def shrunk(training, tests=30):
    """Return digits with fewer images, each digit as often as the others."""
    keep = [np.flatnonzero(DIGITS.train_labels == digit)[: training // 10] for digit in range(10)]
    indexes = np.sort(np.concatenate(keep))
    return replace(
        DIGITS,
        train_images=DIGITS.train_images[indexes],
        train_labels=DIGITS.train_labels[indexes],
        test_images=DIGITS.test_images[:tests],
        test_labels=DIGITS.test_labels[:tests],
    )


def numbers(trained):
    """Return all that must be equal when a training is repeated."""
    return (
        [replace(epoch, seconds=0) for epoch in trained.history],
        replace(trained.result, seconds=None, cpu_seconds=None, finished=""),
        [weights.tobytes() for weights in trained.model.get_weights()],
    )


def percent_correct(model, images, labels):
    probabilities = model.predict(images.astype(np.float32) / 255, verbose=0)
    return 100 * np.mean(probabilities.argmax(-1) == labels)


@pytest.mark.backend
def test_training_learns_digits(trained):
    first, last = trained.history[0], trained.history[-1]
    assert last.training_loss < 0.8 * first.training_loss
    assert last.training_accuracy > first.training_accuracy + 10
    assert trained.result.testing_accuracy > 20  # chance is 10


def test_result_row_is_complete(trained):
    result = trained.result
    empty = {field.name for field in fields(Result) if getattr(result, field.name) in (None, "")}
    asked_for = {"latency_ms", "latency_ratio", "int8_bytes", "int8_validation_accuracy", "int8_testing_accuracy"}
    assert empty == {"reason", "strategy", "trial", "testing_roc_auc", "score", *asked_for}
    assert result.ok
    assert result.genome == str(GENOME)
    costs = cost(GENOME, (28, 28, 1), 10)
    assert (
        (result.parameters, result.macs)
        == (costs.parameters, costs.macs)
        == (trained.model.count_params(), result.macs)
    )
    assert result.protocol == SETTINGS.protocol(DIGITS)
    assert (result.backend, result.keras) == (keras.backend.backend(), keras.__version__)


def test_result_is_that_of_the_best_epoch(trained):
    result = trained.result
    best = max(trained.history, key=lambda epoch: (epoch.validation_accuracy, -epoch.validation_loss))
    assert [epoch.epoch for epoch in trained.history] == list(range(1, result.epochs_run + 1))
    assert (result.best_epoch, result.validation_accuracy, result.validation_loss) == (
        best.epoch,
        best.validation_accuracy,
        best.validation_loss,
    )
    assert (result.training_accuracy, result.training_loss) == (best.training_accuracy, best.training_loss)


def test_accuracies_are_those_that_plain_keras_finds_with_the_returned_model(trained):
    held_out = split(DIGITS, validation_fraction=0.1, train_fraction=1, seed=SETTINGS.seed).validation
    validation = percent_correct(trained.model, DIGITS.train_images[held_out], DIGITS.train_labels[held_out])
    testing = percent_correct(trained.model, DIGITS.test_images, DIGITS.test_labels)
    assert trained.result.validation_accuracy == pytest.approx(validation, abs=1e-3)
    assert trained.result.testing_accuracy == pytest.approx(testing, abs=1e-3)


def test_figures_beside_accuracy_are_those_of_the_returned_model(trained):
    held_out = split(DIGITS, validation_fraction=0.1, train_fraction=1, seed=SETTINGS.seed).validation
    result = trained.result
    for images, labels, balanced in (
        (DIGITS.test_images, DIGITS.test_labels, result.testing_balanced_accuracy),
        (DIGITS.train_images[held_out], DIGITS.train_labels[held_out], result.validation_balanced_accuracy),
    ):
        recalls = [percent_correct(trained.model, images[labels == c], labels[labels == c]) for c in range(10)]
        assert balanced == pytest.approx(np.mean(recalls), abs=1e-3)
    confusion = np.array([row.split() for row in result.testing_confusion.split(";")], int)
    assert confusion.sum() == len(DIGITS.test_labels)
    assert 100 * confusion.trace() / confusion.sum() == pytest.approx(result.testing_accuracy)


def two_digits(ones):
    """Return the zeros and some of the ones of the digits."""
    keep = np.concatenate([np.flatnonzero(DIGITS.train_labels == 0), np.flatnonzero(DIGITS.train_labels == 1)[:ones]])
    tests = np.flatnonzero(DIGITS.test_labels < 2)
    return replace(
        DIGITS,
        classes=2,
        train_images=DIGITS.train_images[keep],
        train_labels=DIGITS.train_labels[keep],
        test_images=DIGITS.test_images[tests],
        test_labels=DIGITS.test_labels[tests],
    )


@pytest.mark.backend
def test_class_weights_make_a_rare_class_count():
    rare = two_digits(ones=20)
    np.testing.assert_allclose(class_weights(np.repeat([0, 1], [30, 10]), 3), [40 / 90, 40 / 30, 0], rtol=1e-6)
    settings = TrainingSettings(epochs=1, batch_size=8, validation_fraction=0.2)
    plain, weighed = (train(GENOME, rare, replace(settings, class_weights=w)) for w in ("", "balanced"))
    assert 0 <= plain.result.testing_roc_auc <= 1
    images = rare.test_images.astype(np.float32) / 255
    rather_ones, seldom_ones = (t.model.predict(images, verbose=0)[:, 1].mean() for t in (weighed, plain))
    assert rather_ones > seldom_ones


@pytest.mark.backend
def test_images_too_large_to_place_are_trained_on_piece_by_piece_to_the_same_numbers(monkeypatch):
    dataset, settings = shrunk(300), replace(SETTINGS, epochs=2)
    whole = train(GENOME, dataset, settings)
    monkeypatch.setattr(fit, "PLACED_BYTES", 1000)
    monkeypatch.setattr(fit, "PIECE_BYTES", 64 * 784)  # two batches
    monkeypatch.setattr(fit, "EVALUATION_BATCH", 7)
    pieces = train(GENOME, dataset, settings)
    for one, other in zip(pieces.model.get_weights(), whole.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    assert pieces.history[-1].validation_loss == pytest.approx(whole.history[-1].validation_loss, rel=1e-5)
    assert pieces.result.testing_confusion == whole.result.testing_confusion


def test_returned_model_holds_stock_layers_only(trained):
    assert {type(layer).__module__.split(".")[0] for layer in trained.model.layers} == {"keras"}


@pytest.mark.backend
def test_the_same_seed_gives_identical_numbers_and_another_seed_others(trained):
    again = train(GENOME, DIGITS, SETTINGS)
    assert numbers(again) == numbers(trained)
    other = train(GENOME, DIGITS, replace(SETTINGS, seed=4, epochs=1))
    assert other.history[0].training_loss != trained.history[0].training_loss


LOADER = """
import sys
sys.modules["kerasnas"] = None  # every import of it fails
import keras, numpy as np
model = keras.models.load_model(sys.argv[1])
np.save(sys.argv[3], model.predict(np.load(sys.argv[2]), verbose=0))
"""


@pytest.mark.backend
def test_saved_model_loads_and_predicts_without_kerasnas(trained, tmp_path):
    model, images, found = (tmp_path / name for name in ("model.keras", "images.npy", "found.npy"))
    trained.model.save(model)
    np.save(images, DIGITS.test_images[:50].astype(np.float32) / 255)
    run_python(LOADER, model, images, found)
    np.testing.assert_allclose(np.load(found), trained.model.predict(np.load(images), verbose=0), rtol=1e-5, atol=1e-6)


def test_test_images_are_read_once_after_the_last_epoch(monkeypatch):
    calls = []
    evaluate = backend().EpochLoop.evaluate

    def recorded(self, placed, order):
        calls.append(len(order))
        return evaluate(self, placed, order)

    monkeypatch.setattr(backend().EpochLoop, "evaluate", recorded)
    train(GENOME, shrunk(200, tests=33), replace(SETTINGS, epochs=3), on_epoch=lambda epoch: calls.append("epoch"))
    assert calls == [20, "epoch", 20, "epoch", 20, "epoch", 33]


def test_test_images_influence_nothing_but_the_figures_on_them():
    dataset = shrunk(200, tests=40)
    settings = replace(SETTINGS, epochs=3, patience=1)
    one = train(GENOME, dataset, settings)
    swapped = replace(dataset, test_images=255 - dataset.test_images, test_labels=(dataset.test_labels + 5) % 10)
    other = train(GENOME, swapped, settings)
    assert numbers(other)[0] == numbers(one)[0]
    assert numbers(other)[2] == numbers(one)[2]
    of_tests = {field.name: None for field in fields(Result) if field.name.startswith("testing")}
    aside = {**of_tests, "protocol": None, "seconds": 0, "cpu_seconds": 0, "finished": ""}
    assert replace(other.result, **aside) == replace(one.result, **aside)


@pytest.mark.backend
def test_absurd_learning_rate_diverges_with_advice():
    epochs = []
    with pytest.raises(DivergedError, match="not finite after epoch 1; try a lower learning rate"):
        train(
            parse("NC 2 3 relu;RC 2 3 relu;NC 2 3 relu;FL relu"),
            shrunk(200),
            TrainingSettings(epochs=3, batch_size=32, learning_rate=3e38),
            epochs.append,
        )
    assert epochs == []


@pytest.mark.backend
def test_patience_stops_and_the_best_epochs_weights_are_kept():
    dataset = shrunk(300)
    settings = TrainingSettings(epochs=40, patience=2, batch_size=32, learning_rate=0.05, seed=1)
    trained = train(GENOME, dataset, settings)
    best = trained.result.best_epoch
    assert trained.result.epochs_run == best + 2 < 40
    held_out = split(dataset, validation_fraction=0.1, train_fraction=1, seed=1).validation
    validation = percent_correct(trained.model, dataset.train_images[held_out], dataset.train_labels[held_out])
    assert validation == pytest.approx(trained.history[best - 1].validation_accuracy, abs=1e-3)


@pytest.mark.parametrize(
    ("batch_size", "train_fraction"),
    [(50, 1.0), (10_000, 1.0), (32, 0.1)],
    ids=["last batch is left out", "batch over all images", "a tenth of the images"],
)
def test_batches_that_do_not_divide_the_images(batch_size, train_fraction):
    settings = TrainingSettings(epochs=1, batch_size=batch_size, train_fraction=train_fraction)
    trained = train(parse("RC 2 5 relu;FL relu"), shrunk(200), settings)
    images = round(180 * train_fraction)
    size = min(batch_size, images)
    counted = images // size * size
    hits = trained.result.training_accuracy / 100 * counted
    assert hits == pytest.approx(round(hits), abs=1e-4)
    assert math.isfinite(trained.result.training_loss)


@pytest.mark.slow
def test_float_images_are_trained_on_as_they_are():
    dataset = shrunk(200)
    scaled = replace(
        dataset,
        train_images=dataset.train_images.astype(np.float32) / 255,
        test_images=dataset.test_images.astype(np.float32) / 255,
    )
    settings = replace(SETTINGS, epochs=2)
    expected, found = train(GENOME, dataset, settings), train(GENOME, scaled, settings)
    for one, other in zip(found.history, expected.history, strict=True):
        assert one.training_loss == pytest.approx(other.training_loss, rel=1e-4)


def test_what_cannot_be_built_or_split_is_refused_before_training():
    with pytest.raises(GenomeError, match="map that reaches it"):
        train(parse("RC 4 7 relu;RC 4 7 relu;RC 4 7 relu;FL relu"), DIGITS, SETTINGS)
    with pytest.raises(SettingsError, match="train fraction"):
        train(GENOME, DIGITS, replace(SETTINGS, train_fraction=2))
    with pytest.raises(SettingsError, match="too few training images"):
        train(GENOME, shrunk(20), replace(SETTINGS, validation_fraction=0.1))


def test_learning_rate_falls_from_its_peak_to_zero_along_a_cosine():
    rates = np.concatenate([cosine_decay(0.4, epoch, epochs=5, steps=20) for epoch in range(5)])
    assert rates.shape == (100,)
    assert rates.dtype == np.float32
    assert rates[0] == np.float32(0.4)
    assert rates[50] == pytest.approx(0.2)
    assert (np.diff(rates) < 0).all()
    assert 0 < rates[-1] < 0.001
