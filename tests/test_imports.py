"""Which modules an import brings along: the start-up time and the layers depend on it."""

import pytest

from tests.processes import run_python

BACKENDS = {"tensorflow", "jax", "keras", "torch"}
THIRD_PARTY = BACKENDS | {"numpy", "pandas", "sklearn", "matplotlib"}


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("kerasnas", BACKENDS),
        ("kerasnas.genome", THIRD_PARTY),
        ("kerasnas.results", THIRD_PARTY),
        ("kerasnas.model.cost", THIRD_PARTY),
        ("kerasnas.training", BACKENDS),
        ("kerasnas.data", BACKENDS),
    ],
)
def test_import_brings_no_heavy_module(module, unwanted):
    loaded = run_python("import sys, importlib; importlib.import_module(sys.argv[1]); print(*sys.modules)", module)
    assert unwanted & set(loaded.split()) == set()
