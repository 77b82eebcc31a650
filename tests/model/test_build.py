import random

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasnas.errors import GenomeError
from kerasnas.genome import parse
from kerasnas.model.build import build
from tests.marks import slow_on_jax
from tests.strategies import BUILDS, EXAMPLE, generators, spaces

pytestmark = pytest.mark.backend

SMALL = parse("NC 3 3 relu;RC 4 2 tanh;FL 5 gelu")


def test_the_example_genome_has_16598_parameters():
    assert build(parse(EXAMPLE), (28, 28, 1), 10).count_params() == 16598


def test_layers_are_those_of_the_design_and_stock_keras():
    layers = build(SMALL, (8, 8, 1), 2).layers
    assert [type(layer) for layer in layers] == [
        keras.layers.InputLayer,
        keras.layers.Conv2D,
        keras.layers.BatchNormalization,
        keras.layers.Activation,
        keras.layers.Conv2D,
        keras.layers.BatchNormalization,
        keras.layers.Activation,
        keras.layers.GlobalAveragePooling2D,
        keras.layers.Dense,
        keras.layers.Activation,
        keras.layers.Dense,
        keras.layers.Activation,
    ]
    normal, reduction = layers[1], layers[4]
    assert (normal.filters, normal.kernel_size, normal.strides, normal.padding) == (3, (3, 3), (1, 1), "same")
    assert (reduction.filters, reduction.kernel_size, reduction.strides, reduction.padding) == (
        4,
        (2, 2),
        (2, 2),
        "valid",
    )
    assert normal.use_bias
    assert [layer.activation.__name__ for layer in layers if isinstance(layer, keras.layers.Activation)] == [
        "relu",
        "tanh",
        "gelu",
        "softmax",
    ]


@slow_on_jax
@given(spaces, generators)
@settings(max_examples=BUILDS // 3)
def test_whatever_is_sampled_gives_probabilities(space, rng):
    model = build(space.sample(rng), space.input_shape, space.classes, seed=0)
    images = np.random.default_rng(0).random((3, *space.input_shape), np.float32)
    probabilities = keras.ops.convert_to_numpy(model(images))
    assert probabilities.shape == (3, space.classes)
    np.testing.assert_allclose(probabilities.sum(-1), 1, rtol=1e-5)


@given(st.integers(0, 2**31 - 1))
@settings(max_examples=5)
def test_the_same_seed_gives_the_same_weights(seed):
    first, again = (build(SMALL, (8, 8, 1), 2, seed=seed).get_weights() for _ in range(2))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_other_seeds_and_other_layers_get_other_weights():
    genome = parse("NC 3 3 relu;NC 3 3 relu;NC 3 3 relu;FL relu")
    kernels = [
        layer.get_weights()[0]
        for seed in (0, 1, None, None)
        for layer in build(genome, (8, 8, 3), 2, seed=seed).layers
        if isinstance(layer, keras.layers.Conv2D)
    ]
    assert len({kernel.tobytes() for kernel in kernels}) == len(kernels) == 12


def test_seeding_leaves_the_global_generators_alone():
    def drawn(between):
        keras.backend.clear_session()
        keras.utils.set_random_seed(3)
        keras.random.uniform((2,))  # older versions of Keras make their generator here, of Python's
        between()
        return random.random(), np.random.random(), *np.array(keras.random.uniform((2,)))

    assert drawn(lambda: build(SMALL, (8, 8, 1), 2, seed=0)) == drawn(lambda: None)


def test_what_cannot_be_built_is_refused_before_keras_is_asked():
    with pytest.raises(GenomeError, match="layer 2"):
        build(parse("RC 4 5 relu;RC 4 5 relu;FL relu"), (8, 8, 1), 2)
