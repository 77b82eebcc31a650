import os
import re

import keras
import pytest

from kerasnas.training.backend import SUPPORTED, backend
from tests.marks import slow_on_jax
from tests.processes import run_python

pytestmark = pytest.mark.backend


def test_the_module_is_that_of_keras_backend():
    assert backend().__name__ == f"kerasnas.training.backend.{keras.backend.backend()}"


def test_twins_have_the_same_names():
    import ast
    from pathlib import Path

    import kerasnas.training.backend as package

    public = []
    for name in SUPPORTED:
        tree = ast.parse((Path(package.__file__).parent / f"{name}.py").read_text())
        loop = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "EpochLoop")
        functions = {node.name for node in tree.body + loop.body if isinstance(node, ast.FunctionDef)}
        public.append({function for function in functions if not function.startswith("_")})
    loops = {"place", "train_epoch", "evaluate", "optimizer_variables"}
    assert public[0] == public[1] == {"inference", "limit_threads", "accelerators", "gradient", *loops}
    assert all(hasattr(backend(), name) for name in ("replacements", "EpochLoop", "limit_threads"))


REFUSED = """
from kerasnas.errors import BackendError
from kerasnas.training.backend import backend
try:
    backend()
except BackendError as error:
    print(error)
"""


@slow_on_jax
def test_any_other_backend_is_refused_with_the_remedy():
    message = run_python(REFUSED, KERAS_BACKEND="numpy").strip()
    assert "Keras runs on numpy" in message
    assert "set KERAS_BACKEND=tensorflow" in message


JAX_ALONE = """
import sys
sys.modules["tensorflow"] = None  # every import of it fails
from kerasnas.data import load
from kerasnas.genome import parse
from kerasnas.training.settings import TrainingSettings
from kerasnas.training.train import train
settings = TrainingSettings(epochs=1, train_fraction=0.1)
result = train(parse("RC 2 5 relu;FL relu"), load("digits"), settings).result
print(result.backend, "on", result.machine)
"""


def test_jax_trains_where_there_is_no_tensorflow():
    pytest.importorskip("jax")
    assert re.fullmatch(rf"jax on .+, {os.cpu_count()} cores, .+", run_python(JAX_ALONE, KERAS_BACKEND="jax").strip())
