import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasnas.errors import GenomeError
from kerasnas.estimation.alignment import align, gene_change
from kerasnas.estimation.inheritance import inherit
from kerasnas.genome import ChainSpace, VariableChainSpace, parse
from kerasnas.model.build import build
from kerasnas.training.backend import backend
from tests.marks import BACKEND_SLOW_ON_JAX
from tests.strategies import BUILDS, generators

pytestmark = BACKEND_SLOW_ON_JAX

SHAPE, CLASSES = (12, 11, 2), 3
SMALL = {"filters": (2, 3, 5), "kernels": (1, 2, 3, 4), "windows": (2,)}
SPACES = (
    ChainSpace(SHAPE, CLASSES, shape="NC-RC-SC-FL", **SMALL),
    ChainSpace(SHAPE, CLASSES, shape="RS-DO-NC-FL", activations=("relu", "tanh"), **SMALL),
    VariableChainSpace(SHAPE, CLASSES, (1, 4), activations=("relu", "sigmoid"), **SMALL),
)


def trained(genome):
    """Return a model none of whose weights is at its initial value."""
    model = build(genome, SHAPE, CLASSES, seed=1, replacements=backend().replacements)
    rng = np.random.default_rng(2)
    for layer in model.layers:
        normal = isinstance(layer, keras.layers.BatchNormalization)
        # A batch norm's weights lie around one, so that its variance is none below zero.
        weights = layer.get_weights()
        layer.set_weights([rng.normal(0, 0.1, weight.shape) + (1 if normal else weight) for weight in weights])
    return model


def probabilities(model):
    images = np.random.default_rng(3).random((5, *SHAPE), np.float32)
    return keras.ops.convert_to_numpy(model(images, training=False))


def inherited(child, parent, seed=0):
    """Return both models and what was done."""
    child, parent = parse(child), parse(parent)
    models = build(child, SHAPE, CLASSES, seed=9), trained(parent)
    return *models, inherit(models[0], child, models[1], parent, seed)


def done(found):
    """Return what was done, layer after layer, once where all layers of a gene agree."""
    words = {}
    for name, word in found.layers.items():
        words.setdefault(name.split("_")[0], []).append(word)
    return [each[0] if len(set(each)) == 1 else each for each in words.values()]


PARENT = "NC 3 3 relu;RC 4 2 tanh;NC 3 1 sigmoid;FL 5 gelu"


@pytest.mark.parametrize(
    ("child", "parent", "expected"),
    [
        (PARENT, PARENT, ["kept", "kept", "kept", "kept"]),
        (
            "NC 7 3 relu;RC 4 2 tanh;NC 3 1 sigmoid;FL 5 gelu",
            PARENT,
            ["widened", ["widened", "kept"], "kept", "kept"],
        ),
        (
            "NC 9 3 relu;RC 9 2 tanh;NC 8 1 sigmoid;FL 11 gelu",
            PARENT,
            ["widened", "widened", "widened", "widened"],
        ),
        ("NC 3 3 relu;FL relu", "NC 2 3 relu;FL relu", ["widened", "widened"]),
        (
            "NC 3 6 relu;RC 4 2 tanh;NC 3 4 sigmoid;FL 5 gelu",
            PARENT,
            [["widened", "kept"], "kept", ["widened", "kept"], "kept"],
        ),
        (
            "NC 3 3 relu;NC 6 4 relu;RC 4 2 tanh;NC 3 1 sigmoid;SC 3 3 relu;FL 5 gelu",
            PARENT,
            ["kept", "deepened", ["widened", "kept"], "kept", "deepened", "kept"],
        ),
        (
            "NC 4 3 relu;MP 2;DO 20;SC 6 2 relu;FL 5 relu",
            "NC 3 3 relu;MP 2;FL 5 relu",
            ["widened", "deepened", ["widened", "kept"]],
        ),
        ("SC 5 5 relu;RS 6 2 swish;FL relu", "SC 4 3 relu;RS 4 2 swish;FL relu", None),
        ("NC 2 3 relu;DO 10;FL relu", "DO 50;NC 2 3 relu;FL relu", ["kept", "kept"]),
    ],
)
def test_outputs_are_the_parents(child, parent, expected):
    child, parent, found = inherited(child, parent)
    assert found.preserved
    np.testing.assert_allclose(probabilities(child), probabilities(parent), atol=1e-5)
    if expected:
        assert done(found) == expected


@pytest.mark.parametrize(
    ("child", "parent", "expected"),
    [
        ("NC 2 3 relu;FL 4 relu", "NC 5 3 relu;FL 4 relu", ["cropped", ["cropped", "kept"]]),
        ("NC 3 2 relu;FL 4 relu", "NC 3 5 relu;FL 4 relu", [["cropped", "kept"], "kept"]),
        ("RC 3 5 relu;FL 4 relu", "RC 3 3 relu;FL 4 relu", [["widened", "kept"], "kept"]),
        ("RC 3 3 relu;FL 4 relu", "NC 3 3 relu;FL 4 relu", ["kept", "kept"]),
        ("NC 3 3 relu;NC 3 3 tanh;FL 4 relu", "NC 3 3 relu;FL 4 relu", ["kept", "fresh", "kept"]),
        ("NC 3 3 relu;NC 2 3 relu;FL 4 relu", "NC 3 3 relu;FL 4 relu", ["kept", "fresh", ["cropped", "kept"]]),
        ("NC 3 3 relu;RC 3 3 relu;FL 4 relu", "NC 3 3 relu;FL 4 relu", ["kept", "fresh", "kept"]),
        ("NC 3 3 relu;FL 4 relu", "NC 3 3 relu;NC 2 3 relu;FL 4 relu", ["kept", ["widened", "kept"]]),
        ("NC 3 3 relu;MP 2;FL 4 relu", "NC 3 3 relu;FL 4 relu", ["kept", "kept"]),
        ("NC 3 3 relu;AP 2;FL 4 relu", "NC 3 3 relu;MP 2;FL 4 relu", ["kept", "kept"]),
        ("SC 3 3 relu;FL 4 relu", "NC 3 3 relu;FL 4 relu", ["fresh", "kept"]),
    ],
)
def test_what_overlaps_is_taken_where_outputs_cannot_stay(child, parent, expected):
    *_, found = inherited(child, parent)
    assert not found.preserved
    assert done(found) == expected


def test_stride_two_is_preserved_where_a_larger_kernel_makes_the_same_windows():
    shape = (12, 12, 2)
    genomes = parse("RC 3 2 relu;FL relu"), parse("RC 3 1 relu;FL relu")
    child, parent = (build(genome, shape, CLASSES, seed=5) for genome in genomes)
    assert inherit(child, genomes[0], parent, genomes[1]).preserved
    images = np.random.default_rng(3).random((5, *shape), np.float32)
    np.testing.assert_allclose(*(keras.ops.convert_to_numpy(model(images)) for model in (child, parent)), atol=1e-5)


def test_another_activation_keeps_all_weights():
    child, parent, found = inherited("NC 3 3 tanh;RC 4 2 tanh;NC 3 1 relu;FL 5 relu", PARENT)
    assert set(found.layers.values()) == {"kept"}
    assert not found.preserved
    for one, other in zip(child.get_weights(), parent.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_smaller_layer_takes_the_first_filters_and_the_centre_of_the_kernel():
    child, parent, _ = inherited("NC 2 2 relu;FL relu", "NC 4 5 relu;FL relu")
    np.testing.assert_array_equal(child.get_weights()[0], parent.get_weights()[0][2:4, 2:4, :, :2])
    for mine, whole in zip(child.get_weights()[1:6], parent.get_weights()[1:6], strict=True):
        np.testing.assert_array_equal(mine, whole[:2])


def test_copies_of_a_filter_are_told_apart_by_what_reads_them():
    child, parent, _ = inherited("NC 2 1 relu;FL 2 relu", "NC 1 1 relu;FL 2 relu")
    kernel = child.get_weights()[0]
    np.testing.assert_array_equal(kernel[..., 0], kernel[..., 1])
    reading, whole = child.get_weights()[6], parent.get_weights()[6]
    np.testing.assert_allclose(reading.sum(0), whole[0], rtol=1e-6)
    shares = reading / whole
    assert len(np.unique(np.round(shares, 6))) == 4
    assert ((shares > 0.2) & (shares < 0.8)).all()


def test_the_seed_decides_what_is_repeated():
    texts = "NC 9 3 relu;FL relu", "NC 3 3 relu;FL relu"
    first, again, other = (inherited(*texts, seed=seed)[0].get_weights()[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_equal_layers_make_pairs_and_what_is_inserted_comes_late():
    child, parent = (parse(text).genes for text in ("NC 3 3 relu;NC 3 3 relu;RC 4 2 relu;FL relu", PARENT))
    assert align(child, child[1:], gene_change) == [(0, 0), (1, None), (2, 1), (3, 2)]
    assert align(child, parent, gene_change) == [(0, 0), (1, None), (2, 1), (None, 2), (3, 3)]


@given(st.sampled_from(SPACES), generators)
@settings(max_examples=BUILDS // 3)
def test_whatever_mutates_inherits_and_what_is_said_to_be_preserved_is(space, rng):
    parent_genome = space.sample(rng)
    child_genome = space.mutate(parent_genome, rng)
    child, parent = build(child_genome, SHAPE, CLASSES, seed=9), trained(parent_genome)
    found = inherit(child, child_genome, parent, parent_genome)
    assert list(found.layers) == [layer.name for layer in child.layers if layer.weights]
    if found.preserved:
        np.testing.assert_allclose(probabilities(child), probabilities(parent), atol=1e-5)


CELLS = "ST 3 3;CE 2 |nor_conv_1x1~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|none~2|;PC"


def test_cells_keep_the_layers_that_both_have():
    changed = CELLS.replace("skip_connect~0", "nor_conv_3x3~0")
    _, parent, found = inherited(changed, CELLS)
    words = list(found.layers.values())
    there = [layer for layer in parent.layers if layer.weights]
    assert (words.count("kept"), words.count("fresh")) == (len(there), 4)  # a convolution and a batch norm in each cell
    assert not found.preserved
    same, parent, found = inherited(CELLS, CELLS)
    assert set(found.layers.values()) == {"kept"}
    assert found.preserved
    np.testing.assert_allclose(probabilities(same), probabilities(parent), atol=1e-5)


def test_branches_keep_the_layers_that_both_have():
    *_, found = inherited("NC 3 3 relu;NC 3 3 relu;JN 1+2;FL relu", "NC 3 3 relu;FL relu")
    assert done(found) == ["kept", "fresh", "kept"]
    assert not found.preserved


def test_models_that_do_not_fit_are_refused():
    genome, other = parse("NC 3 3 relu;FL relu"), parse("NC 4 3 relu;FL relu")
    model, larger = build(genome, SHAPE, CLASSES), build(genome, (13, 11, 2), CLASSES)
    with pytest.raises(GenomeError, match="the parent model is not the one that is built of 'NC 4 3 relu;FL relu'"):
        inherit(model, genome, model, other)
    with pytest.raises(GenomeError, match="the same images and classes"):
        inherit(larger, genome, model, genome)
