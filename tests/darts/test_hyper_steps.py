"""Whole search steps with a hypernetwork: the same on both backends."""

from pathlib import Path

import numpy as np
import pytest

from tests.darts.hyper_steps import steps

pytestmark = pytest.mark.backend

GOLDEN = Path(__file__).parent / "golden" / "hyper_steps.npz"


@pytest.mark.parametrize(
    "kind", ["structured", pytest.param("linear", marks=pytest.mark.slow), pytest.param("mlp", marks=pytest.mark.slow)]
)
def test_both_backends_do_the_same_steps(kind):
    golden, found = np.load(GOLDEN), steps(kind)
    for name, value in found.items():
        expected = golden[f"{kind}.{name}"]
        assert np.linalg.norm(value - expected) < 1e-4 * np.linalg.norm(expected), name
    for name in ("alphas", "weights"):
        assert np.abs(found[f"1.{name}"] - found[f"0.{name}"]).max() > 1e-3
