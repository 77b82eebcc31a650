"""The layers that are trained in the place of Keras' own compute the same, and survive what those do not."""

import keras
import numpy as np
import pytest

from kerasnas.data import load
from kerasnas.genome import parse
from kerasnas.model.build import build
from kerasnas.training.backend import backend
from kerasnas.training.settings import TrainingSettings
from kerasnas.training.train import train
from tests.marks import ON_JAX

STRIDED = ["RC 5 1 relu;FL tanh", "RC 4 1 swish;NC 3 1 relu;RC 6 2 relu;RC 2 1 tanh;FL relu"]


@pytest.mark.parametrize("text", STRIDED)
@pytest.mark.parametrize("shape", [(9, 12, 3), (8, 8, 1)])
def test_a_network_of_replacements_computes_what_the_stock_one_does(text, shape):
    stock, replaced = (build(parse(text), shape, 4, seed=3, replacements=r) for r in ({}, backend().replacements))
    images = np.random.default_rng(0).random((5, *shape), np.float32)
    assert [w.shape for w in stock.get_weights()] == [w.shape for w in replaced.get_weights()]
    np.testing.assert_allclose(stock(images), replaced(images), rtol=1e-5, atol=1e-6)


@pytest.mark.skipif(ON_JAX, reason="a fault of TensorFlow")
def test_strided_kernels_of_one_pixel_on_large_images_are_trained():
    """TensorFlow's own gradient of this kernel ends the process where the CPU has AVX-512."""
    data = load("digits")
    images = np.zeros((4, 64, 64, 4), np.float32)
    model = build(parse(STRIDED[0]), images.shape[1:], data.classes, seed=0, replacements=backend().replacements)
    loop = backend().EpochLoop(model, 4, 4, images.dtype)
    loss, _ = loop.train_epoch(
        loop.place(images, np.zeros(4, np.int32)), np.arange(4, dtype=np.int32), np.full(1, 1e-3, np.float32)
    )
    assert np.isfinite(loss)


def test_the_saved_model_is_of_stock_layers():
    trained = train(parse(STRIDED[0]), load("digits"), TrainingSettings(epochs=1, train_fraction=0.1))
    assert all(type(layer).__module__.startswith("keras.") for layer in trained.model.layers)
    assert any(type(layer) is keras.layers.Conv2D for layer in trained.model.layers)
