"""Derivation from hand-made softmax weights."""

import numpy as np
import pytest

from kerasnas.darts import derive
from kerasnas.darts.derive import derive_cell
from kerasnas.errors import SettingsError

PRIMITIVES = ("none", "skip_connect", "sep_conv_3x3")


def test_two_strongest_edges_without_none():
    weights = np.array(
        [
            [0.2, 0.5, 0.3],
            [0.1, 0.2, 0.7],
            [0.8, 0.1, 0.1],  # none is strong here, so the edge is weak
            [0.3, 0.4, 0.3],
            [0.4, 0.1, 0.5],
        ]
    )
    genotype = derive(weights, weights[::-1], PRIMITIVES)
    assert genotype.normal == (
        ("sep_conv_3x3", 1),
        ("skip_connect", 0),
        ("sep_conv_3x3", 2),
        ("skip_connect", 1),
    )
    assert genotype.normal_concat == genotype.reduce_concat == (2, 3)
    assert genotype.reduce != genotype.normal


def test_operations_are_found_by_name_not_by_place():
    generator = np.random.default_rng(0)
    weights = generator.dirichlet(np.ones(3), size=(2, 14))
    order = [2, 0, 1]
    moved = tuple(PRIMITIVES[i] for i in order)
    assert derive(*weights, PRIMITIVES) == derive(*weights[:, :, order], moved)


def test_equal_edges_keep_their_order():
    weights = np.full((5, 3), 1 / 3)
    genotype = derive(weights, weights, PRIMITIVES)
    assert genotype.normal == (("skip_connect", 0), ("skip_connect", 1)) * 2


def test_wrong_shapes_are_refused():
    with pytest.raises(SettingsError, match="shapes"):
        derive(np.ones((13, 3)), np.ones((13, 3)), PRIMITIVES)
    with pytest.raises(SettingsError, match="none"):
        derive(np.ones((14, 1)), np.ones((14, 1)), ("none",))


def test_cap_takes_the_weakest_skips_first():
    normal = np.array([[0.1, 0.6, 0.3], [0.1, 0.5, 0.4], [0.1, 0.8, 0.1], [0.2, 0.1, 0.7], [0.3, 0.3, 0.4]])
    free = derive(normal, normal, PRIMITIVES)
    assert [name for name, _ in free.normal].count("skip_connect") == 3
    capped = derive(normal, normal, PRIMITIVES, max_skips=1)
    assert capped.normal == (
        ("sep_conv_3x3", 1),
        ("sep_conv_3x3", 0),
        ("skip_connect", 0),
        ("sep_conv_3x3", 1),
    )
    assert capped.reduce == free.reduce


def test_every_edge_of_a_cell_with_one_input_keeps_its_strongest():
    names = ("none", "skip_connect", "nor_conv_3x3")
    weights = np.array(
        [[0.2, 0.5, 0.3], [0.1, 0.2, 0.7], [0.8, 0.1, 0.1], [0.0, 0.6, 0.4], [0.3, 0.4, 0.3], [0.1, 0.9, 0.0]]
    )
    assert str(derive_cell(weights, names)) == (
        "|skip_connect~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|skip_connect~1|skip_connect~2|"
    )
    assert str(derive_cell(weights, names, max_skips=2)) == (
        "|skip_connect~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|none~1|skip_connect~2|"
    ).replace("|skip_connect~0|+", "|nor_conv_3x3~0|+", 1)
    with pytest.raises(SettingsError, match="one input"):
        derive_cell(weights[:5], names)
