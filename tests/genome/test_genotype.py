"""Genotypes: reading them as two code bases print them, and their networks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnas.errors import GenomeError
from kerasnas.genome import Genotype, darts_genome, format_genotype, genotype_of, parse, read_genotype
from kerasnas.genome.genotype import STYLES
from kerasnas.genome.genotype_text import MAX_TEXT
from tests.genome.cells import genotypes

SMALL = Genotype((("sep_conv_3x3", 1), ("skip_connect", 0)), (2,), (("max_pool_3x3", 0), ("none", 1)), (2,))


def in_genome_order(genotype: Genotype) -> Genotype:
    def in_order(edges):
        nodes = [sorted(edges[i : i + 2], key=lambda edge: edge[::-1]) for i in range(0, len(edges), 2)]
        return tuple(edge for node in nodes for edge in node)

    return Genotype(
        in_order(genotype.normal), genotype.normal_concat, in_order(genotype.reduce), genotype.reduce_concat
    )


@given(genotypes(), st.sampled_from(STYLES))
def test_reading_undoes_printing(genotype, style):
    assert read_genotype(format_genotype(genotype, style)) == genotype


@given(genotypes(), st.integers(1, 50).map(lambda half: 2 * half), st.integers(1, 20), st.booleans())
def test_the_genome_has_the_genotypes_cells(genotype, channels, cells, imagenet):
    genome = darts_genome(genotype, channels, cells, imagenet)
    assert parse(str(genome)) == genome
    assert genotype_of(genome) == in_genome_order(genotype)
    assert darts_genome(genotype_of(genome), channels, cells, imagenet) == genome


def test_what_both_code_bases_print():
    assert format_genotype(SMALL) == (
        "Genotype(normal=[('sep_conv_3x3', 1), ('skip_connect', 0)], normal_concat=range(2, 3), "
        "reduce=[('max_pool_3x3', 0), ('none', 1)], reduce_concat=range(2, 3))"
    )
    assert format_genotype(SMALL, "ptdarts") == (
        "Genotype(normal=[[('sep_conv_3x3', 1), ('skip_connect', 0)]], normal_concat=range(2, 3), "
        "reduce=[[('max_pool_3x3', 0), ('none', 1)]], reduce_concat=range(2, 3))"
    )


@pytest.mark.parametrize(
    "text",
    [
        'X = Genotype(normal = [("sep_conv_3x3", 1),("skip_connect", 0),],normal_concat=[2],\n'
        "  reduce=[[('max_pool_3x3', 0), ('none', 1)]], reduce_concat=(2,),\n)\n",
        "Genotype(reduce=(('max_pool_3x3', 0), ('none', 1)), reduce_concat=range(2, 3), "
        "normal=[['sep_conv_3x3', 1], ['skip_connect', 0]], normal_concat=[2])",
    ],
    ids=["both styles, name, line breaks", "other brackets and order"],
)
def test_ways_of_writing_it(text):
    assert read_genotype(text) == SMALL


TEXT = format_genotype(SMALL)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["character 1", "expected 'Genotype'", "the end"]),
        ("NC 4 5 relu", ["character 1", "expected 'Genotype'", "'NC'"]),
        (TEXT[:-1], ["character 156", "expected ','", "the end"]),
        (TEXT + ")", ["expected the end of the text, found ')'"]),
        (TEXT.replace("range(2, 3)", "range(2, 3, 1)", 1), ["expected range(first, end)"]),
        (TEXT.replace("range(2, 3)", "range(2, 999)", 1), ["expected range(first, end)"]),
        (TEXT.replace("range(2, 3)", "exec('1')", 1), ["expected a list, a range", "found 'exec'"]),
        (TEXT.replace("'none', 1", "__import__('os'), 1"), ["found '__import__'"]),
        (TEXT.replace("normal=", "narmal="), ["each of normal, normal_concat", "'narmal'"]),
        (TEXT.replace("reduce=", "normal="), ["each of normal", "once", "'normal'"]),
        ("Genotype(normal=[('none', 0)])", ["normal_concat is missing"]),
        (TEXT.replace("('none', 1)", "('none', 'x')"), ["reduce must list edges", "['none', 'x']"]),
        (TEXT.replace("range(2, 3)", "3", 1), ["normal_concat must list states"]),
        (TEXT.replace("[(", "[[(").replace(")]", ")], [('none', 0)]]"), ["node 3 of normal has 1 edges, expected 2"]),
        ("[" * 9000, ["character 1", "found '['"]),
        ("Genotype(normal=" + "[" * 9000, ["character 20", "found '['"]),
        (" " * MAX_TEXT + TEXT, ["at most 20,000"]),
        (None, ["not NoneType"]),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(text, words):
    with pytest.raises(GenomeError) as caught:
        read_genotype(text)
    assert [word for word in words if word not in str(caught.value)] == []
    assert len(str(caught.value).splitlines()) == 1


@given(st.text("Genotype(normal=[]'\",1_ )range", max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text):
    with pytest.raises(GenomeError) as caught:
        read_genotype(text)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("genotype", "channels", "cells", "words"),
    [
        (SMALL, 3, 4, "channels must be an even number"),
        (SMALL, 4, 0, "cells must be a whole number from 1"),
        (Genotype((("none", 0),), (2,), SMALL.reduce, (2,)), 4, 4, "the normal cell has 1 edges, expected 2"),
        (Genotype((("none", 0), ("sep", 1)), (2,), SMALL.reduce, (2,)), 4, 4, "unknown operation 'sep'"),
        (Genotype(SMALL.normal, (0, 2), SMALL.reduce, (2,)), 4, 4, "the normal cell can hand on nodes 2 to 2"),
        (Genotype(SMALL.normal, (2,), SMALL.reduce, ()), 4, 4, "the reduction cell can hand on"),
    ],
)
def test_what_makes_no_network_is_refused(genotype, channels, cells, words):
    with pytest.raises(GenomeError, match=words):
        darts_genome(genotype, channels, cells)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("NC 4 3 relu;FL relu", "has 0 pairs"),
        ("ST 6 3;NR 4 2 |none~0|none~1|none~1|=2 |none~0|none~1|=2;GC", "node 2 of the normal cell has 3 edges"),
    ],
)
def test_genomes_that_are_no_genotype_are_refused(text, words):
    with pytest.raises(GenomeError, match=words):
        genotype_of(parse(text))
