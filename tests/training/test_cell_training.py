"""Training cells as the papers evaluate them: auxiliary head, drop-path, changed images; the model saved is plain."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from kerasnas.data import load
from kerasnas.errors import GenomeError
from kerasnas.genome import parse
from kerasnas.model.build import build
from kerasnas.model.drop_path import DropPath, set_drop_path
from kerasnas.training.backend import backend
from kerasnas.training.settings import TrainingSettings
from kerasnas.training.train import train
from tests.marks import slow_on_jax

pytestmark = pytest.mark.backend

CELLS = parse("ST 6 3;NR 2 3 |max_pool_3x3~0|skip_connect~1|=2 |nor_conv_1x1~0|avg_pool_3x3~1|=2;GC")
SHAPE = (28, 28, 1)
DIGITS = load("digits")
PLAIN = TrainingSettings(epochs=2, batch_size=32, train_fraction=0.1, learning_rate=0.02, seed=3)
RECIPE = replace(PLAIN, auxiliary_weight=0.4, drop_path=0.2, cutout=8, augment="crop,flip")


@pytest.fixture(scope="module")
def trained():
    return train(CELLS, DIGITS, RECIPE)


@slow_on_jax
def test_a_model_trained_so_is_exported_with_stock_layers_and_the_same_answers(trained):
    assert any(isinstance(layer, DropPath) for layer in trained.trained_model.layers)
    assert {type(layer).__module__.split(".")[0] for layer in trained.model.layers} == {"keras"}
    assert trained.model.count_params() == trained.result.parameters
    images = DIGITS.test_images[:50].astype(np.float32) / 255
    plain = trained.model.predict(images, batch_size=50, verbose=0)
    as_trained, _ = trained.trained_model.predict(images, batch_size=50, verbose=0)
    np.testing.assert_allclose(plain, as_trained, atol=1e-5)
    assert trained.result.protocol == RECIPE.protocol(DIGITS)


@pytest.mark.slow
def test_training_so_is_repeatable(trained):
    again = train(CELLS, DIGITS, RECIPE)
    assert [replace(epoch, seconds=0) for epoch in again.history] == [
        replace(epoch, seconds=0) for epoch in trained.history
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"auxiliary_weight": 0.4}, "no stack of normal and reduction cells"),
        ({"drop_path": 0.2}, "no cell with an edge"),
    ],
)
def test_a_chain_has_nothing_to_drop_and_no_place_for_a_head(changes, words):
    with pytest.raises(GenomeError, match=words):
        train(parse("NC 4 3 relu;FL relu"), DIGITS, replace(PLAIN, **changes))


def test_drop_path_drops_whole_images_and_keeps_the_mean():
    layer = DropPath(seed=1)
    layer.rate.assign(0.25)
    inputs = np.ones((4000, 2, 2, 3), np.float32)
    outputs = keras.ops.convert_to_numpy(layer(inputs, training=True))
    assert {len(np.unique(image)) for image in outputs} == {1}
    np.testing.assert_allclose(np.unique(outputs), [0, 1 / 0.75], rtol=1e-6)
    assert np.mean(outputs) == pytest.approx(1, abs=0.03)
    assert (keras.ops.convert_to_numpy(layer(inputs, training=True)) != outputs).any()
    np.testing.assert_array_equal(layer(inputs, training=False), inputs)


def test_drop_path_follows_every_edge_but_the_identity():
    model = build(CELLS, SHAPE, 10, drop_path=DropPath)
    # Cell 0 is normal: a pool and an identity. Cells 1 and 2 reduce: a convolution and a pool each.
    assert sum(isinstance(layer, DropPath) for layer in model.layers) == 1 + 2 + 2
    set_drop_path(model, 0.3)
    rates = [float(layer.rate.value) for layer in model.layers if isinstance(layer, DropPath)]
    assert rates == pytest.approx([0.3] * 5)


def test_the_loss_of_the_auxiliary_head_counts_with_its_weight():
    images = DIGITS.train_images[:32]
    labels = DIGITS.train_labels[:32]
    order, rates = np.arange(32, dtype=np.int32), np.array([0.01], np.float32)
    heads = []
    for weight in (0.4, 0.0):
        model = build(CELLS, SHAPE, 10, seed=1, auxiliary=True, replacements=backend().replacements)
        loop = backend().EpochLoop(model, 32, 32, images.dtype, weight)
        before = {layer.name: layer.get_weights() for layer in model.layers}
        loss, _ = loop.train_epoch(loop.place(images, labels), order, rates)
        main = build(CELLS, SHAPE, 10, seed=1)(images.astype(np.float32) / 255, training=True)
        expected = keras.ops.mean(keras.ops.sparse_categorical_crossentropy(labels, main))
        assert loss == pytest.approx(float(expected), rel=1e-4)
        dense = next(x for x in model.layers if isinstance(x, keras.layers.Dense) and x.name.startswith("auxiliary"))
        heads.append(not np.allclose(dense.get_weights()[0], before[dense.name][0]))
    assert heads == [True, False]
