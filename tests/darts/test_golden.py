"""Forward pass, gradients and whole search steps against the paper's code (golden/make_golden.py)."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from kerasnas.darts import CoupledAdam, MomentumSGD, darts_supernet
from kerasnas.darts.backend import load
from kerasnas.darts.hypergradient import Batches
from kerasnas.darts.layers import moved_statistics
from kerasnas.darts.outline import Wanted
from kerasnas.darts.supernet import SearchBatch
from tests.darts.golden import rule
from tests.darts.reference_names import views
from tests.marks import slow_on_jax

pytestmark = pytest.mark.backend

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def supernet():
    supernet = darts_supernet((rule.SIZE, rule.SIZE, 3), rule.CLASSES, rule.CHANNELS, rule.LAYERS, rule.NODES, seed=0)
    supernet.compile(MomentumSGD(rule.LEARNING_RATE), CoupledAdam())
    return supernet


def initial_values(supernet):
    arrays = [np.zeros(v.shape, v.dtype) for v in supernet.network_weights]
    for name, view in views(supernet.network, arrays):
        view[...] = rule.parameter(name, view.shape)
    weights = [ops.convert_to_tensor(a) for a in arrays]
    alphas = [ops.convert_to_tensor(rule.alpha(name)) for name in supernet.cell_names]
    (state, statistics) = supernet.search_variables()
    slots = [[ops.convert_to_tensor(v.numpy()) for v in group] for group in state[2:]]
    return state.__class__(weights, alphas, *slots), [ops.convert_to_tensor(v.numpy()) for v in statistics[1:]]


def batch(which, step):
    images, labels = rule.batch(which, step)
    return ops.convert_to_tensor(images.transpose(0, 2, 3, 1)), ops.convert_to_tensor(labels)


def relative_error(ours, golden):
    return np.linalg.norm(np.asarray(ours) - golden) / np.linalg.norm(golden)


@slow_on_jax
def test_forward_and_gradients(supernet):
    golden = np.load(GOLDEN / "forward.npz")
    state, statistics = initial_values(supernet)
    count = len(state.weights)

    def loss(both):
        return supernet.search_loss(both[:count], both[count:], SearchBatch(*batch(0, 0), statistics), Wanted.BOTH)

    (value, (logits, of_batch)), gradients = load("autodiff").value_and_grad(loss, state.weights + state.alphas)
    gradients = [np.array(ops.convert_to_numpy(g)) for g in gradients]
    assert relative_error(value, golden["loss"]) < 1e-4
    assert relative_error(logits, golden["logits"]) < 1e-4
    for name, gradient in zip(supernet.cell_names, gradients[count:], strict=True):
        assert relative_error(gradient, golden[f"alphas.{name}"]) < 1e-4
    ours = dict(views(supernet.network, gradients[:count]))
    assert set(ours) == {name for name in golden.files if name.endswith(("weight", "bias"))}
    theirs = np.concatenate([golden[name].ravel() for name in ours])
    assert relative_error(np.concatenate([g.ravel() for g in ours.values()]), theirs) < 1e-4
    moved = moved_statistics(statistics, of_batch)
    moving = {id(v): s for v, s in zip(supernet.search_variables()[1][1:], moved, strict=True)}
    norm = supernet.network.stem.norm
    assert relative_error(moving[id(norm.moving_mean)], golden["stem.1.running_mean"]) < 1e-4
    assert relative_error(moving[id(norm.moving_variance)], golden["stem.1.running_var"]) < 1e-4


@slow_on_jax
def test_a_call_in_training_mode_moves_the_statistics_by_a_tenth():
    supernet = darts_supernet((8, 8, 3), 10, 4, 3, 2, seed=0)
    images = np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype("float32")
    norm = supernet.network.stem.norm
    before = ops.convert_to_numpy(norm.moving_variance.value)
    supernet(images, training=True)
    once = ops.convert_to_numpy(norm.moving_variance.value)
    for _ in range(60):
        supernet(images, training=True)
    of_batch = ops.convert_to_numpy(norm.moving_variance.value)
    np.testing.assert_allclose(once, 0.9 * before + 0.1 * of_batch, rtol=1e-2)
    assert not np.allclose(of_batch, 1.0, atol=0.1)


@pytest.mark.parametrize(("order", "name"), [(1, "first"), (2, "second")])
def test_search_steps(supernet, order, name):
    golden = np.load(GOLDEN / "steps.npz")
    supernet.compile(MomentumSGD(rule.LEARNING_RATE), CoupledAdam(), order=order)
    state, statistics = initial_values(supernet)
    for step in range(rule.STEPS):
        data = Batches(SearchBatch(*batch(0, step), statistics), SearchBatch(*batch(1, step), statistics))
        output = supernet.bilevel_step(state, data)
        for cell, before, after in zip(supernet.cell_names, state.alphas, output.state.alphas, strict=True):
            moved = golden[f"{name}.{step}.alphas.{cell}"]
            assert relative_error(after, moved) < 1e-5
            assert np.abs(ops.convert_to_numpy(after) - ops.convert_to_numpy(before)).max() > 1e-4
        state = output.state
        arrays = [np.array(ops.convert_to_numpy(w)) for w in state.weights]
        for parameter, view in views(supernet.network, arrays):
            key = f"{name}.{step}.{parameter}"
            if key in golden:
                assert relative_error(view, golden[key]) < 1e-4


def test_second_order_gradient_equals_the_reference(supernet):
    golden = np.load(GOLDEN / "steps.npz")
    supernet.compile(MomentumSGD(rule.LEARNING_RATE), CoupledAdam(), order=2)
    state, statistics = initial_values(supernet)
    data = Batches(SearchBatch(*batch(0, 0), statistics), SearchBatch(*batch(1, 0), statistics))
    gradients = supernet.bilevel_step.alphas_gradient(state, data)
    for cell, gradient in zip(supernet.cell_names, gradients, strict=True):
        expected = golden[f"second.0.alphas_gradient.{cell}"]
        first_order = golden[f"first.0.alphas_gradient.{cell}"]
        assert relative_error(gradient, expected) < 2e-3  # the difference quotient amplifies rounding
        assert relative_error(first_order, expected) > 2e-2


def test_backends_are_the_supported_ones():
    assert keras.backend.backend() in ("tensorflow", "jax")
