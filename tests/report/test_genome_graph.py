"""Genomes drawn as graphs, in text and in pictures."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings

from kerasnas.errors import GenomeError, ResultsError
from kerasnas.genome import expand, parse
from kerasnas.model.cost import cost
from kerasnas.model.layer_table import layer_table
from kerasnas.report.genome_graph import distinct_cells, draw_genome, text_of_genome
from tests.genome.cells import pair_genomes
from tests.strategies import EXAMPLE, genomes

BASIC = "|nor_conv_3x3~0|+|avg_pool_3x3~0|none~1|+|skip_connect~0|none~1|nor_conv_1x1~2|"
PAIR = "ST 12 3;NR 4 3 |sep_conv_3x3~0|dil_conv_5x5~1|+|max_pool_3x3~0|none~2|=2,3 |skip_connect~0|none~1|=2;GC"
IMAGE = (28, 28, 1)


@given(genomes | pair_genomes)
@settings(max_examples=50)
def test_the_text_of_whatever_is_drawn_names_each_layer_with_its_cost(genome):
    try:
        network = expand(genome, (64, 64, 3), 10)
    except GenomeError:
        return
    rows = layer_table(genome, network)
    assert sum(row.parameters for row in rows) == cost(genome, (64, 64, 3), 10).parameters
    text = text_of_genome(genome, network)
    for row in rows:
        assert f"{row.parameters:,} parameters, {row.macs:,} macs" in text
    for cell in distinct_cells(genome):
        for edge in cell.edges:
            assert f"── {edge.primitive} ─▶" in text


def test_a_layer_that_reads_others_than_the_one_before_says_so():
    text = text_of_genome(parse("SI 4;NR 4 1 |sep_conv_3x3~0|skip_connect~1|=2 |none~0|none~1|=2;GC"), _big())
    assert text.count("reads") == 0
    network = expand(parse(PAIR.replace(";NR", ";NR 4 1 |none~0|none~1|=2 |none~0|none~1|=2;NR")), (32, 32, 3), 10)
    genome = parse(PAIR.replace(";NR", ";NR 4 1 |none~0|none~1|=2 |none~0|none~1|=2;NR"))
    assert "reads layer 1 and layer 2" in text_of_genome(genome, network)


def _big():
    return expand(parse("SI 4;NR 4 1 |sep_conv_3x3~0|skip_connect~1|=2 |none~0|none~1|=2;GC"), (64, 64, 3), 10)


@pytest.mark.parametrize("text", [EXAMPLE, f"ST 4 3;CE 2 {BASIC};RB 8;CE 1 {BASIC};PC", PAIR])
def test_the_picture_holds_the_layers_and_the_operations_as_text(text, tmp_path):
    import matplotlib

    genome, path = parse(text), tmp_path / "genome.svg"
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        draw_genome(genome, expand(genome, IMAGE, 10), path)
    shown = " ".join(ET.parse(path).getroot().itertext())
    for gene in text.split(";"):
        assert gene.split("|")[0].strip() in shown
    for cell in distinct_cells(genome):
        assert all(edge.primitive in shown for edge in cell.edges)


def test_png_and_pdf_are_written_and_other_endings_refused(tmp_path):
    genome = parse(EXAMPLE)
    network = expand(genome, IMAGE, 10)
    for ending, start in ((".png", b"\x89PNG"), (".pdf", b"%PDF")):
        draw_genome(genome, network, tmp_path / f"genome{ending}")
        assert (tmp_path / f"genome{ending}").read_bytes().startswith(start)
    with pytest.raises(ResultsError, match="must end in"):
        draw_genome(genome, network, tmp_path / "genome.txt")
