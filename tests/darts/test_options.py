"""Each option of a search by its formula, on small tensors."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasnas.darts import MomentumSGD, darts_supernet
from kerasnas.darts.architecture import Architecture
from kerasnas.darts.backend import load
from kerasnas.darts.bilevel import BilevelStep, SearchState
from kerasnas.darts.hypergradient import Batches
from kerasnas.darts.options import (
    AuxiliarySkip,
    BetaDecay,
    CellShape,
    EdgeNormalisation,
    GumbelSampling,
    Moment,
    PartialChannels,
    WarmUp,
    read_option,
)
from kerasnas.darts.options.partial_channels import PartialEdges
from kerasnas.darts.primitives import lookup
from kerasnas.darts.state import StateEdges
from kerasnas.errors import SettingsError
from tests.marks import slow_on_jax

pytestmark = pytest.mark.backend

PRIMITIVES = ("none", "skip_connect", "nor_conv_1x1")
SHAPE = CellShape(1, 3, PRIMITIVES)


def softmax(a):
    e = np.exp(a - a.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def alphas(rows=6, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, 3)).astype("float32")


def mixture_of(options, values, moment):
    (found,) = Architecture({"cell": SHAPE}, options).mixtures([ops.convert_to_tensor(v) for v in values], moment)
    return ops.convert_to_numpy(found)


def test_no_option_is_the_softmax():
    np.testing.assert_allclose(mixture_of([], [alphas()], Moment(0.5, 3)), softmax(alphas()), rtol=1e-5)


def test_gumbel_draws_operations_as_often_as_the_softmax_says():
    option, rows = GumbelSampling(), 4000
    p = softmax(np.tile(np.float32([0.0, 1.0, -0.5]), (rows, 1)))
    drawn = ops.convert_to_numpy(option.mix(ops.convert_to_tensor(p), None, SHAPE, Moment(0.5, 7)))
    assert set(np.unique(np.round(drawn, 5))) == {0.0, 1.0}
    np.testing.assert_allclose(drawn.mean(0), p[0], atol=4 * 0.5 / np.sqrt(rows))


def test_gumbel_depends_on_step_seed_and_batch_alone():
    p = ops.convert_to_tensor(softmax(np.zeros((200, 3), "float32")))

    def draw(seed=0, step=1, validation=False):
        moment = Moment(0.5, step, validation=validation)
        return ops.convert_to_numpy(GumbelSampling(seed=seed).mix(p, None, SHAPE, moment)).argmax(1)

    assert (draw() == draw()).all()
    for other in (draw(seed=1), draw(step=2), draw(validation=True)):
        assert 0.1 < (draw() == other).mean() < 0.6  # a third by chance
    outside = GumbelSampling().mix(p * ops.convert_to_tensor([1.0, 2.0, 1.0]), None, SHAPE, Moment(0.5, 1, False))
    assert (ops.convert_to_numpy(outside) == [0, 1, 0]).all()


def test_gumbel_gradient_is_that_of_the_tempered_softmax():
    vector = np.float32([1.0, -2.0, 0.5])
    values = ops.convert_to_tensor(np.float32([[0.2, -0.1, 0.4]]))
    option = GumbelSampling(first=2.0, last=2.0)

    def hard(a):
        return ops.sum(option.mix(ops.softmax(a[0]), None, SHAPE, Moment(0.0, 5)) * vector), None

    noise = -np.log(-np.log(ops.convert_to_numpy(load("kernels").uniform(0, 5, (1, 3), "float32"))))

    def soft(a):
        return ops.sum(ops.softmax((ops.log(ops.softmax(a[0])) + noise) / 2.0) * vector), None

    gradients = [load("autodiff").value_and_grad(f, [values])[1][0] for f in (hard, soft)]
    np.testing.assert_allclose(*map(ops.convert_to_numpy, gradients), rtol=1e-4)


def test_auxiliary_skip_fades():
    for progress, beta in ((0.0, 1.0), (0.25, 0.75), (1.0, 0.0)):
        found = mixture_of([AuxiliarySkip()], [alphas()], Moment(progress, 0))
        np.testing.assert_allclose(found - softmax(alphas()), np.tile([0, beta, 0], (6, 1)), atol=1e-6)


def test_beta_decay_pulls_at_the_softmax():
    architecture = Architecture({"cell": SHAPE}, [BetaDecay(50.0)])

    def penalty(a):
        return architecture.penalty(a, Moment(0.4, 0)), None

    (_, _), (gradient,) = load("autodiff").value_and_grad(penalty, [ops.convert_to_tensor(alphas())])
    np.testing.assert_allclose(ops.convert_to_numpy(gradient), 0.4 * 50 * softmax(alphas()) / 6, rtol=1e-4)


def test_edges_of_a_node_are_normalised_and_rank_by_both_softmaxes():
    beta = np.float32([0.3, 1.0, -1.0, 0.5, 0.0, 2.0])
    found = mixture_of([EdgeNormalisation()], [alphas(), beta], Moment(0.0, 0))
    expected = np.concatenate([softmax(beta[:1]), softmax(beta[1:3]), softmax(beta[3:])])
    np.testing.assert_allclose(found.sum(1), expected, rtol=1e-5)
    architecture = Architecture({"cell": SHAPE}, [EdgeNormalisation()])
    (strength,) = architecture.strengths([ops.convert_to_tensor(alphas()), ops.convert_to_tensor(beta)])
    np.testing.assert_allclose(ops.convert_to_numpy(strength), found, rtol=1e-5)


def test_options_work_in_their_own_order():
    beta = np.float32([0.0, 1.0, -1.0, 0.5, 0.0, 2.0])
    options = [EdgeNormalisation(), AuxiliarySkip(), PartialChannels(2)]
    orders = [mixture_of(o, [alphas(), beta], Moment(0.0, 0)) for o in (options, options[::-1])]
    np.testing.assert_array_equal(*orders)
    weights = orders[0][:, -1]  # of what passes by: the edge's alone
    np.testing.assert_allclose(weights[1:3], softmax(beta[1:3]), rtol=1e-5)
    np.testing.assert_allclose(orders[0].sum(1), 3 * weights, rtol=1e-5)  # mixture, skip, and what passes by


@pytest.mark.parametrize("stride", [1, 2])
def test_channels_that_pass_by_are_shuffled_among_the_mixed(stride):
    edges = PartialEdges(StateEdges, 2, lookup(["none", "max_pool_3x3"]), 4, 2, stride, False)
    x = np.random.default_rng(0).normal(size=(3, 4, 4, 4)).astype("float32")
    mixture = np.float32([[0.9, 0.1, 1.0], [0.5, 0.5, 0.25]])
    found = ops.convert_to_numpy(edges(ops.convert_to_tensor(x), ops.convert_to_tensor(mixture)))
    past = x if stride == 1 else x.reshape(3, 2, 2, 2, 2, 4).max((2, 4))
    pads = np.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)], constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(pads, (3, 3), (1, 2)).max((-1, -2))[:, ::stride, ::stride]
    for edge, (pool, by) in enumerate(mixture[:, 1:]):
        parts = np.concatenate([pool * windows[..., :2], by * past[..., 2:]], -1)
        np.testing.assert_allclose(found[..., 4 * edge : 4 * edge + 4], parts[..., [0, 2, 1, 3]], rtol=1e-5)


def test_warm_up_holds_the_alphas_and_their_optimizer():
    def loss(weights, alphas, batch, wanted):
        return ops.sum(weights[0] * alphas[0] + weights[0] ** 2), None

    cases = ((0.3, 0.0, False), (0.3, 0.29, False), (0.3, 0.3, True), (0.3, 0.9, True), (1.0, 0.99, False))
    for share, progress, moves in cases:
        option = WarmUp(share)
        optimizers = [MomentumSGD(0.1), MomentumSGD(0.1)]
        for optimizer in optimizers:
            optimizer.build([keras.Variable([1.0])])
        slots = [[ops.convert_to_tensor(v.value) for v in o.variables] for o in optimizers]
        one = ops.convert_to_tensor([1.0])
        moment = Moment(ops.convert_to_tensor(progress), 0)
        step = BilevelStep(loss, *optimizers, moves_alphas=lambda batches, o=option, m=moment: o.moves_alphas(m))
        state = step(SearchState([one], [one], *slots), Batches(None, None)).state
        assert (float(state.alphas[0][0]) != 1.0) == moves
        assert int(state.alphas_optimizer[0]) == int(moves)
        assert float(state.weights[0][0]) != 1.0


@slow_on_jax
def test_partial_channels_in_a_network_with_reductions():
    options = [PartialChannels(2), EdgeNormalisation(), AuxiliarySkip()]
    supernet = darts_supernet((8, 8, 3), 4, 4, 3, 2, ("none", "skip_connect", "max_pool_3x3"), 0, options)
    logits = supernet(np.ones((2, 8, 8, 3), "float32"))
    assert tuple(logits.shape) == (2, 4)
    assert [v.shape for v in supernet.architecture_parameters] == [(5, 3), (5, 3), (5,), (5,)]
    assert {name: m.shape for name, m in supernet.mixture().items()} == {"normal": (5, 3), "reduce": (5, 3)}


def test_names_make_options():
    assert read_option("partial-channels=8").share == 8
    assert isinstance(read_option("edge-normalisation"), EdgeNormalisation)
    assert read_option("beta-decay=2.5").weight == 2.5


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: read_option("dropout"), "unknown name"),
        (lambda: read_option("gumbel=hot"), "not a number"),
        (lambda: read_option("edge-normalisation=2"), "takes no value"),
        (lambda: PartialChannels(1), "at least 2"),
        (lambda: read_option("warm-up=6"), "from 0 to 1, found 6"),
        (lambda: Architecture({"cell": CellShape(1, 1, ("none",))}, [AuxiliarySkip()]), "no skip_connect"),
        (lambda: PartialEdges(StateEdges, 4, lookup(["skip_connect"]), 4, 1, 2), "multiple of 8"),
    ],
)
def test_impossible_options_are_refused(make, words):
    with pytest.raises(SettingsError, match=words):
        make()
