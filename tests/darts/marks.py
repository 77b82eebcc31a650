"""Marks for what the JAX backend does not do in the short test run: whole searches through `fit`."""

import keras
import pytest

ON_JAX = keras.backend.backend() == "jax"

# XLA compiles the many small functions of these tests for minutes on a busy CPU.
BACKEND_SLOW_ON_JAX = [pytest.mark.backend, *([pytest.mark.slow] if ON_JAX else [])]
