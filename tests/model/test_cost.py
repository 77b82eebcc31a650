"""The costs computed from a genome's text are those of the model that Keras builds of it."""

from math import prod

import keras
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kerasnas.errors import GenomeError
from kerasnas.genome import FinalLayers, Genome, parse
from kerasnas.model.build import build
from kerasnas.model.cost import Cost, cost
from tests.genome.cells import small_pair_genomes
from tests.strategies import (
    BUILDS,
    EXAMPLE,
    SPACES,
    activations,
    branching_genomes,
    final_layers,
    generators,
    layers,
    spaces,
)

OVERWRITES_ITS_INPUT = (keras.layers.BatchNormalization, keras.layers.Activation, keras.layers.Dropout)


def counted_in_keras(model: keras.Model) -> Cost:
    return Cost(
        model.count_params(),
        sum(prod(weight.shape) for weight in model.trainable_weights),
        sum(multiply_adds(layer) for layer in model.layers),
        4 * peak_of_live_values(model),
    )


def multiply_adds(layer: keras.Layer) -> int:
    """Each value of a kernel is used once for every place of the output: a map's pixel, or a dense layer's row."""
    if not isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D | keras.layers.Dense):
        return 0
    kernel = max((weight.shape for weight in layer.weights), key=len)
    return prod(kernel) * prod(layer.output.shape[1:-1])


def peak_of_live_values(model: keras.Model) -> int:
    """Walk the layers in the genome's order; a tensor lives from its layer until its last reader has run."""
    produced = [(layer, layer.output) for layer in sorted(model.layers, key=place_in_genome)]
    readers = {
        id(tensor): [layer for layer, _ in produced if any(tensor is read for read in inputs_of(layer))]
        for _, tensor in produced
    }
    live: dict[int, int] = {}
    done: set[int] = set()
    peak = 0
    for layer, output in produced:
        done.add(id(layer))
        finished = [name for name in {*map(id, inputs_of(layer))} if all(id(r) in done for r in readers[name])]
        if finished and isinstance(layer, OVERWRITES_ITS_INPUT):
            live[id(output)] = live.pop(finished[0])
            continue
        live[id(output)] = prod(output.shape[1:])
        peak = max(peak, sum(live.values()))
        for name in finished:
            del live[name]
    return peak


def place_in_genome(layer: keras.Layer) -> int:
    """Return the number in the layer's name: Keras itself sorts layers by their distance from the output."""
    return -1 if isinstance(layer, keras.layers.InputLayer) else int(layer.name.split("_")[1])


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


small = st.integers(1, 8)
chains_of_all_layers = st.builds(
    lambda body, last: Genome((*body, last)), st.lists(layers(small), max_size=4), st.builds(FinalLayers, activations)
)


@given(chains_of_all_layers | branching_genomes(small), st.tuples(sides, sides, st.integers(1, 4)))
@settings(max_examples=BUILDS)
def test_cost_of_any_layers_and_joins_is_that_of_their_model(genome, input_shape):
    try:
        expected = cost(genome, input_shape, 3)
    except GenomeError:
        assume(False)
    assert counted_in_keras(build(genome, input_shape, 3)) == expected


def test_a_join_of_two_shapes_counted_by_hand():
    # 9x6x2 -> RC 3 2: 4x3x3. The sum is 4x3x3: the image loses 2 rows and 1 column and goes through a 1x1 convolution
    # of stride (2, 2), 2*3 weights, 4*3*3*2 macs, and batch norm. Alive at most: image, map, and the cropped image.
    assert cost(parse("RC 3 2 relu;JN 0+1;FL relu"), (9, 6, 2), 4) == Cost(
        parameters=27 + 12 + (6 + 12) + 12 + 16,
        trainable_parameters=27 + 6 + (6 + 6) + 12 + 16,
        macs=4 * 3 * 3 * 8 + 4 * 3 * 3 * 2 + 9 + 12,
        peak_activation_bytes=4 * (9 * 6 * 2 + 4 * 3 * 3 + 7 * 5 * 2),
    )


@given(small_pair_genomes, st.tuples(st.integers(24, 33), st.integers(24, 33), st.integers(1, 3)))
@settings(max_examples=BUILDS // 3)
def test_cost_of_stacked_cells_is_that_of_their_model(genome, input_shape):
    try:
        expected = cost(genome, input_shape, 10)
    except GenomeError:
        assume(False)
    model = build(genome, input_shape, 10)
    assert counted_in_keras(model) == expected
    assert [layer for layer in model.layers if type(layer).__module__.split(".")[0] != "keras"] == []


def test_the_auxiliary_head_is_a_second_output_and_changes_nothing_else():
    genome = parse("ST 6 3;NR 4 3 |dil_conv_3x3~0|none~1|=2 |skip_connect~0|sep_conv_3x3~1|=2;GC")
    bare, full = (build(genome, (32, 32, 3), 10, seed=0, auxiliary=auxiliary) for auxiliary in (False, True))
    assert full.count_params() == cost(genome, (32, 32, 3), 10, auxiliary=True).parameters
    for layer in bare.layers:
        for one, other in zip(layer.get_weights(), full.get_layer(layer.name).get_weights(), strict=True):
            assert (one == other).all()
    images = keras.random.uniform((2, 32, 32, 3), seed=1)
    main, auxiliary = full(images)
    assert keras.ops.max(keras.ops.abs(main - bare(images))) < 1e-6
    assert main.shape == auxiliary.shape == (2, 10)
    assert keras.ops.max(keras.ops.abs(main - auxiliary)) > 1e-3
