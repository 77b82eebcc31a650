import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kerasnas.errors import GenomeError
from kerasnas.genome import Convolution, FinalLayers, Genome, ReductionConvolution, format_genome, parse
from kerasnas.genome.genes import Join, MaxPooling
from kerasnas.genome.joins import Sources
from kerasnas.genome.language import MAX_TEXT
from tests.strategies import EXAMPLE, genomes, sloppy_texts

LOCATED = re.compile(r"layer (\d+) \(.*\), character (\d+): .+")
PLACELESS = ("the genome is empty", "this genome has")


def refusal(text: str) -> str:
    """Return the message with which `parse` refuses `text`."""
    with pytest.raises(GenomeError) as caught:
        parse(text)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert len(message) < 400
    return message


def test_reads_every_kind_of_gene():
    assert parse("NC 4 5 sigmoid;RC 64 3 relu;FL 32 gelu") == Genome(
        (Convolution(4, 5, "sigmoid"), ReductionConvolution(64, 3, "relu"), FinalLayers("gelu", 32))
    )


def test_reads_pooling_dropout_separable_convolutions_and_joins():
    text = "SC 4 3 relu;RS 8 5 tanh;JN 0+2;MP 2;AP 3;JN 1,4,5;DO 25;JN 0+7;FL relu"
    assert parse(text).genes[2:4] == (Join(Sources((0, 2), "sum")), MaxPooling(2))
    assert parse("sc 4 3 relu;rs 8 5 tanh;jn 02+0;mp 2;ap 3;jn 4,1,5;do 25;jn 7+0;fl relu") == parse(text)
    assert str(parse(text)) == text


def test_canonical_text_of_the_example_is_itself():
    assert format_genome(parse(EXAMPLE)) == EXAMPLE == str(parse(EXAMPLE))


@given(genomes)
def test_parse_undoes_format(genome):
    assert parse(format_genome(genome)) == genome


@given(genomes.flatmap(lambda genome: st.tuples(st.just(genome), sloppy_texts(genome))))
def test_sloppy_text_means_the_same_and_formats_to_a_fixed_point(pair):
    genome, text = pair
    canonical = format_genome(parse(text))
    assert canonical == format_genome(genome)
    assert format_genome(parse(canonical)) == canonical


@given(genomes, genomes)
def test_genomes_are_equal_exactly_when_their_texts_are(first, second):
    assert (first == second) == (str(first) == str(second))
    assert first != second or hash(first) == hash(second)


@given(st.text())
@example("ﬂ relu")
@example("FL RELU\u017f")
@example("NC 4 5 relu\ud800;FL relu")
@example("FL relu;\x1c")
@example(";;;")
def test_any_text_is_read_or_refused_in_one_located_line(text):
    check_read_or_refused(text)


@given(genomes, st.data())
def test_a_damaged_genome_is_read_or_refused_in_one_located_line(genome, data):
    text = str(genome)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 3)))
    patch = data.draw(st.text(max_size=3) | st.text("0123456789;. \n-_NRCFLnrcfl", max_size=3))
    check_read_or_refused(text[:start] + patch + text[end:])


def check_read_or_refused(text: str) -> None:
    try:
        genome = parse(text)
    except GenomeError as error:
        message = str(error)
        assert len(message.splitlines()) == 1
        located = LOCATED.fullmatch(message)
        assert located or message.startswith(PLACELESS)
        if located:
            assert int(located[1]) <= text.count(";") + 1
            assert int(located[2]) <= len(text) + 1
    else:
        assert "".join(text.split()).isascii()
        assert parse(str(genome)) == genome


MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        "x" * MEGABYTE,
        ";" * MEGABYTE,
        " " * MEGABYTE,
        "NC 4 5 relu;" * (MEGABYTE // 12),
        "NC " + "9" * MEGABYTE,
        "(" * MEGABYTE,
        "NC 4 5 " + "relu" * (MEGABYTE // 4),
        "\u2003" * MEGABYTE,
        "__import__('os').abort();" * (MEGABYTE // 25),
    ],
    ids=lambda text: repr(text[:12]),
)
@pytest.mark.parametrize("size", [MEGABYTE, MAX_TEXT])
def test_long_garbage_is_refused(text, size):
    refusal(text[:size])


@pytest.mark.parametrize("value", [None, 5, b"FL relu", ["FL relu"]])
def test_what_is_no_text_is_refused(value):
    assert type(value).__name__ in refusal(value)


@pytest.mark.parametrize(
    ("text", "layer", "character", "words"),
    [
        ("", None, None, ["empty"]),
        (" ; ", 1, 1, ["layer is empty"]),
        ("NC 4 5 relu;;FL relu", 2, 13, ["layer is empty"]),
        ("NC 4 5 relu; XC 4 5 relu;FL relu", 2, 14, ["'XC'", "NC, RC, FL"]),
        ("NC 0 5 relu;FL relu", 1, 4, ["filters", "from 1 to 4096", "'0'"]),
        ("NC 4097 5 relu;FL relu", 1, 4, ["filters", "'4097'"]),
        ("NC 4 2.5 relu;FL relu", 1, 6, ["kernel", "from 1 to 7", "'2.5'"]),
        ("NC 4 8 relu;FL relu", 1, 6, ["kernel", "'8'"]),
        ("NC -4 5 relu;FL relu", 1, 4, ["filters", "'-4'"]),
        ("NC 4_0 5 relu;FL relu", 1, 4, ["filters", "'4_0'"]),
        ("NC ٤ 5 relu;FL relu", 1, 4, ["filters", "'٤'"]),
        ("NC 4 ５ relu;FL relu", 1, 6, ["kernel", "'５'"]),
        ("NC 4 5;FL relu", 1, 1, ["'NC filters kernel activation'", "found 2 arguments"]),
        ("NC 4 5 relu 7;FL relu", 1, 1, ["found 4 arguments"]),
        ("FL 3 relu 4", 1, 1, ["'FL activation' or 'FL units activation'"]),
        ("FL relu; NC 4 5 relu", 1, 1, ["FL ends a genome"]),
        ("FL relu;FL relu", 1, 1, ["FL ends a genome"]),
        ("NC 4 5 relu;  RC 4 5 relu", 2, 15, ["last layer must be FL"]),
        ("MP 8;FL relu", 1, 4, ["window", "from 1 to 7", "'8'"]),
        ("DO 91;FL relu", 1, 4, ["percent", "from 1 to 90", "'91'"]),
        ("DO 0.5;FL relu", 1, 4, ["percent", "'0.5'"]),
        ("NC 4 5 relu;JN 0+x;FL relu", 2, 16, ["numbers of layers such as 0+2 or 0,2", "'0+x'"]),
        ("NC 4 5 relu;JN 0+1,1;FL relu", 2, 16, ["not by both", "'0+1,1'"]),
        ("NC 4 5 relu;JN 1,1;FL relu", 2, 16, ["layer 1 twice"]),
        ("NC 4 5 relu; JN 0+2;FL relu", 2, 14, ["layers 0 (the image) to 1 only", "found 2"]),
        ("NC 4 5 relu;JN 1;FL relu", 2, 13, ["reads the layer before it", "leave this one out"]),
        ("JN 0;FL relu", 1, 1, ["reads the image", "leave this one out"]),
        ("NC 4 5 relu;JN 0;FL relu", 1, 1, ["read by no later layer", "JN"]),
    ],
)
def test_refusal_names_the_place_what_was_expected_and_what_was_found(text, layer, character, words):
    message = refusal(text)
    if layer:
        located = LOCATED.fullmatch(message)
        assert (int(located[1]), int(located[2])) == (layer, character)
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("typo", "meant"),
    [("rleu", "relu"), ("relu6", "relu"), ("sigmod", "sigmoid"), ("SWICH", "swish"), ("gelo", "gelu"), ("tan", "tanh")],
)
def test_misspelt_activation_is_answered_with_the_nearest(typo, meant):
    message = refusal(f"NC 4 5 {typo};FL relu")
    assert f"did you mean '{meant}'?" in message
    assert "character 8" in message


def test_activation_like_no_other_gets_no_suggestion():
    assert "did you mean" not in refusal("NC 4 5 zzz;FL relu")
