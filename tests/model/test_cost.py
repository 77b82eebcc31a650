"""The costs computed from a genome's text are those of the model that Keras builds of it."""

from math import prod

import keras
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kerasnas.errors import GenomeError
from kerasnas.genome import Genome, parse
from kerasnas.model.build import build
from kerasnas.model.cost import Cost, cost
from tests.strategies import BUILDS, EXAMPLE, SPACES, final_layers, generators, spaces

pytestmark = pytest.mark.backend

OVERWRITES_ITS_INPUT = (keras.layers.BatchNormalization, keras.layers.Activation)


def counted_in_keras(model: keras.Model) -> Cost:
    return Cost(
        model.count_params(),
        sum(prod(weight.shape) for weight in model.trainable_weights),
        sum(multiply_adds(layer) for layer in model.layers),
        4 * peak_of_live_values(model),
    )


def multiply_adds(layer: keras.Layer) -> int:
    """Each value of a kernel is used once for every place of the output: a map's pixel, or a dense layer's row."""
    if not isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
        return 0
    kernel = max((weight.shape for weight in layer.weights), key=len)
    return prod(kernel) * prod(layer.output.shape[1:-1])


def peak_of_live_values(model: keras.Model) -> int:
    """Walk the layers in order; a tensor lives from its layer until its last reader has run."""
    produced = [(layer, layer.output) for layer in model.layers]
    readers = {
        id(tensor): [layer for layer, _ in produced if any(tensor is read for read in inputs_of(layer))]
        for _, tensor in produced
    }
    live: dict[int, int] = {}
    done: set[int] = set()
    peak = 0
    for layer, output in produced:
        done.add(id(layer))
        finished = [
            id(tensor) for tensor in inputs_of(layer) if all(id(reader) in done for reader in readers[id(tensor)])
        ]
        if finished and isinstance(layer, OVERWRITES_ITS_INPUT):
            live[id(output)] = live.pop(finished[0])
            continue
        live[id(output)] = prod(output.shape[1:])
        peak = max(peak, sum(live.values()))
        for tensor in finished:
            del live[tensor]
    return peak


def inputs_of(layer: keras.Layer) -> list:
    if isinstance(layer, keras.layers.InputLayer):
        return []
    return list(layer.input) if isinstance(layer.input, list) else [layer.input]


def test_the_example_genome():
    assert cost(parse(EXAMPLE), (28, 28, 1), 10).parameters == 16598


def test_a_small_genome_counted_by_hand():
    # 6x6x2 -> RC 3 2: 3x3x3, (2*2*2+1)*3 weights, 3*3*3*8 macs; batch norm 4*3; dense (3+1)*3, 9; (3+1)*4, 12.
    assert cost(parse("RC 3 2 relu;FL relu"), (6, 6, 2), 4) == Cost(
        parameters=27 + 12 + 12 + 16,
        trainable_parameters=27 + 6 + 12 + 16,
        macs=216 + 9 + 12,
        peak_activation_bytes=4 * (72 + 27),
    )


@given(spaces, generators)
@settings(max_examples=BUILDS)
def test_cost_of_a_sample_is_that_of_its_model(space, rng):
    genome = space.sample(rng)
    model = build(genome, space.input_shape, space.classes)
    assert cost(genome, space.input_shape, space.classes) == counted_in_keras(model)


sides = st.integers(1, 33)


@given(generators, final_layers, st.tuples(sides, sides, st.integers(1, 4)), st.integers(2, 20))
@settings(max_examples=BUILDS)
def test_cost_is_that_of_the_model_on_images_of_any_shape(rng, last, input_shape, classes):
    genes = SPACES["default"].sample(rng).genes[:-1]
    genome = Genome((*rng.sample(genes, rng.randint(0, 4)), last))
    try:
        expected = cost(genome, input_shape, classes)
    except GenomeError:
        assume(False)
    assert counted_in_keras(build(genome, input_shape, classes)) == expected
