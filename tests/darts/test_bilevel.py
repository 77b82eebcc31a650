"""The bilevel step itself: a problem with a known solution, and a numerical derivative."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasnas.darts import CoupledAdam, MomentumSGD, darts_supernet
from kerasnas.darts.bilevel import BilevelStep, SearchState
from kerasnas.darts.hypergradient import (
    Batches,
    Product,
    exact_product,
    finite_difference_product,
    second_order,
)
from kerasnas.darts.outline import Wanted
from kerasnas.errors import SettingsError

RATE = 0.05


def toy_loss(weights, alphas, batch, wanted):
    """The paper's figure 2: L_valid = a w - 2 a + 1, L_train = w^2 - 2 a w + a^2."""
    (w,), (a,) = weights, alphas
    valid = a * w - 2 * a + 1
    train = w * w - 2 * a * w + a * a
    return ops.sum(valid if batch == "valid" else train), None


def toy_search(order, product="exact", steps=150):
    """The end of the search from the paper's start, a = 2 and w = -2."""
    variables = [keras.Variable([-2.0]), keras.Variable([2.0])]
    weights_optimizer = MomentumSGD(RATE, momentum=0.0, weight_decay=0.0, clip_norm=None)
    alphas_optimizer = MomentumSGD(RATE, momentum=0.0, weight_decay=0.0, clip_norm=None)
    weights_optimizer.build(variables[:1])
    alphas_optimizer.build(variables[1:])
    step = BilevelStep(toy_loss, weights_optimizer, alphas_optimizer, order, Product(product))
    values = [[ops.convert_to_tensor(v.value) for v in o.variables] for o in (weights_optimizer, alphas_optimizer)]
    state = SearchState([ops.convert_to_tensor([-2.0])], [ops.convert_to_tensor([2.0])], *values)
    for _ in range(steps):
        state = step(state, Batches("train", "valid")).state
    return float(state.alphas[0][0]), float(state.weights[0][0])


def exact_step(a, w, order):
    """One step of the toy problem by hand."""
    if order == 1:
        hypergradient = w - 2
    else:
        unrolled = w - RATE * (2 * w - 2 * a)
        hypergradient = unrolled - 2 - RATE * (-2) * a
    a = a - RATE * hypergradient
    return a, w - RATE * (2 * w - 2 * a)


@pytest.mark.parametrize(("order", "product"), [(1, "exact"), (2, "exact"), (2, "finite_difference")])
def test_toy_problem_follows_the_exact_trajectory(order, product):
    a, w = 2.0, -2.0
    for _ in range(30):
        a, w = exact_step(a, w, order)
    assert toy_search(order, product, steps=30) == pytest.approx((a, w), abs=2e-3)


def test_toy_problem_ends_at_its_solution_in_second_order_only():
    # With w = a as the best response, L_valid = a^2 - 2 a + 1 is least at a = 1; without the response the
    # first order rests where w = 2. A unit of the learning rate makes the unrolled step the response itself.
    global RATE
    rate, RATE = RATE, 0.5
    try:
        second = toy_search(2, steps=100)
        first = toy_search(1, steps=100)
    finally:
        RATE = rate
    assert second == pytest.approx((1.0, 1.0), abs=1e-3)
    assert first == pytest.approx((2.0, 2.0), abs=1e-3)


def inner(tensors, directions):
    """The inner product of two lists of arrays."""
    return sum(float(np.sum(np.asarray(t) * d)) for t, d in zip(tensors, directions, strict=True))


@pytest.fixture
def double_precision():
    before, policy = keras.config.floatx(), keras.config.dtype_policy()
    if keras.backend.backend() == "jax":
        import jax

        jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx(before)
    keras.config.set_dtype_policy(policy)
    if keras.backend.backend() == "jax":
        jax.config.update("jax_enable_x64", False)


@pytest.mark.usefixtures("double_precision")
def test_second_order_gradient_is_the_numerical_derivative():
    primitives = ("none", "skip_connect", "avg_pool_3x3", "sep_conv_3x3")
    supernet = darts_supernet((8, 8, 3), 3, 2, 3, 2, primitives, seed=1)
    supernet.compile(order=2)
    generator = np.random.default_rng(0)
    state, statistics = supernet.search_variables()
    weights = [ops.convert_to_tensor(generator.normal(size=v.shape) / 2) for v in state.weights]
    alphas = [ops.convert_to_tensor(generator.normal(size=v.shape) / 2) for v in state.alphas]
    statistics = [ops.convert_to_tensor(v.numpy()) for v in statistics]
    train, valid = (
        (
            ops.convert_to_tensor(generator.normal(size=(4, 8, 8, 3))),
            ops.convert_to_tensor([0, 1, 2, 1]),
            statistics,
        )
        for _ in range(2)
    )
    loss, rate = supernet._search_loss, 0.1
    from kerasnas.darts.backend import load

    gradient_of = load("autodiff").value_and_grad

    def unroll(gradients):
        return [w - rate * g for w, g in zip(weights, gradients, strict=True)]

    def objective(moved):
        _, gradients = gradient_of(lambda w: loss(w, moved, train, Wanted.WEIGHTS), weights)
        return float(loss(unroll(gradients), moved, valid, Wanted.BOTH)[0])

    directions = [generator.normal(size=a.shape) for a in alphas]
    step = 1e-5
    ahead = objective([a + step * d for a, d in zip(alphas, directions, strict=True)])
    behind = objective([a - step * d for a, d in zip(alphas, directions, strict=True)])
    numerical = (ahead - behind) / (2 * step)
    gradient = second_order(loss, weights, alphas, Batches(train, valid), unroll, rate, Product.EXACT)
    assert inner(gradient, directions) == pytest.approx(numerical, rel=1e-3)
    # The paper's step of 0.01 crosses many kinks of the ReLUs at weights as wild as these.
    vector = [ops.convert_to_tensor(generator.normal(size=w.shape)) for w in weights]
    exact = exact_product(loss, weights, alphas, train, vector)
    approximate = finite_difference_product(loss, weights, alphas, train, vector, step=1e-6)
    assert inner(approximate, directions) == pytest.approx(inner(exact, directions), rel=1e-3)
    _, direct = gradient_of(lambda a: loss(weights, a, valid, Wanted.ALPHAS), alphas)
    assert inner(direct, directions) != pytest.approx(numerical, rel=1e-2)


def test_wrong_settings_are_refused():
    adam = CoupledAdam()
    with pytest.raises(SettingsError, match="order"):
        BilevelStep(toy_loss, MomentumSGD(), adam, order=3)
    with pytest.raises(SettingsError, match="MomentumSGD"):
        BilevelStep(toy_loss, CoupledAdam(), adam, order=2)
