"""The fast batch normalisation computes what Keras' layer computes."""

import keras
import numpy as np
import pytest

from kerasnas.training.backend import backend

pytestmark = pytest.mark.backend

SHAPES = [(8, 7, 5, 3), (1, 6, 6, 2), (16, 1, 1, 4), (2, 1, 1, 1), (5, 12, 1, 64)]


def two_layers(shape):
    """Return Keras' layer and the fast one with the same weights, none of them at its initial value."""
    rng = np.random.default_rng(1)
    stock = keras.layers.BatchNormalization
    layers = stock(momentum=0.9), backend().replacements.get(stock, stock)(momentum=0.9)
    channels = shape[-1]
    weights = [
        rng.normal(1, 0.3, channels),
        rng.normal(size=channels),
        rng.normal(size=channels),
        0.5 + rng.random(channels),
    ]
    for layer in layers:
        layer.build(shape)
        layer.set_weights(weights)
    return layers


def images_of(shape):
    return np.random.default_rng(2).normal(0.7, 2, shape).astype(np.float32)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("training", [True, False], ids=["training", "inference"])
def test_outputs_and_moving_statistics_are_those_of_keras(shape, training):
    stock, fast = two_layers(shape)
    for _ in range(3):
        expected, outputs = (np.array(layer(images_of(shape), training=training)) for layer in (stock, fast))
        np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)
        for one, other in zip(fast.get_weights(), stock.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("training", [True, False], ids=["training", "inference"])
def test_gradients_are_those_of_keras(shape, training):
    expected, found = (gradients(layer, shape, training) for layer in two_layers(shape))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)
        assert np.isfinite(one).all()


def gradients(layer, shape, training):
    """Return the gradients of an uneven sum of the outputs: by the images, the scale and the shift."""
    images, weighting = images_of(shape), np.random.default_rng(3).normal(size=shape).astype(np.float32)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        images = tf.constant(images)
        with tf.GradientTape() as tape:
            tape.watch(images)
            value = tf.reduce_sum(layer(images, training=training) * weighting)
        return [
            np.array(part) for part in tape.gradient(value, [images, *(v.value for v in layer.trainable_variables)])
        ]
    import jax

    def value_of(images, weights):
        outputs, _ = layer.stateless_call(
            weights, [v.value for v in layer.non_trainable_variables], images, training=training
        )
        return (outputs * weighting).sum()

    by_images, by_weights = jax.grad(value_of, (0, 1))(images, [v.value for v in layer.trainable_variables])
    return [np.array(part) for part in (by_images, *by_weights)]


def test_a_frozen_layer_uses_and_keeps_its_moving_statistics():
    shape = (8, 4, 4, 3)
    stock, fast = two_layers(shape)
    before = fast.get_weights()
    stock.trainable = fast.trainable = False
    expected, outputs = (np.array(layer(images_of(shape), training=True)) for layer in (stock, fast))
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)
    for one, other in zip(sorted(map(bytes, fast.get_weights())), sorted(map(bytes, before)), strict=True):
        assert one == other
