"""Cells: their notation, their costs against NAS-Bench-201's own figures, and their Keras models."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnas.errors import GenomeError
from kerasnas.genome import expand, format_genome, parse
from kerasnas.genome.cells import PRIMITIVES, Cell, Edge
from kerasnas.genome.genes import CellStack
from kerasnas.genome.nasbench201 import cell_of, nasbench201_genome, read_nasbench201
from kerasnas.genome.operations import Zero
from kerasnas.model.cost import cost

CIFAR = (32, 32, 3)
SAMPLE = Path(__file__).with_name("nasbench201_sizes.csv")


@st.composite
def cells(draw) -> Cell:
    count = draw(st.integers(1, 5))
    nodes = []
    for number in range(1, count + 1):
        others = draw(st.lists(st.integers(0, number - 1), max_size=2))
        sources = {*others, number - 1}  # so that every node has a reader
        nodes.append(tuple(sorted(Edge(source, draw(st.sampled_from(PRIMITIVES))) for source in sources)))
    return Cell(tuple(nodes))


@given(cells())
def test_text_is_a_fixed_point(cell):
    genome = nasbench201_genome(cell, cells=1, width=4)
    assert parse(str(genome)) == genome
    assert format_genome(parse(str(genome))) == str(genome)
    assert cell_of(genome) == cell
    assert read_nasbench201(str(cell), cells=1, width=4) == genome


@given(cells())
def test_every_node_reads_earlier_ones_and_is_read(cell):
    network = expand(nasbench201_genome(cell, cells=1, width=4), (8, 8, 3), 10)
    assert all(source < number for number, node in enumerate(network.nodes) for source in node.inputs)
    read = {source for node in network.nodes for source in node.inputs}
    assert read == set(range(-1, len(network.nodes) - 1))


def test_edges_are_sorted_and_lower_case():
    text = "ce 1 |skip_connect~0|+|NONE~1|avg_pool_3x3~0|;pc"
    assert str(parse(text)) == "CE 1 |skip_connect~0|+|avg_pool_3x3~0|none~1|;PC"


def test_none_is_kept_only_where_something_would_be_missed():
    def zeros(cell: str) -> int:
        network = expand(parse(f"ST 4 3;CE 1 {cell};PC"), (8, 8, 3), 10)
        return sum(isinstance(node.operation, Zero) for node in network.nodes)

    assert zeros("|skip_connect~0|+|none~0|skip_connect~1|") == 0
    assert zeros("|nor_conv_3x3~0|+|skip_connect~0|none~1|") == 1
    assert zeros("|none~0|") == 1


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("nor_conv_1x1~0", "node 1 of the cell must be written"),
        ("|nor_conv_1x1|", "an edge is written op~input"),
        ("|nor_conv_2x2~0|", "did you mean 'nor_conv_"),
        ("|skip_connect~1|", "node 1 of the cell can read nodes 0 to 0 only"),
        ("|skip_connect~0|+|skip_connect~0|", "node 1 of the cell is read by no later node"),
        ("+".join(["|skip_connect~0|"] * 17), "at most 16 nodes"),
        ("|skip_connect~0|+", "node 2 of the cell must be written"),
    ],
)
def test_wrong_cells_are_refused_with_their_place(cell, message):
    with pytest.raises(GenomeError, match="layer 1") as caught:
        parse(f"CE 1 {cell};PC")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_cell_of_needs_one_kind_of_cell():
    with pytest.raises(GenomeError, match="2 kinds of cell"):
        cell_of(parse("CE 1 |skip_connect~0|;CE 1 |none~0|;PC"))


def test_sizes_equal_the_benchmarks():
    with SAMPLE.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 200
    for row in rows:
        found = cost(read_nasbench201(row["arch"]), CIFAR, 10)
        assert (found.trainable_parameters, found.macs) == (int(row["params_derived"]), int(row["flops_derived"]))


KERAS_CELLS = [
    "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|",
    "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|",
    "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|",
]


@pytest.mark.parametrize("text", KERAS_CELLS)
def test_keras_model_has_the_computed_cost(text):
    from kerasnas.model.build import build

    genome = read_nasbench201(text, cells=1, width=4)
    model = build(genome, (9, 9, 3), 10, seed=0)
    expected = cost(genome, (9, 9, 3), 10)
    assert model.count_params() == expected.parameters
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_variables) == expected.trainable_parameters
    network = expand(genome, (9, 9, 3), 10)
    shapes = {int(layer.name.split("_")[1]): tuple(layer.output.shape[1:]) for layer in model.layers[1:]}
    assert shapes == {number: node.shape for number, node in enumerate(network.nodes)}
    assert np.allclose(np.sum(model(np.ones((2, 9, 9, 3), "float32")), axis=-1), 1)


@pytest.mark.slow
def test_whole_benchmark_network_builds():
    from kerasnas.model.build import build

    genome = read_nasbench201(KERAS_CELLS[0])
    assert build(genome, CIFAR, 10).count_params() == cost(genome, CIFAR, 10).parameters
    assert {gene.repeats for gene in genome.genes if isinstance(gene, CellStack)} == {5}
