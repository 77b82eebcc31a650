"""Latency is measured on the model itself, by ratio to a reference."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnas.genome import parse
from kerasnas.model.build import build
from kerasnas.training.backend import backend
from kerasnas.training.latency import REFERENCE, measured_latency

pytestmark = pytest.mark.backend


def test_the_reference_is_about_as_slow_as_itself_and_a_large_network_is_slower() -> None:
    same = measured_latency(build(parse(REFERENCE), (32, 32, 3), 10, seed=1))
    large = measured_latency(build(parse("NC 64 5 relu;NC 128 7 relu;NC 64 5 relu;FL relu"), (32, 32, 3), 10, seed=1))
    assert 0.4 < same.ratio < 2.5
    assert large.ratio > 3 * same.ratio
    assert large.milliseconds > same.milliseconds > 0


def test_inference_is_the_model() -> None:
    model = build(parse("NC 4 3 relu;RC 8 3 gelu;FL tanh"), (8, 8, 1), 3, seed=1)
    images = np.random.default_rng(0).random((5, 8, 8, 1), np.float32)
    np.testing.assert_allclose(backend().inference(model)(images), model.predict(images, verbose=0), atol=1e-6)
