import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnas.errors import GenomeError
from kerasnas.genome import expand, parse, validate
from kerasnas.genome.operations import Activate, AveragePoolGlobally, Connect, Convolve, Normalise
from tests.strategies import EXAMPLE, genomes


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


def test_units_set_the_width_of_the_dense_layer():
    nodes = expand(parse("FL 32 relu"), (5, 5, 3), 4).nodes
    assert [node.shape for node in nodes] == [(3,), (32,), (32,), (4,), (4,)]


@pytest.mark.parametrize(
    ("text", "input_shape", "words"),
    [
        ("NC 4 5 relu;FL relu", (4, 28, 1), ["layer 1", "'NC 4 5 relu'", "5x5", "4x28"]),
        ("NC 4 5 relu;FL relu", (28, 4, 1), ["layer 1", "5x5", "28x4"]),
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
