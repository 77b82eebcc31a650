"""Training layers that are not convolutions, and branches: repeatable, and exported with stock layers."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from kerasnas.data import load
from kerasnas.genome import parse
from kerasnas.model.build import build
from kerasnas.training.settings import TrainingSettings
from kerasnas.training.train import train
from tests.marks import BACKEND_SLOW_ON_JAX

pytestmark = BACKEND_SLOW_ON_JAX

BRANCHING = parse("SC 4 3 relu;RS 4 2 tanh;JN 0+2;MP 2;DO 50;JN 0,1,5;AP 3;FL relu")
DIGITS = load("digits")
SETTINGS = TrainingSettings(epochs=2, batch_size=32, train_fraction=0.1, learning_rate=0.02, seed=3)


@pytest.fixture(scope="module")
def trained():
    return train(BRANCHING, DIGITS, SETTINGS)


@pytest.mark.slow
def test_it_learns_and_can_be_repeated(trained):
    losses = [epoch.training_loss for epoch in trained.history]
    assert losses[1] < losses[0]
    again = train(BRANCHING, DIGITS, SETTINGS)
    assert [replace(e, seconds=0) for e in again.history] == [replace(e, seconds=0) for e in trained.history]


def test_the_model_saved_is_of_stock_layers_and_drops_nothing(trained, tmp_path):
    assert {type(layer).__module__.split(".")[0] for layer in trained.model.layers} == {"keras"}
    trained.model.save(tmp_path / "model.keras")
    images = DIGITS.test_images[:50].astype(np.float32) / 255
    loaded = keras.models.load_model(tmp_path / "model.keras")
    first, second = (model.predict(images, batch_size=50, verbose=0) for model in (loaded, trained.trained_model))
    np.testing.assert_allclose(first, second, atol=1e-5)


def test_dropout_is_repeatable_and_drops_in_training_only():
    images = np.ones((2, 28, 28, 1), np.float32)

    def answers(seed):
        model = build(parse("DO 50;FL 8 tanh"), (28, 28, 1), 10, seed=seed)
        return [keras.ops.convert_to_numpy(model(images, training=training)) for training in (True, False)]

    (dropped, kept), (dropped_again, kept_again) = answers(1), answers(1)
    np.testing.assert_array_equal(dropped, dropped_again)
    np.testing.assert_array_equal(kept, kept_again)
    assert np.abs(dropped[0] - dropped[1]).max() > 0 == np.abs(kept[0] - kept[1]).max()


def test_strides_that_differ_in_height_and_width():
    model = build(parse("RC 3 5 relu;RC 3 3 relu;JN 0+1+2;FL relu"), (28, 12, 1), 10, seed=0)
    images = np.random.default_rng(0).random((4, 28, 12, 1), np.float32)
    labels = np.arange(4)
    model.compile("sgd", "sparse_categorical_crossentropy")
    before = model.get_weights()
    model.fit(images, labels, verbose=0)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert any((one != other).any() for one, other in zip(before, model.get_weights(), strict=True))
