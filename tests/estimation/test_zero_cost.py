"""Scores at initialisation, against what their definitions say by hand."""

import numpy as np
import pytest

from kerasnas.data import load
from kerasnas.estimation.zero_cost import SCORES, gradient_norm, naswot, synflow
from kerasnas.genome import parse
from kerasnas.model.build import build
from tests.marks import slow_on_jax

DIGITS = load("digits")
IMAGES, LABELS = DIGITS.train_images[:24], DIGITS.train_labels[:24]
LARGE, SMALL = parse("NC 8 3 relu;RC 16 3 relu;FL relu"), parse("NC 2 1 tanh;RC 2 3 relu;FL relu")

pytestmark = pytest.mark.backend


def test_synflow_of_a_linear_chain_is_its_flow_times_its_depth():
    # R is linear in the kernels of each of the three layers with weights but for the biases, which are zero.
    genome = parse("NC 3 1 relu;FL 2 relu")
    model = build(genome, (28, 28, 1), 10, seed=0)
    kernels = [array for array in model.get_weights() if array.ndim > 1]
    convolution, hidden, classifier = (np.abs(kernel) for kernel in kernels)
    flow = convolution.reshape(1, 3).sum(0) @ hidden @ classifier
    assert synflow(genome, IMAGES, LABELS, 10) == pytest.approx(np.log(3 * flow.sum()), rel=1e-5)


@slow_on_jax
def test_naswot_is_the_determinant_of_how_often_activations_agree():
    genome = parse("NC 2 3 relu;FL 2 relu")
    assert naswot(genome, IMAGES, LABELS, 10) > naswot(genome, np.repeat(IMAGES[:12], 2, axis=0), LABELS, 10)
    same = np.repeat(IMAGES[:1], 4, axis=0)
    assert naswot(genome, same, LABELS[:4], 10) == -np.inf  # all rows are equal, so the determinant is zero


@slow_on_jax
def test_the_gradient_norm_follows_the_loss():
    right = gradient_norm(LARGE, IMAGES, LABELS, 10)
    assert np.isfinite(right)
    assert right > 0
    assert right != gradient_norm(LARGE, IMAGES, (LABELS + 1) % 10, 10)


@slow_on_jax
@pytest.mark.parametrize("name", SCORES)
def test_a_score_is_the_same_again_and_tells_a_large_network_from_a_small_one(name):
    score = SCORES[name]
    large, again, small = (score(genome, IMAGES, LABELS, 10, 1) for genome in (LARGE, LARGE, SMALL))
    assert large == pytest.approx(again, rel=1e-4)
    assert large > small
