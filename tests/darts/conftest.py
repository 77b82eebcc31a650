"""Settings for every DARTS test; they run on whichever backend KERAS_BACKEND names."""

import keras
import pytest


@pytest.fixture(scope="package", autouse=True)
def quick_compilation():
    """Leave the compilers' optimizations out: the tests run dozens of small functions a few times each."""
    set_optimization(False)
    yield
    set_optimization(True)


def set_optimization(on):
    if keras.backend.backend() == "jax":
        import jax

        jax.config.update("jax_disable_most_optimizations", not on)
    else:
        import tensorflow as tf

        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": not on})
