"""What differs between Keras' backends: one module for each, with the same names; chosen once, here.

Each holds `replacements`, the layers that are trained in the place of stock ones, which they equal, because they are
faster there, or do not crash; `EpochLoop`, which runs whole epochs on the device; `inference`, a compiled forward pass;
`gradient`, of a class's score; `limit_threads`; and `accelerators`, the names of those at hand.
"""

from __future__ import annotations

import importlib
from types import ModuleType

import keras

from kerasnas.errors import BackendError

SUPPORTED = ("tensorflow", "jax")


def backend() -> ModuleType:
    """Return the module for the Keras backend in use; raises `BackendError` for any but TensorFlow and JAX."""
    name = keras.backend.backend()
    if name not in SUPPORTED:
        raise BackendError(
            f"kerasnas trains on {' and '.join(SUPPORTED)}, but Keras runs on {name}; set KERAS_BACKEND=tensorflow"
        )
    return importlib.import_module(f"kerasnas.training.backend.{name}")
