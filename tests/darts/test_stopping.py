"""Early stopping, perturbation-based selection, and recomputed activations."""

import numpy as np
import pytest
from keras import ops

from kerasnas.darts import nasbench201_supernet
from kerasnas.darts.backend import load
from kerasnas.darts.discretise import accuracy
from kerasnas.darts.early_stopping import StopOnEigenvalue, StopOnSkips
from kerasnas.darts.outline import Wanted
from kerasnas.darts.perturbation import PerturbationSelection
from kerasnas.darts.supernet import SearchBatch
from tests.marks import slow_on_jax

pytestmark = pytest.mark.backend

PRIMITIVES = ("skip_connect", "nor_conv_1x1", "avg_pool_3x3")


def data(count=16, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(count, 8, 8, 3)).astype("float32"), generator.integers(0, 4, count).astype("int32")


def small_supernet(checkpointing=False):
    supernet = nasbench201_supernet((8, 8, 3), 4, 2, 1, 1, PRIMITIVES, seed=3, checkpointing=checkpointing)
    generator = np.random.default_rng(1)
    for variable in supernet.network_weights:
        variable.assign(generator.normal(size=variable.shape) / 2)
    supernet.compile()
    return supernet


@pytest.fixture(scope="module")
def supernet():
    return small_supernet()


def loss_and_gradients(supernet):
    state, (_, *statistics) = supernet.search_variables()
    weights, alphas, statistics = (
        [ops.convert_to_tensor(v.value) for v in group] for group in (state.weights, state.alphas, statistics)
    )
    batch = SearchBatch(*map(ops.convert_to_tensor, data(8)), statistics)
    count = len(weights)

    def loss(both):
        return supernet.search_loss(both[:count], both[count:], batch, Wanted.BOTH)

    (value, _), gradients = load("autodiff").value_and_grad(loss, weights + alphas)
    return float(value), [ops.convert_to_numpy(g) for g in gradients]


@slow_on_jax
def test_recomputed_activations_change_no_number(supernet):
    value, gradients = loss_and_gradients(supernet)
    other_value, other_gradients = loss_and_gradients(small_supernet(checkpointing=True))
    assert other_value == pytest.approx(value, rel=1e-5)
    assert np.abs(gradients[-1]).max() > 1e-4
    for one, other in zip(gradients, other_gradients, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-6)


def test_perturbation_keeps_what_is_missed_most(supernet):
    valid, chosen = data(16), []
    select = PerturbationSelection(data(seed=1), valid, 8, 0, on_edge=lambda *found: chosen.append(found))
    strengths = select(supernet)["cell"]
    mixture = supernet.mixture()["cell"]
    without = [accuracy(supernet, [mixture * (np.arange(3) != i)], valid, 8) for i in range(3)]
    assert chosen == [("cell", 0, PRIMITIVES[int(np.argmin(without))])]
    assert (strengths > 0).sum() == 1
    assert strengths.argmax() == np.argmin(without)


def test_tuning_moves_the_weights_and_not_the_alphas():
    supernet = small_supernet()
    before = [ops.convert_to_numpy(v) for v in (*supernet.network_weights, *supernet.alphas)]
    PerturbationSelection(data(seed=1), data(8), 8, tune_steps=3)(supernet)
    after = [ops.convert_to_numpy(v) for v in (*supernet.network_weights, *supernet.alphas)]
    assert int(supernet.optimizer.iterations) == 3
    assert max(np.abs(a - b).max() for a, b in zip(after[:-1], before[:-1], strict=True)) > 1e-3
    np.testing.assert_array_equal(after[-1], before[-1])


class Searched:
    """What the callbacks see of a supernet, its alphas set by hand."""

    primitives = ("none", "skip_connect")

    def __init__(self):
        self.stop_training = False
        self.weights = np.full((6, 2), 0.5)
        self.architecture_parameters = [Number()]

    def mixture(self):
        return {"cell": self.weights}


class Number:
    def __init__(self):
        self.value = np.zeros(1)

    def assign(self, value):
        self.value = np.array(value)

    def __array__(self, dtype=None, copy=None):
        return self.value


@pytest.mark.parametrize("counts", [(0, 1, 2), (3, 2, 1, 2), (2, 0, 3)])
def test_search_stops_when_skips_have_risen_to_two(counts):
    stop, model, logs = StopOnSkips(), Searched(), {}
    stop.set_model(model)
    for epoch, skips in enumerate(counts):
        model.weights[:] = [0.7, 0.3]
        model.weights[:skips] = [0.3, 0.7]
        assert not model.stop_training
        stop.on_epoch_end(epoch, logs)
        assert logs["skips"] == skips
    assert model.stop_training


def test_an_interrupted_search_knows_that_skips_have_risen():
    stop, model = StopOnSkips(), Searched()
    stop.set_model(model)
    stop.recall([3, 1])
    model.weights[:2] = [0.3, 0.7]
    stop.on_epoch_end(2, {})
    assert model.stop_training


@pytest.mark.parametrize(("eigenvalues", "stops"), [((1, 1, 1, 1.1, 1.2, 1.3), None), ((1, 1, 1, 1, 2, 2), 4)])
def test_search_goes_back_to_before_the_eigenvalue_rose(eigenvalues, stops):
    stop, model = StopOnEigenvalue(data(4), window=2), Searched()
    stop.set_model(model)
    remaining = iter(eigenvalues)
    stop._compute = lambda x, y: next(remaining)
    for epoch in range(len(eigenvalues)):
        model.architecture_parameters[0].assign([epoch])
        stop.on_epoch_end(epoch, {})
        if model.stop_training:
            break
    assert (epoch if model.stop_training else None) == stops
    assert model.architecture_parameters[0].value[0] == (epoch if stops is None else stops - 2)
