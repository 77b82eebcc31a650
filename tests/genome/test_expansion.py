import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnas.errors import GenomeError
from kerasnas.genome import expand, parse, validate
from kerasnas.genome.operations import (
    Activate,
    Add,
    AveragePool,
    AveragePoolGlobally,
    Concatenate,
    Connect,
    Convolve,
    ConvolveDepthwise,
    ConvolveRectangle,
    Crop,
    Drop,
    MaxPool,
    Normalise,
)
from tests.strategies import EXAMPLE, branching_genomes, genomes


def test_genes_expand_to_the_operations_of_the_design():
    network = expand(parse("NC 4 5 sigmoid;RC 8 3 relu;FL gelu"), (28, 20, 1), 10)
    assert [(node.operation, node.shape) for node in network.nodes] == [
        (Convolve(4, 5, 1, "same"), (28, 20, 4)),
        (Normalise(), (28, 20, 4)),
        (Activate("sigmoid"), (28, 20, 4)),
        (Convolve(8, 3, 2, "valid"), (13, 9, 8)),
        (Normalise(), (13, 9, 8)),
        (Activate("relu"), (13, 9, 8)),
        (AveragePoolGlobally(), (8,)),
        (Connect(8), (8,)),
        (Activate("gelu"), (8,)),
        (Connect(10), (10,)),
        (Activate("softmax"), (10,)),
    ]
    assert [node.inputs for node in network.nodes] == [(number - 1,) for number in range(11)]


def test_pooling_dropout_and_separable_convolutions_expand_to_their_operations():
    network = expand(parse("SC 4 5 relu;RS 8 3 tanh;MP 2;AP 3;DO 25;FL relu"), (28, 20, 3), 10)
    assert [(node.operation, node.shape) for node in network.nodes[:11]] == [
        (ConvolveDepthwise(5, 1, "same"), (28, 20, 3)),
        (Convolve(4, 1, 1, "same"), (28, 20, 4)),
        (Normalise(), (28, 20, 4)),
        (Activate("relu"), (28, 20, 4)),
        (ConvolveDepthwise(3, 2, "valid"), (13, 9, 4)),
        (Convolve(8, 1, 1, "same"), (13, 9, 8)),
        (Normalise(), (13, 9, 8)),
        (Activate("tanh"), (13, 9, 8)),
        (MaxPool(2, 2, "valid"), (6, 4, 8)),
        (AveragePool(3, 2, "valid"), (2, 1, 8)),
        (Drop(25), (2, 1, 8)),
    ]


def test_maps_of_one_shape_are_joined_as_they_are():
    nodes = expand(parse("NC 3 3 relu;NC 3 3 relu;JN 0+1+2;DO 10;JN 1,4;FL relu"), (8, 8, 3), 10).nodes
    assert [node.operation for node in nodes[6:9]] == [Add(), Drop(10), Concatenate()]
    assert [node.inputs for node in nodes[6:9]] == [(-1, 2, 5), (6,), (2, 7)]
    assert nodes[8].shape == (8, 8, 6)


def test_a_join_takes_the_smallest_sides_and_a_sum_the_last_ones_channels():
    nodes = expand(parse("RC 4 3 relu;NC 6 1 relu;JN 0+1+2;FL relu"), (28, 9, 3), 10).nodes
    # 28x9 becomes 13x4: strides 2 and 2, for which 25 of 28 rows and 7 of 9 columns are needed.
    assert [(node.operation, node.inputs, node.shape) for node in nodes[6:12]] == [
        (Crop((1, 2), (1, 1)), (-1,), (25, 7, 3)),
        (ConvolveRectangle(6, (1, 1), (2, 2)), (6,), (13, 4, 6)),
        (Normalise(), (7,), (13, 4, 6)),
        (ConvolveRectangle(6, (1, 1), (1, 1)), (2,), (13, 4, 6)),
        (Normalise(), (9,), (13, 4, 6)),
        (Add(), (8, 10, 5), (13, 4, 6)),
    ]


def test_a_concatenation_keeps_the_channels_of_each():
    nodes = expand(parse("RC 4 2 relu;JN 0,1;FL relu"), (8, 8, 3), 10).nodes
    assert [node.operation for node in nodes[3:7]] == [
        Crop((0, 1), (0, 1)),
        ConvolveRectangle(3, (1, 1), (2, 2)),
        Normalise(),
        Concatenate(),
    ]
    assert nodes[6].shape == (4, 4, 7)


def test_a_join_of_one_source_hands_it_on():
    network = expand(parse("NC 4 3 relu;JN 0;NC 2 3 relu;JN 1,3;FL relu"), (8, 8, 3), 10)
    assert network.outputs == (2, -1, 5, 6, 11)
    assert network.nodes[3].inputs == (-1,)


@given(branching_genomes(st.integers(1, 8)), st.tuples(st.integers(8, 30), st.integers(8, 30), st.integers(1, 3)))
def test_joins_read_maps_of_one_size_and_every_node_is_read(genome, input_shape):
    try:
        nodes = expand(genome, input_shape, 10).nodes
    except GenomeError:
        return
    for node in nodes:
        shapes = [nodes[source].shape if source >= 0 else input_shape for source in node.inputs]
        assert len({shape[:2] for shape in shapes}) == 1
        assert not isinstance(node.operation, Add) or len(set(shapes)) == 1
    assert set(range(len(nodes) - 1)) <= {source for node in nodes for source in node.inputs}


def test_units_set_the_width_of_the_dense_layer():
    nodes = expand(parse("FL 32 relu"), (5, 5, 3), 4).nodes
    assert [node.shape for node in nodes] == [(3,), (32,), (32,), (4,), (4,)]


@pytest.mark.parametrize(
    ("text", "input_shape", "words"),
    [
        ("NC 4 5 relu;FL relu", (4, 28, 1), ["layer 1", "'NC 4 5 relu'", "5x5", "4x28"]),
        ("NC 4 5 relu;FL relu", (28, 4, 1), ["layer 1", "5x5", "28x4"]),
        ("NC 4 1 relu;MP 3;FL relu", (28, 2, 1), ["layer 2", "'MP 3'", "3x3 window", "28x2"]),
        ("RC 4 7 relu;RC 4 7 relu;RC 4 4 relu;FL relu", (28, 28, 1), ["layer 3", "'RC 4 4 relu'", "4x4", "3x3"]),
    ],
)
def test_kernel_larger_than_its_map_is_refused_by_layer_and_both_sizes(text, input_shape, words):
    with pytest.raises(GenomeError) as caught:
        validate(parse(text), input_shape, 10)
    assert [word for word in words if word not in str(caught.value)] == []


def test_kernel_as_large_as_its_map_fits():
    assert expand(parse("RC 4 7 relu;NC 4 1 relu;FL relu"), (7, 7, 1), 10).nodes[0].shape == (1, 1, 4)


@pytest.mark.parametrize(
    "shape", [(), (28, 28), (28, 28, 1, 1), (0, 28, 1), (28, 28, -1), (28, 2.5, 1), (28, 28, 10**6), (28, None, 1)]
)
def test_senseless_input_shape_is_refused(shape):
    with pytest.raises(GenomeError, match="height,width,channels"):
        validate(parse(EXAMPLE), shape, 10)


@pytest.mark.parametrize("classes", [-1, 0, 1, 10**6])
def test_senseless_number_of_classes_is_refused(classes):
    with pytest.raises(GenomeError, match="number of classes"):
        validate(parse(EXAMPLE), (28, 28, 1), classes)


sides = st.integers(1, 40)


@given(genomes, st.tuples(sides, sides, st.integers(1, 4)), st.integers(2, 100))
def test_a_network_that_is_not_refused_has_no_empty_map(genome, input_shape, classes):
    try:
        network = expand(genome, input_shape, classes)
    except GenomeError:
        return
    assert all(min(node.shape) >= 1 for node in network.nodes)
    assert network.nodes[-1].shape == (classes,)
