"""Evaluation networks give, with the same weights, the outputs of the DARTS authors' PyTorch code."""

from pathlib import Path

import keras
import numpy as np
import pytest

from kerasnas.genome import darts_genome, read_genotype
from kerasnas.model.build import build
from tests.model.golden import rule
from tests.model.reference_weights import set_reference_weights

ON_JAX = keras.backend.backend() == "jax"
GOLDEN = np.load(Path(__file__).parent / "golden" / "outputs.npz")

pytestmark = pytest.mark.backend

# XLA compiles each network for a long time.
SLOW = [name for name in rule.CASES if ON_JAX and name != "every_operation"]
CASES = [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in rule.CASES]


def logits_model(name: str) -> keras.Model:
    """Return a model of what reaches the softmax of the classifier and of the auxiliary head."""
    case = rule.CASES[name]
    genotype = read_genotype(case.genotype)
    genome = darts_genome(genotype, case.channels, case.cells, case.imagenet)
    model = build(genome, (case.side, case.side, 3), rule.CLASSES, auxiliary=True)
    set_reference_weights(model, genotype, genome.genes[1], case.imagenet, rule.tensor)
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    dense.sort(key=lambda layer: layer.name.startswith("auxiliary"))
    return keras.Model(model.input, [layer.output for layer in dense])


def relative_error(ours, golden: np.ndarray) -> float:
    return float(np.linalg.norm(keras.ops.convert_to_numpy(ours) - golden) / np.linalg.norm(golden))


@pytest.mark.parametrize("name", CASES)
def test_outputs_are_those_of_the_reference(name):
    images = rule.images(rule.CASES[name].side).transpose(0, 2, 3, 1)
    model = logits_model(name)
    classifier, _ = model.predict_on_batch(images)
    assert relative_error(classifier, GOLDEN[f"{name}.evaluation"]) < 1e-4
    if ON_JAX:  # which would compile every operation of an eager call
        return
    classifier, auxiliary = model(images, training=True)
    assert relative_error(classifier, GOLDEN[f"{name}.training"]) < 1e-4
    assert relative_error(auxiliary, GOLDEN[f"{name}.auxiliary"]) < 1e-4
