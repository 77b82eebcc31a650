"""Both backends' `EpochLoop` does what a plain Keras loop with stock layers and stock Adam does."""

import keras
import numpy as np
import pytest

from kerasnas.genome import parse
from kerasnas.model.build import build
from kerasnas.training.backend import backend

pytestmark = pytest.mark.backend

GENOME = parse("NC 3 3 tanh;RC 4 3 sigmoid;FL swish")
SHAPE, CLASSES = (8, 8, 1), 3
RNG = np.random.default_rng(5)
IMAGES = RNG.integers(0, 256, (50, *SHAPE), np.uint8)
LABELS = RNG.integers(0, CLASSES, 50).astype(np.int32)
RATES = np.array([0.01, 0.005, 0.02, 0.01, 0.001], np.float32)
BATCH = 10
EVERYTHING = np.arange(50, dtype=np.int32)


def loop_and_model(images=IMAGES, evaluation_batch=16):
    model = build(GENOME, SHAPE, CLASSES, seed=1, replacements=backend().replacements)
    loop = backend().EpochLoop(model, BATCH, evaluation_batch, images.dtype)
    return loop, model, loop.place(images, LABELS)


def plain_model():
    model = build(GENOME, SHAPE, CLASSES, seed=1)
    model.compile(keras.optimizers.Adam(0.0), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train_plainly(model, order, rates, images, weights=None):
    """Return the mean loss and the accuracy over the batches, as `train_epoch` does."""
    figures = []
    for batch, rate in zip(order.reshape(-1, BATCH), rates, strict=True):
        model.optimizer.learning_rate = rate
        model.reset_metrics()
        figures.append(model.train_on_batch(images[batch], LABELS[batch], class_weight=weights))
    return np.mean(figures, axis=0)


def orders_and_rates():
    for epoch in range(3):
        yield np.random.default_rng(epoch).permutation(50).astype(np.int32), RATES * (1 + epoch)


@pytest.mark.parametrize("images", [IMAGES, IMAGES.astype(np.float32) / 255], ids=["uint8", "float32"])
def test_epochs_give_the_weights_loss_and_accuracy_of_plain_keras(images):
    loop, model, placed = loop_and_model(images)
    plain = plain_model()
    for order, rates in orders_and_rates():
        loss, accuracy = loop.train_epoch(placed, order, rates)
        expected_loss, expected_accuracy = train_plainly(plain, order, rates, IMAGES.astype(np.float32) / 255)
        assert loss == pytest.approx(expected_loss, rel=1e-4)
        assert accuracy == pytest.approx(expected_accuracy, abs=1e-6)
    for one, other in zip(determined_weights(model), determined_weights(plain), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=2e-4)


def test_class_weights_weigh_as_those_of_keras_fit():
    model, plain = build(GENOME, SHAPE, CLASSES, seed=1, replacements=backend().replacements), plain_model()
    weights = np.array([0.5, 3.0, 1.5], np.float32)
    loop = backend().EpochLoop(model, BATCH, 16, IMAGES.dtype, class_weights=weights)
    placed, scaled = loop.place(IMAGES, LABELS), IMAGES.astype(np.float32) / 255
    for order, rates in orders_and_rates():
        loop.train_epoch(placed, order, rates)
        train_plainly(plain, order, rates, scaled, dict(enumerate(weights.tolist())))
    for one, other in zip(determined_weights(model), determined_weights(plain), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=2e-4)


def determined_weights(model):
    """Return the weights but for biases that batch norm takes away again, and the moving means that follow them.

    Their gradient is zero; what rounding leaves of it, Adam makes into steps of full length in any direction.
    """
    for layer in model.layers:
        for variable in layer.weights:
            of_no_effect = isinstance(layer, keras.layers.Conv2D) and variable.name == "bias"
            if not of_no_effect and variable.name != "moving_mean":
                yield keras.ops.convert_to_numpy(variable)


def test_the_optimiser_takes_the_steps_of_keras_adam():
    def without_batch_norm():
        return keras.Sequential(
            [
                keras.Input(SHAPE),
                keras.layers.Conv2D(4, 3, activation="tanh", kernel_initializer=keras.initializers.GlorotUniform(1)),
                keras.layers.Flatten(),
                keras.layers.Dense(CLASSES, kernel_initializer=keras.initializers.GlorotUniform(2)),
                keras.layers.Softmax(),
            ]
        )

    model, plain = without_batch_norm(), without_batch_norm()
    plain.compile(keras.optimizers.Adam(0.0), "sparse_categorical_crossentropy", metrics=["accuracy"])
    loop = backend().EpochLoop(model, BATCH, 16, IMAGES.dtype)
    placed = loop.place(IMAGES, LABELS)
    for order, rates in orders_and_rates():
        loop.train_epoch(placed, order, rates)
        train_plainly(plain, order, rates, IMAGES.astype(np.float32) / 255)
    for one, other in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_training_changes_every_weight():
    loop, model, placed = loop_and_model()
    before = model.get_weights()
    loop.train_epoch(placed, EVERYTHING, RATES)
    assert all((one != other).any() for one, other in zip(model.get_weights(), before, strict=True))


@pytest.mark.parametrize("count", [1, 15, 16, 17, 32, 50])
def test_evaluation_counts_every_image_once_whatever_the_last_batch(count):
    loop, _, placed = loop_and_model()
    loss, accuracy, probabilities = loop.evaluate(placed, EVERYTHING[:count])
    plain, images = plain_model(), IMAGES[:count].astype(np.float32) / 255
    assert (loss, accuracy) == pytest.approx(tuple(plain.evaluate(images, LABELS[:count], verbose=0)), rel=1e-4)
    np.testing.assert_allclose(probabilities, plain.predict(images, verbose=0), rtol=1e-4, atol=1e-6)


def test_evaluation_changes_no_weight():
    loop, model, placed = loop_and_model()
    before = model.get_weights()
    loop.evaluate(placed, EVERYTHING)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_evaluation_sees_weights_that_were_set_from_outside():
    loop, model, placed = loop_and_model()
    before = loop.evaluate(placed, EVERYTHING)[:2]
    weights = model.get_weights()
    loop.train_epoch(placed, EVERYTHING, RATES)
    assert loop.evaluate(placed, EVERYTHING)[:2] != before
    model.set_weights(weights)
    assert loop.evaluate(placed, EVERYTHING)[:2] == before
