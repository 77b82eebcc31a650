"""Marks for what takes long on the JAX backend, where XLA compiles many small functions for minutes on a busy CPU."""

import keras
import pytest

ON_JAX = keras.backend.backend() == "jax"

BACKEND_SLOW_ON_JAX = [pytest.mark.backend, *([pytest.mark.slow] if ON_JAX else [])]
"""For a module."""

slow_on_jax = pytest.mark.slow if ON_JAX else pytest.mark.backend
"""For a test; where it is not slow it is one of those that depend on the backend."""
