"""Cells of two inputs: their text, what they refuse, and the graph that they stand for."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kerasnas.errors import GenomeError
from kerasnas.genome import expand, format_genome, parse
from kerasnas.genome.operations import AveragePool, ConvolveDepthwise, MaxPool, Subsample, Zero
from tests.genome.cells import pair_genomes

CELL = "|skip_connect~0|skip_connect~1|=2"


def network(normal: str = CELL, reduction: str = CELL, cells: int = 1, shape=(8, 8, 3), stem: str = "ST 6 3"):
    return expand(parse(f"{stem};NR 4 {cells} {normal} {reduction};GC"), shape, 10)


@given(pair_genomes)
def test_text_is_a_fixed_point_and_says_all(genome):
    assert parse(str(genome)) == genome
    assert format_genome(parse(str(genome))) == str(genome)


@given(pair_genomes, pair_genomes)
def test_genomes_are_equal_exactly_when_their_texts_are(first, second):
    assert (first == second) == (str(first) == str(second))


@given(pair_genomes, st.data())
def test_a_damaged_genome_is_read_or_refused_in_one_located_line(genome, data):
    text = str(genome)
    start = data.draw(st.integers(0, len(text)))
    patch = data.draw(st.text("|+=~,;0123 _abc\n", max_size=4))
    damaged = text[:start] + patch + text[start + data.draw(st.integers(0, 6)) :]
    try:
        read = parse(damaged)
    except GenomeError as error:
        message = str(error)
    else:
        assert parse(str(read)) == read
        return
    assert len(message.splitlines()) == 1
    assert message.startswith("layer ")


def test_order_of_edges_and_capitals_do_not_matter():
    text = "st 6 3;nr 4 2 |MAX_POOL_3x3~1|none~0|+|none~2|skip_connect~0|=3,2 |skip_connect~1|skip_connect~0|=02;gc"
    assert str(parse(text)) == (
        "ST 6 3;NR 4 2 |none~0|max_pool_3x3~1|+|skip_connect~0|none~2|=2,3 |skip_connect~0|skip_connect~1|=2;GC"
    )


def test_a_source_may_be_read_twice_by_the_same_operation():
    nodes = network("|avg_pool_3x3~0|avg_pool_3x3~0|none~1|=2", cells=3).nodes
    assert sum(isinstance(node.operation, AveragePool) for node in nodes) == 2


@pytest.mark.parametrize(
    ("gene", "character", "message"),
    [
        (f"NR 5 1 {CELL} {CELL}", 11, "channels must be an even number, found 5"),
        (f"NR 4 65 {CELL} {CELL}", 13, "cells must be a whole number from 1 to 64"),
        (f"NR 4 1 {CELL}", 8, "expected 'NR channels cells normal reduction', found 3 arguments"),
        (
            f"NR 4 1 |skip_connect~0|skip_connect~1| {CELL}",
            15,
            "the normal cell must end in the nodes that it hands on",
        ),
        (f"NR 4 1 {CELL} |skip_connect~0|skip_connect~1|=1", 49, "the reduction cell can hand on nodes 2 to 2"),
        (f"NR 4 1 {CELL}, {CELL}", 15, "can hand on nodes 2 to 2, separated by commas, found ''"),
        (f"NR 4 1 {CELL},2 {CELL}", 15, "the normal cell hands on a node twice: '2,2'"),
        (f"NR 4 1 |skip_connect~0|=2 {CELL}", 15, "node 1 of the normal cell is read by no later node"),
        (f"NR 4 1 |none~0|none~1|+|none~0|=3 {CELL}", 15, "node 2 of the normal cell is read by no later node"),
        (
            f"NR 4 1 |none~0|none~2|=2 {CELL}",
            15,
            "node 2 of the normal cell can read nodes 0 to 1 only, found 'none~2'",
        ),
        (f"NR 4 1 |sep_conv_3x5~0|none~1|=2 {CELL}", 15, "did you mean 'sep_conv_"),
        (f"NR 4 1 {'|none~0' * 33}|=2 {CELL}", 15, "has 33 edges; at most 32"),
        (f"NR 4 1 {'+'.join(['|none~0|'] * 17)}=2 {CELL}", 15, "at most 16 nodes"),
    ],
)
def test_refusal_names_the_place_and_what_is_wrong(gene, character, message):
    with pytest.raises(GenomeError) as caught:
        parse(f"ST 6 3;{gene};GC")
    assert message in str(caught.value)
    assert f"character {character}:" in str(caught.value)
    assert str(caught.value).startswith("layer 2 ")


def test_reduction_cells_halve_and_double_a_third_and_two_thirds_on():
    genome = parse(f"ST 6 3;NR 4 8 {CELL} {CELL};GC")
    assert genome.genes[1].reductions == (2, 5)
    nodes = expand(genome, (16, 16, 3), 10).nodes
    assert max(node.shape for node in nodes if node.layer == 2) == (16,)
    assert [node.shape for node in nodes if node.layer == 1][-1] == (4, 4, 16)


def test_a_cell_reads_the_two_before_it():
    nodes = network("|skip_connect~0|none~1|+|skip_connect~1|none~2|=3", cells=3, stem="SI 4", shape=(64, 64, 3)).nodes
    read = {source for node in nodes for source in node.inputs}
    assert read == set(range(-1, len(nodes) - 1))


@given(pair_genomes, st.integers(16, 40), st.integers(16, 40))
def test_every_node_reads_earlier_ones_of_one_size_and_is_read(genome, height, width):
    try:
        nodes = expand(genome, (height, width, 3), 10).nodes
    except GenomeError as error:
        assume("cannot halve the" not in str(error))
        raise
    for number, node in enumerate(nodes):
        assert all(source < number for source in node.inputs)
        assert len({nodes[source].shape[:-1] for source in node.inputs if source >= 0}) <= 1
    assert {source for node in nodes for source in node.inputs} == set(range(-1, len(nodes) - 1))


def test_at_stride_2_a_window_is_as_wide_on_both_sides():
    nodes = network(reduction="|max_pool_3x3~0|avg_pool_3x3~1|=2").nodes
    assert [
        type(node.operation) for node in nodes if isinstance(node.operation, MaxPool | AveragePool | Subsample)
    ] == [
        MaxPool,
        Subsample,
        AveragePool,
        Subsample,
    ]


def test_dilation_at_stride_2_costs_what_the_strided_convolution_does():
    def depthwise(reduction: str) -> list:
        return [node for node in network(reduction=reduction).nodes if isinstance(node.operation, ConvolveDepthwise)]

    (dilated,) = depthwise("|dil_conv_3x3~0|none~1|=2")
    separable = depthwise("|sep_conv_3x3~0|none~1|=2")[0]
    assert (dilated.macs, dilated.shape) == (separable.macs, separable.shape) == (4 * 4 * 8 * 9, (4, 4, 8))


def test_none_is_kept_only_where_something_would_be_missed():
    def zeros(normal: str) -> int:
        nodes = expand(parse(f"ST 6 3;NR 4 3 {normal} {CELL};GC"), (8, 8, 3), 10).nodes
        return sum(isinstance(node.operation, Zero) for node in nodes)

    assert zeros("|none~0|skip_connect~0|skip_connect~1|=2") == 0
    assert zeros("|none~0|skip_connect~1|=2") == 1
    assert zeros("|none~0|none~1|=2") == 2


def test_a_map_too_small_to_halve_is_refused_by_layer():
    with pytest.raises(GenomeError, match=r"layer 2 \('NR 4 3 .*\): reduction cell 2 cannot halve the 1x1 map"):
        network(cells=3, stem="SI 4", shape=(8, 8, 3))


def test_the_auxiliary_head_needs_a_reduction_cell_and_a_map_of_its_size():
    genome = parse(f"ST 6 3;NR 4 3 {CELL} {CELL};GC")
    with pytest.raises(GenomeError, match="needs a map of at least 6x6 after the last reduction cell, found 5x5"):
        expand(genome, (20, 20, 3), 10, auxiliary=True)
    with pytest.raises(GenomeError, match="has no stack of normal and reduction cells"):
        expand(parse("NC 4 3 relu;FL relu"), (20, 20, 3), 10, auxiliary=True)
    with_head = expand(genome, (24, 24, 3), 10, auxiliary=True)
    assert with_head.nodes[with_head.auxiliary[-1]].shape == with_head.nodes[-1].shape == (10,)
    assert len(with_head.nodes) - len(with_head.auxiliary) == len(expand(genome, (24, 24, 3), 10).nodes)
