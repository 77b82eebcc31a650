"""Hypernetworks: their maps, their sizes, and the gradient that they give."""

import math

import keras
import numpy as np
import pytest
from keras import ops

from kerasnas.darts import CoupledAdam, MomentumSGD, nasbench201_supernet
from kerasnas.darts.architecture import Architecture
from kerasnas.darts.backend import load
from kerasnas.darts.bilevel import BilevelStep, SearchState
from kerasnas.darts.hypergradient import Batches
from kerasnas.darts.hypernetworks import KINDS, HypernetworkChoice, Perturbation, check_memory, count_parameters
from kerasnas.darts.hypernetworks.response import HyperBatch, ResponseLoss
from kerasnas.darts.hypernetworks.structured import filters_of_weights
from kerasnas.darts.options import CellShape, Moment
from kerasnas.darts.supernet import SearchBatch
from kerasnas.darts.vectors import flatten
from kerasnas.errors import SettingsError
from tests.marks import BACKEND_SLOW_ON_JAX

pytestmark = BACKEND_SLOW_ON_JAX

SHAPES = [(3, 3, 4, 1), (1, 1, 4, 6), (4, 2, 3), (6, 10), (10,)]
KIND_NAMES = pytest.mark.parametrize("kind", KINDS)


def tensor(value):
    return ops.convert_to_tensor(np.asarray(value, "float32"))


def numbers(tensors):
    return np.concatenate([ops.convert_to_numpy(t).ravel() for t in tensors])


def targets(seed=0):
    generator = np.random.default_rng(seed)
    return [keras.Variable(generator.normal(size=shape).astype("float32")) for shape in SHAPES]


def drawn_parameters(hypernetwork, seed=1):
    generator = np.random.default_rng(seed)
    return [tensor(generator.normal(size=v.shape) / 4) for v in hypernetwork.trainable_variables]


@KIND_NAMES
def test_a_new_hypernetwork_makes_the_initial_weights_everywhere(kind):
    start = targets()
    hypernetwork = KINDS[kind](7, 0, start)
    values = [ops.convert_to_tensor(v.value) for v in hypernetwork.trainable_variables]
    for inputs in (np.zeros(7), np.random.default_rng(2).normal(size=7)):
        made = hypernetwork.weights_at(values, tensor(inputs))
        assert [tuple(m.shape) for m in made] == SHAPES
        np.testing.assert_allclose(numbers(made), numbers(start), rtol=1e-5, atol=1e-6)


@KIND_NAMES
@pytest.mark.parametrize("knots", [0, 3])
def test_a_centre_may_move_without_changing_the_map(kind, knots):
    hypernetwork = KINDS[kind](7, knots, targets())
    parameters = drawn_parameters(hypernetwork)
    generator = np.random.default_rng(2)
    moves, place = generator.normal(size=(max(knots, 1), 7)), generator.normal(size=7)
    # Of the three knots, two are taken in part; the centre between them moves as they do.
    taken = np.array([0.0, 0.25, 0.75])[:knots]
    move = taken @ moves if knots else moves[0]
    before, after, elsewhere = (
        numbers(hypernetwork.weights_at(p, tensor(np.concatenate([distance, taken]))))
        for p, distance in (
            (parameters, place),
            (hypernetwork.recentred(parameters, tensor(moves)), place - move),
            (parameters, place - move),
        )
    )
    np.testing.assert_allclose(after, before, rtol=1e-3, atol=1e-5)
    assert np.abs(elsewhere - before).max() > 1e-2


@KIND_NAMES
def test_counts_are_those_of_the_built_hypernetwork(kind):
    hypernetwork = KINDS[kind](7, 0, targets())
    built = sum(math.prod(v.shape) for v in hypernetwork.trainable_variables)
    assert count_parameters(kind, 7, SHAPES) == built


def test_weights_of_one_filter_move_together():
    numbers_of = filters_of_weights(SHAPES)
    assert numbers_of.max() + 1 == 4 + 6 + 6 + 10 + 10
    depthwise = numbers_of[: 9 * 4].reshape(3, 3, 4)
    assert (depthwise == [0, 1, 2, 3]).all()
    assert (numbers_of[-10:] == 26 + np.arange(10)).all()


def test_what_does_not_fit_is_refused_with_the_figure_and_the_remedy():
    shapes = [(1_930_618,)]
    with pytest.raises(SettingsError, match=r"434,389,050 parameters take 9\.7 GiB .* 8\.0 GiB .*structured"):
        check_memory("linear", 224, shapes, available=8 * 2**30)
    check_memory("linear", 224, shapes, available=10 * 2**30)
    with pytest.raises(SettingsError, match="fewer channels or fewer cells"):
        check_memory("structured", 224, shapes, available=2**20)
    for wrong in ({"kind": "cubic"}, {"kind": "mlp", "response_rate": 0}):
        with pytest.raises(SettingsError):
            HypernetworkChoice(**wrong)
    with pytest.raises(SettingsError, match="over 0"):
        Perturbation(0.0)


class Quadratic:
    """L_train = |w - R a - c|^2 / 2 and L_valid = |w - t|^2 / 2 + k.a: the best response is R a + c."""

    def __init__(self, alphas=6, weights=12):
        generator = np.random.default_rng(0)
        self.response = generator.normal(size=(weights, alphas)) / 2
        self.offset, self.target = generator.normal(size=(2, weights))
        self.slope = generator.normal(size=alphas) / 2
        self.alpha = generator.normal(size=alphas) / 2
        self.architecture = Architecture({"cell": CellShape(1, 1, tuple("abcdef"))})

    def loss(self, weights, values, batch, wanted):
        w, a = flatten(weights), flatten(values)
        best = ops.matmul(tensor(self.response), ops.expand_dims(a, -1))[:, 0] + tensor(self.offset)
        if batch.moment.validation:
            return ops.sum(ops.square(w - tensor(self.target))) / 2 + ops.sum(tensor(self.slope) * a), None
        return ops.sum(ops.square(w - best)) / 2, None

    def hypergradient(self):
        """By hand: R^T (R a + c - t) + k."""
        best = self.response @ self.alpha + self.offset
        return self.response.T @ (best - self.target) + self.slope


def batch(step, validation):
    return SearchBatch(None, None, [], Moment(0.0, ops.convert_to_tensor(step), validation=validation))


def test_a_converged_linear_hypernetwork_gives_the_exact_hypergradient_and_first_order_does_not():
    problem = Quadratic()
    start = [keras.Variable(np.zeros(12, "float32"))]
    hypernetwork = KINDS["linear"](6, 0, start)
    choice = HypernetworkChoice("linear", Perturbation(0.3))
    alphas = [tensor(problem.alpha.reshape(1, 6))]
    optimizers = MomentumSGD(0.5, 0.0, 0.0, None), CoupledAdam()
    optimizers[0].build(hypernetwork.trainable_variables)
    optimizers[1].build([keras.Variable(np.zeros((1, 6), "float32"))])
    slots = [[ops.convert_to_tensor(v.value) for v in optimizer.variables] for optimizer in optimizers]
    parameters = [ops.convert_to_tensor(v.value) for v in hypernetwork.trainable_variables]
    # The alphas rest, so that phi converges at one point.
    loss = ResponseLoss(problem.loss, hypernetwork, problem.architecture, choice)
    step = BilevelStep(loss, *optimizers, moves_alphas=lambda batches: ops.convert_to_tensor(False))
    one = load("kernels").traced_once(
        lambda state, number: (
            step(
                state,
                Batches(HyperBatch(batch(number, False), alphas), HyperBatch(batch(number, True), alphas)),
            ).state
        )
    )
    state = SearchState(parameters, alphas, *slots)
    for number in range(250):
        state = one(state, ops.convert_to_tensor(number))
    exact = problem.hypergradient()
    state = state._replace(alphas=alphas)  # the centre's own tensors, as in a search
    found = numbers(step.alphas_gradient(state, Batches(None, HyperBatch(batch(0, True), alphas))))
    assert np.linalg.norm(found - exact) < 0.01 * np.linalg.norm(exact)
    # DARTS' first order, at the very weights that are the best response, sees the direct part alone.
    weights = loss.weights(state.weights, alphas, alphas)
    plain = BilevelStep(problem.loss, *optimizers)
    first_order = numbers(plain.alphas_gradient(SearchState(weights, alphas, *slots), Batches(None, batch(0, True))))
    assert np.linalg.norm(first_order - exact) > 0.5 * np.linalg.norm(exact)


def sum_of_squares(weights, values, batch, wanted):
    return ops.sum(flatten(values) ** 2), None


def test_a_tuned_scale_follows_the_loss_and_the_entropy():
    choice = HypernetworkChoice("linear", Perturbation(0.3, tuned=True, entropy=0.7))
    problem = Quadratic()
    hypernetwork = KINDS["linear"](6, 0, [keras.Variable(np.zeros(12, "float32"))])
    loss = ResponseLoss(sum_of_squares, hypernetwork, problem.architecture, choice)
    parameters = [ops.convert_to_tensor(v.value) for v in hypernetwork.trainable_variables]
    zeros = [tensor(np.zeros((1, 6)))]

    def of(values):
        return loss(parameters, values, HyperBatch(batch(3, True), zeros), None)

    (value, _), gradients = load("autodiff").value_and_grad(of, [*zeros, tensor([0.2])])
    noise = numbers(choice.perturbation.draw(ops.convert_to_tensor(3), True, zeros))
    expected = (0.3 * math.exp(0.2)) ** 2 * (noise**2).sum()
    assert float(value) == pytest.approx(expected - 0.7 * 0.2, rel=1e-4)
    assert float(gradients[1][0]) == pytest.approx(2 * expected - 0.7, rel=1e-4)


def test_noise_is_normal_and_depends_on_seed_step_and_batch_alone():
    like = [tensor(np.zeros((50, 40))), tensor(np.zeros(500))]

    def draw(seed=0, step=1, validation=False):
        return numbers(Perturbation(seed=seed).draw(ops.convert_to_tensor(step), validation, like))

    first = draw()
    assert abs(first.mean()) < 0.08
    assert first.std() == pytest.approx(1, abs=0.05)
    assert (first == draw()).all()
    for other in (draw(seed=1), draw(step=2), draw(validation=True)):
        assert abs(np.corrcoef(first, other)[0, 1]) < 0.1


def test_order_two_is_refused():
    supernet = nasbench201_supernet((4, 4, 1), 2, 2, 1, 1, hypernetwork=HypernetworkChoice("structured"))
    with pytest.raises(SettingsError, match="takes the place"):
        supernet.compile(order=2)
