from dataclasses import replace

import keras
import numpy as np
import pytest

from kerasnas.data import Dataset, load, split
from kerasnas.errors import DataError, GenomeError, ResultsError, SettingsError
from kerasnas.estimation.one_shot import OneShotChain
from kerasnas.estimation.path import Slice, logits
from kerasnas.estimation.shared_weights import SliceAdam
from kerasnas.estimation.slices import centre
from kerasnas.genome import BranchesSpace, ChainSpace, VariableChainSpace, parse
from kerasnas.training.fit import DivergedError
from kerasnas.training.settings import TrainingSettings
from tests.marks import slow_on_jax

pytestmark = pytest.mark.backend

DIGITS = load("digits")

SHAPE = (10, 9, 2)
SMALL = {"filters": (2, 5), "kernels": (1, 2, 3, 4, 7)}
VARIABLE = VariableChainSpace(SHAPE, 3, (1, 4), **SMALL)

STRIPES = ChainSpace((12, 12, 1), 2, shape="RC-FL", filters=(2, 8), kernels=(1, 4), activations=("relu", "tanh"))
GOOD, BAD = parse("RC 8 4 relu;FL relu"), parse("RC 2 1 tanh;FL tanh")
SETTINGS = TrainingSettings(epochs=6, batch_size=20, learning_rate=0.03, seed=1)


def stripes(images=400):
    """Return stripes across or down, which no network of 1x1 kernels can tell apart."""
    rng = np.random.default_rng(0)
    waves = (np.sin(np.arange(12) * np.pi / 2 + rng.uniform(0, 6, (images, 1))) + 1) / 2
    across = np.repeat(waves[:, :, None, None], 12, axis=2).astype(np.float32)
    labels = (np.arange(images) % 2).astype(np.int32)
    found = np.where(labels[:, None, None, None] == 1, across.swapaxes(1, 2), across)
    half = images // 2
    return Dataset("stripes", found[:half], labels[:half], found[half:], labels[half:], 2, "stripes")


@pytest.fixture(scope="module")
def trained():
    chain = OneShotChain(STRIPES)
    chain.fit(stripes(), SETTINGS)
    return chain


def ranks(chain):
    data = stripes()
    return [chain.accuracy(genome, data.test_images, data.test_labels) for genome in (GOOD, BAD)]


def noise(images=40):
    """Return a data set of random images, small enough for one batch of calibration."""
    rng = np.random.default_rng(0)
    parts = rng.random((2, images, *SHAPE), np.float32), rng.permuted(np.arange(2 * images) % 3).reshape(2, -1)
    (train, test), (labels, test_labels) = parts
    return Dataset("noise", train, labels.astype(np.int32), test, test_labels.astype(np.int32), 3, "noise")


def fitted(space, **settings):
    chain = OneShotChain(space, seed=3)
    chain.fit(noise(), TrainingSettings(**{"epochs": 1, "batch_size": 18, **settings}))
    return chain


@slow_on_jax
def test_training_lowers_the_loss_and_reports_each_epoch():
    # All paths can solve it: of others, an epoch's mean loss tells more about which paths it sampled.
    epochs = []
    OneShotChain(replace(STRIPES, kernels=(4,))).fit(stripes(), SETTINGS, epochs.append)
    assert [(each.epoch, each.epochs) for each in epochs] == [(number, 6) for number in range(1, 7)]
    assert epochs[-1].training_loss < 0.9 * epochs[0].training_loss
    assert epochs[-1].training_accuracy > epochs[0].training_accuracy


@slow_on_jax
def test_a_good_genome_ranks_above_one_that_cannot_solve_the_task(trained):
    good, bad = ranks(trained)
    assert good > bad + 20


@pytest.mark.slow
def test_it_learns_digits_and_ranks_a_good_genome_first():
    space = ChainSpace((28, 28, 1), 10, shape="RC-RC-FL", filters=(4, 16), kernels=(1, 5), activations=("relu", "tanh"))
    settings, epochs = TrainingSettings(epochs=20, batch_size=16, learning_rate=0.02, seed=1), []
    chain = OneShotChain(space)
    chain.fit(DIGITS, settings, epochs.append)
    assert epochs[-1].training_loss < 0.9 * epochs[0].training_loss
    held_out = split(DIGITS, validation_fraction=0.1, train_fraction=1, seed=1).validation
    good, bad = (
        chain.accuracy(parse(text), DIGITS.train_images[held_out], DIGITS.train_labels[held_out])
        for text in ("RC 16 5 relu;RC 16 5 relu;FL relu", "RC 4 1 tanh;RC 4 1 tanh;FL tanh")
    )
    assert good > bad


@slow_on_jax
def test_a_saved_chain_gives_the_same_accuracies(trained, tmp_path):
    path = tmp_path / "chain.npz"
    trained.save(path)
    assert ranks(OneShotChain.load(path, STRIPES)) == ranks(trained)
    with pytest.raises(ResultsError, match="was trained for another space"):
        OneShotChain.load(path, replace(STRIPES, kernels=(1, 3)))
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ResultsError, match=r"chain\.npz: is no saved one-shot chain"):
        OneShotChain.load(path, STRIPES)
    with pytest.raises(ResultsError, match=r"none\.npz: is no saved one-shot chain"):
        OneShotChain.load(tmp_path / "none.npz", STRIPES)


@pytest.mark.parametrize(
    "text",
    ["NC 5 7 swish;SC 2 4 gelu;MP 2;DO 50;FL tanh", "AP 2;RS 5 3 relu;FL gelu", "RC 2 4 sigmoid;NC 5 2 tanh;FL relu"],
)
@slow_on_jax
def test_a_path_computes_what_the_keras_model_with_its_slices_computes(text):
    chain, genome = fitted(VARIABLE), parse(text)
    model = chain.model(genome)
    images, labels = noise().test_images, noise().test_labels
    expected = keras.ops.convert_to_numpy(model(images, training=False))
    network, path = chain._path(genome)
    weights = chain._slices(path)
    found, _ = logits(network, weights, images, chain._statistics(network, weights))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(keras.ops.softmax(found)), expected, atol=1e-5)
    assert chain.accuracy(genome, images, labels) == pytest.approx(100 * np.mean(expected.argmax(-1) == labels))


@slow_on_jax
def test_a_path_takes_the_first_filters_and_the_centre_of_the_kernel():
    chain = fitted(VARIABLE)
    first, second = (
        layer for layer in chain.model(parse("NC 2 3 relu;RC 5 4 relu;FL relu")).layers if "conv" in layer.name
    )
    np.testing.assert_array_equal(first.get_weights()[0], chain._weights["0 NC 0 kernel"][2:5, 2:5, :, :2])
    np.testing.assert_array_equal(second.get_weights()[0], chain._weights["1 RC 0 kernel"][2:6, 2:6, :2, :5])
    assert [centre(7, k) for k in (1, 2, 3, 4, 5, 6, 7)] == [3, 3, 2, 2, 1, 1, 0]


def test_statistics_are_those_of_training_images_on_that_path():
    chain = fitted(VARIABLE)
    model = chain.model(parse("NC 5 3 relu;RC 2 2 tanh;FL relu"))
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    expected = [layer.get_weights() for layer in norms]
    for layer in norms:
        layer.momentum = 0
    model(chain._calibration, training=True)
    for layer, weights in zip(norms, expected, strict=True):
        for one, other in zip(layer.get_weights(), weights, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@slow_on_jax
def test_a_fixed_shape_with_all_kinds_of_layers_trains_with_every_setting_that_counts():
    space = ChainSpace(SHAPE, 3, shape="SC-MP-DO-RS-FL", **SMALL)
    chain = fitted(space, augment="crop", cutout=2, class_weights="balanced")
    images, labels = noise().test_images, noise().test_labels
    assert 0 <= chain.accuracy(parse("SC 5 4 relu;MP 2;DO 25;RS 2 1 gelu;FL swish"), images, labels) <= 100
    again = fitted(space, augment="crop", cutout=2, class_weights="balanced")
    for one, other in zip(chain._weights.values(), again._weights.values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_adam_is_keras_adam_on_what_a_step_takes_part_in_and_leaves_the_rest():
    weights = {"w": np.ones((3, 4), np.float32)}
    variable = keras.Variable(np.ones((2, 3), np.float32))
    own, theirs = SliceAdam(weights), keras.optimizers.Adam(0.1)
    elsewhere, path = [Slice("w", (slice(2, 3), slice(0, 4)))], [Slice("w", (slice(0, 2), slice(0, 3)))]
    rng = np.random.default_rng(0)
    for _ in range(4):
        own.step(elsewhere, [np.ones((1, 4))], 0.1)
        gradient = rng.normal(size=(2, 3)).astype(np.float32)
        own.step(path, [gradient], 0.1)
        theirs.apply([keras.ops.convert_to_tensor(gradient)], [variable])
    np.testing.assert_allclose(weights["w"][:2, :3], keras.ops.convert_to_numpy(variable), rtol=1e-4)
    np.testing.assert_array_equal(weights["w"][:2, 3], 1)
    assert (weights["w"][2] < 0.7).all()


def test_what_does_not_fit_is_refused():
    chain = OneShotChain(VARIABLE)
    genome = parse("NC 5 3 relu;FL relu")
    images, labels = noise().test_images, noise().test_labels
    with pytest.raises(SettingsError, match="not trained yet; fit it first"):
        chain.accuracy(genome, images, labels)
    with pytest.raises(GenomeError, match="'NC 6 3 relu;FL relu' is not in the space of the one-shot chain"):
        chain.accuracy(parse("NC 6 3 relu;FL relu"), images, labels)
    with pytest.raises(DataError, match="noise has images of 10x9x2 and 3 classes, the space is of 12x12x1 and 2"):
        OneShotChain(STRIPES).fit(noise(), SETTINGS)
    with pytest.raises(SettingsError, match="batches of at least 2 images"):
        chain.fit(noise(), TrainingSettings(batch_size=1))
    with pytest.raises(SettingsError, match="a space of chains, found the space 'branches'"):
        OneShotChain(BranchesSpace(SHAPE, 3))
    with pytest.raises(DivergedError, match="try a lower learning rate"):
        fitted(VARIABLE, learning_rate=3e38, epochs=4)
