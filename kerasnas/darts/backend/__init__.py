"""The backend functions that the supernet stands on, from the twin folder of the Keras backend in use.

Both folders hold the same names: `kernels` (convolutions and batch norm), `autodiff` (gradients) and
`trainer` (the adapter from the pure bilevel step to Keras' `train_step`).
"""

import importlib
from types import ModuleType

import keras

from kerasnas.errors import BackendError

SUPPORTED = ("tensorflow", "jax")


def load(module: str) -> ModuleType:
    """Import one module of the twin folder that fits the Keras backend in use.

    Args:
        module: `"kernels"`, `"autodiff"` or `"trainer"`.

    Raises:
        BackendError: Keras runs on a backend other than TensorFlow and JAX.
    """
    name = keras.backend.backend()
    if name not in SUPPORTED:
        raise BackendError(
            f"kerasnas.darts: Keras runs on the backend {name!r}; expected one of {', '.join(SUPPORTED)}; "
            "set the environment variable KERAS_BACKEND before Keras is imported."
        )
    return importlib.import_module(f"{__name__}.{name}.{module}")
