"""The bilevel step itself, on a problem with a known solution."""

import keras
import pytest
from keras import ops

from kerasnas.darts import CoupledAdam, MomentumSGD
from kerasnas.darts.bilevel import BilevelStep, SearchState
from kerasnas.darts.hypergradient import Batches, Product
from kerasnas.darts.optimizers import FlatOptimizer
from kerasnas.errors import SettingsError

pytestmark = pytest.mark.backend


def toy_loss(weights, alphas, batch, wanted):
    """The paper's figure 2: L_valid = a w - 2 a + 1, L_train = w^2 - 2 a w + a^2."""
    (w,), (a,) = weights, alphas
    valid = a * w - 2 * a + 1
    train = w * w - 2 * a * w + a * a
    return ops.sum(valid if batch == "valid" else train), None


def toy_search(order, rate, steps, product="exact"):
    """Where the search ends, (a, w), from the paper's start, a = 2 and w = -2."""
    variables = [keras.Variable([-2.0]), keras.Variable([2.0])]
    weights_optimizer = MomentumSGD(rate, momentum=0.0, weight_decay=0.0, clip_norm=None)
    alphas_optimizer = MomentumSGD(rate, momentum=0.0, weight_decay=0.0, clip_norm=None)
    weights_optimizer.build(variables[:1])
    alphas_optimizer.build(variables[1:])
    step = BilevelStep(toy_loss, weights_optimizer, alphas_optimizer, order, Product(product))
    values = [[ops.convert_to_tensor(v.value) for v in o.variables] for o in (weights_optimizer, alphas_optimizer)]
    state = SearchState([ops.convert_to_tensor([-2.0])], [ops.convert_to_tensor([2.0])], *values)
    for _ in range(steps):
        state = step(state, Batches("train", "valid")).state
    return float(state.alphas[0][0]), float(state.weights[0][0])


def exact_step(a, w, order, rate):
    """One step of the toy problem by hand."""
    if order == 1:
        hypergradient = w - 2
    else:
        unrolled = w - rate * (2 * w - 2 * a)
        hypergradient = unrolled - 2 - rate * (-2) * a
    a = a - rate * hypergradient
    return a, w - rate * (2 * w - 2 * a)


@pytest.mark.parametrize(("order", "product"), [(1, "exact"), (2, "exact"), (2, "finite_difference")])
def test_toy_problem_follows_the_exact_trajectory(order, product):
    a, w = 2.0, -2.0
    for _ in range(30):
        a, w = exact_step(a, w, order, rate=0.05)
    assert toy_search(order, rate=0.05, steps=30, product=product) == pytest.approx((a, w), abs=2e-3)


def test_toy_problem_ends_at_its_solution_in_second_order_only():
    # With w = a as the best response, L_valid = a^2 - 2 a + 1 is least at a = 1; without the response the
    # first order rests where w = 2. At a rate of 0.5 the unrolled step is the best response itself.
    first, second = (toy_search(order, rate=0.5, steps=20) for order in (1, 2))
    assert second == pytest.approx((1.0, 1.0), abs=1e-3)
    assert first == pytest.approx((2.0, 2.0), abs=1e-3)


def test_wrong_settings_are_refused():
    adam = CoupledAdam()
    with pytest.raises(SettingsError, match="order"):
        BilevelStep(toy_loss, MomentumSGD(), adam, order=3)
    with pytest.raises(SettingsError, match="MomentumSGD"):
        BilevelStep(toy_loss, CoupledAdam(), adam, order=2)


def test_an_optimizer_without_an_update_cannot_be_made():
    with pytest.raises(TypeError, match="update"):
        FlatOptimizer(0.1, 0.0, ())
