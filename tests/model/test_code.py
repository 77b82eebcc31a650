"""`keras_code`: what it prints runs without kerasnas, and computes what the genome's model computes."""

import ast

import numpy as np
from hypothesis import given, settings

from kerasnas.genome import parse
from kerasnas.model.build import build
from kerasnas.model.code import keras_code
from tests.genome.cells import small_pair_genomes
from tests.marks import BACKEND_SLOW_ON_JAX
from tests.processes import run_python
from tests.strategies import BUILDS, EXAMPLE, genomes

pytestmark = BACKEND_SLOW_ON_JAX

BASIC = "|nor_conv_3x3~0|+|avg_pool_3x3~0|none~1|+|skip_connect~0|none~1|nor_conv_1x1~2|"
NORMAL = "|sep_conv_3x3~0|dil_conv_5x5~1|+|conv_7x1_1x7~0|max_pool_3x3~2|=2,3"
REDUCTION = "|skip_connect~0|none~1|+|avg_pool_3x3~0|sep_conv_5x5~2|=3"
GENOMES = {
    "chain": EXAMPLE,
    "one gene": "FL 3 tanh",
    "NAS-Bench-201": f"ST 4 3;CE 2 {BASIC};RB 8;CE 1 {BASIC};PC",
    "DARTS": f"ST 12 3;NR 4 3 {NORMAL} {REDUCTION};GC",
    "DARTS, large images": f"SI 4;NR 4 3 {NORMAL} {REDUCTION};GC",
}
SHAPE, CLASSES = (21, 22, 3), 5

WITHOUT_KERASNAS = """
import sys
sys.modules["kerasnas"] = None  # importing it now fails
import numpy as np
from pathlib import Path
for folder in map(Path, sys.argv[1:]):
    scope = {}
    exec(compile((folder / "model.py").read_text(), folder, "exec"), scope)
    model = scope["model"]
    with np.load(folder / "weights.npz") as file:
        model.set_weights([file[f"arr_{number}"] for number in range(len(file))])
    np.save(folder / "out.npy", np.asarray(model(np.load(folder / "images.npy"), training=False)))
    print(model.count_params())
try:
    import kerasnas
except ImportError:
    print("no kerasnas")
"""


def test_the_code_runs_without_kerasnas_and_gives_the_same_outputs(tmp_path):
    generator = np.random.default_rng(0)
    images = generator.random((3, *SHAPE), np.float32) * np.float32([[[[0.1]]], [[[1]]], [[[3]]]])
    models = {}
    for name, text in GENOMES.items():
        genome, folder = parse(text), tmp_path / name
        models[folder] = model = build(genome, SHAPE, CLASSES, seed=1)
        model.set_weights([w * generator.uniform(0.5, 1.5, w.shape) for w in model.get_weights()])
        folder.mkdir()
        np.save(folder / "images.npy", images)
        np.savez(folder / "weights.npz", *model.get_weights())
        (folder / "model.py").write_text(keras_code(genome, SHAPE, CLASSES))
    *parameters, last = run_python(WITHOUT_KERASNAS, *models).splitlines()
    assert last == "no kerasnas"
    assert [int(count) for count in parameters] == [model.count_params() for model in models.values()]
    for folder, model in models.items():
        expected = np.asarray(model(images, training=False))
        assert np.ptp(expected, axis=0).max() > 1e-6, "the images must be told apart, or nothing is tested"
        np.testing.assert_allclose(np.load(folder / "out.npy"), expected, rtol=1e-5, atol=1e-6)


@given(genomes | small_pair_genomes)
@settings(max_examples=BUILDS // 4)
def test_the_code_of_whatever_is_drawn_has_the_same_layers(genome):
    shape = (33, 33, 3)
    try:
        model = build(genome, shape, CLASSES)
    except ValueError:
        return
    scope = {}
    exec(compile(keras_code(genome, shape, CLASSES), "code", "exec"), scope)
    ours, printed = ([_plain(layer) for layer in m.layers] for m in (model, scope["model"]))
    assert printed == ours


def test_the_code_imports_keras_alone_and_says_each_gene():
    code = keras_code(parse(EXAMPLE), (28, 28, 1), 10)
    imported = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {getattr(node, "module", None) or node.names[0].name for node in imported} == {"keras"}
    assert [line for line in code.splitlines() if line.startswith("# ")] == ["# " + EXAMPLE] + [
        f"# {gene}" for gene in EXAMPLE.split(";")
    ]
    assert 'layers.Conv2D(4, 5, padding="same")' in code


def _plain(layer):
    config = layer.get_config()
    config.pop("name")
    return type(layer), {key: value for key, value in config.items() if key not in ("batch_shape", "build_config")} | {
        key: None for key in ("kernel_initializer", "depthwise_initializer") if key in config
    }
