"""The second-order gradient of the alphas against a numerical derivative, in double precision."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasnas.darts import darts_supernet, nasbench201_supernet
from kerasnas.darts.backend import load
from kerasnas.darts.eigenvalue import DominantEigenvalue
from kerasnas.darts.hypergradient import (
    Batches,
    Product,
    exact_product,
    finite_difference_product,
    second_order,
)
from kerasnas.darts.outline import Wanted
from kerasnas.darts.supernet import SearchBatch
from tests.marks import slow_on_jax

pytestmark = pytest.mark.backend


def compiled(function):
    """The function as JAX compiles it whole, which is quicker there than operation by operation."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    return function


RATE = 0.1
PRIMITIVES = ("none", "skip_connect", "sep_conv_3x3")


@pytest.fixture(scope="module")
def double_precision():
    """Module-wide, so that no variable of one precision is left to a test of the other."""
    before, policy = keras.config.floatx(), keras.config.dtype_policy()
    set_double(True)
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx(before)
    keras.config.set_dtype_policy(policy)
    set_double(False)


def set_double(on):
    if keras.backend.backend() == "jax":
        import jax

        jax.config.update("jax_enable_x64", on)


class Problem:
    """A small supernet's loss with weights, alphas, batches and directions drawn at random."""

    def __init__(self):
        supernet = darts_supernet((8, 8, 3), 3, 2, 3, 2, PRIMITIVES, seed=1)
        supernet.compile(order=2)
        generator = np.random.default_rng(0)
        state, statistics = supernet.search_variables()
        statistics = [ops.convert_to_tensor(v.value) for v in statistics[1:]]

        def draw(shape):
            return ops.convert_to_tensor(generator.normal(size=shape))

        def batch():
            return SearchBatch(draw((4, 8, 8, 3)), ops.convert_to_tensor([0, 1, 2, 1]), statistics)

        self.loss = supernet.search_loss
        self.weights = [draw(v.shape) / 2 for v in state.weights]
        self.alphas = [draw(v.shape) / 2 for v in state.alphas]
        self.batches = Batches(batch(), batch())
        self.directions = [draw(a.shape) for a in self.alphas]
        self._objective = compiled(self._loss_after_a_step)
        self.vector = [draw(w.shape) for w in self.weights]

    def unroll(self, gradients):
        return [w - RATE * g for w, g in zip(self.weights, gradients, strict=True)]

    def objective(self, distance):
        """L_valid(w - RATE grad L_train(w, a), a), with the alphas moved along `directions`."""
        return float(self._objective(ops.convert_to_tensor(distance, dtype="float64")))

    def _loss_after_a_step(self, distance):
        alphas = [a + distance * d for a, d in zip(self.alphas, self.directions, strict=True)]
        _, gradients = load("autodiff").value_and_grad(
            lambda w: self.loss(w, alphas, self.batches.train, Wanted.WEIGHTS), self.weights
        )
        return self.loss(self.unroll(gradients), alphas, self.batches.valid, Wanted.BOTH)[0]

    def along(self, gradients):
        """The directional derivative that these gradients of the alphas give."""
        return sum(float(ops.sum(g * d)) for g, d in zip(gradients, self.directions, strict=True))


@pytest.fixture(scope="module")
def problem(double_precision):
    return Problem()


@slow_on_jax
def test_second_order_gradient_is_the_numerical_derivative(problem):
    step = 1e-5
    numerical = (problem.objective(step) - problem.objective(-step)) / (2 * step)
    arguments = problem.loss, problem.weights, problem.alphas, problem.batches, problem.unroll, RATE, Product.EXACT
    gradient = compiled(lambda: second_order(*arguments))()
    assert problem.along(gradient) == pytest.approx(numerical, rel=1e-3)
    _, first_order = load("autodiff").value_and_grad(
        lambda a: problem.loss(problem.weights, a, problem.batches.valid, Wanted.BOTH), problem.alphas
    )
    assert problem.along(first_order) != pytest.approx(numerical, rel=1e-2)


@slow_on_jax
def test_difference_quotient_nears_the_exact_product(problem):
    arguments = (problem.loss, problem.weights, problem.alphas, problem.batches.train, problem.vector)
    exact = exact_product(*arguments)
    # The paper's step of 0.01 crosses many kinks of the ReLUs at weights as wild as these.
    approximate = finite_difference_product(*arguments, step=1e-6)
    assert problem.along(approximate) == pytest.approx(problem.along(exact), rel=1e-3)


@slow_on_jax
def test_eigenvalue_is_that_of_the_numerical_hessian(double_precision):
    supernet = nasbench201_supernet((8, 8, 3), 3, 2, 1, 1, ("skip_connect", "nor_conv_1x1"), seed=1)
    supernet.compile()
    generator = np.random.default_rng(2)
    for variable in supernet.network_weights:
        variable.assign(generator.normal(size=variable.shape) / 2)
    x, y = generator.normal(size=(4, 8, 8, 3)), np.array([0, 1, 2, 1])
    state, (_, *statistics) = supernet.search_variables()
    weights, statistics = ([ops.convert_to_tensor(v.value) for v in g] for g in (state.weights, statistics))
    batch = SearchBatch(ops.convert_to_tensor(x), ops.convert_to_tensor(y), statistics)

    def loss(alphas):
        return supernet.search_loss(weights, alphas, batch, Wanted.ALPHAS)

    start, step = ops.convert_to_numpy(supernet.alphas[0]), 1e-5
    gradient = compiled(lambda a: load("autodiff").value_and_grad(loss, [a])[1][0])

    def row(i):
        change = step * np.eye(start.size)[i].reshape(start.shape)
        up, down = (ops.convert_to_numpy(gradient(ops.convert_to_tensor(start + c))) for c in (change, -change))
        return (up - down).ravel() / (2 * step)

    values = np.linalg.eigvalsh(np.array([row(i) for i in range(start.size)]))
    dominant = values[np.abs(values).argmax()]
    assert abs(dominant) > 1e-3
    assert DominantEigenvalue(supernet, iterations=30)(x, y) == pytest.approx(dominant, rel=1e-3)
