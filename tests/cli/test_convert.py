"""`kerasnas convert`, and `inspect` of what it prints."""

from __future__ import annotations

import pytest

from tests.cli.running import EXAMPLE, kerasnas, kerasnas_json, refused

GENOTYPE = (
    "Genotype(normal=[('sep_conv_3x3', 0), ('skip_connect', 1)], normal_concat=range(2, 3), "
    "reduce=[('max_pool_3x3', 0), ('dil_conv_5x5', 1)], reduce_concat=range(2, 3))"
)
CELLS = "|sep_conv_3x3~0|skip_connect~1|=2 |max_pool_3x3~0|dil_conv_5x5~1|=2"
NASBENCH201 = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|"


def printed(*arguments: object) -> str:
    done = kerasnas("convert", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


def test_genotype_to_genome_and_back() -> None:
    genome = printed(GENOTYPE, "--channels", 8, "--cells", 5)
    assert genome == f"ST 24 3;NR 8 5 {CELLS};GC"
    assert printed(genome, "--to", "quark0") == GENOTYPE
    nested = printed(genome, "--to", "ptdarts")
    assert "normal=[[('sep_conv_3x3', 0), ('skip_connect', 1)]]" in nested
    assert printed(nested, "--imagenet") == f"SI 36;NR 36 20 {CELLS};GC"


def test_nasbench201_cell_to_genome_and_back() -> None:
    genome = printed(NASBENCH201, "--channels", 8, "--cells", 2)
    assert genome.startswith(f"ST 8 3;CE 2 {NASBENCH201};RB 16;")
    assert printed(genome, "--to", "nasbench201") == NASBENCH201


def test_json_has_the_genome_and_the_text() -> None:
    found = kerasnas_json("convert", GENOTYPE, "--to", "quark0")
    assert found == {"genome": f"ST 108 3;NR 36 20 {CELLS};GC", "to": "quark0", "text": GENOTYPE}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((GENOTYPE[:-1],), "genotype, character"),
        ((GENOTYPE, "--channels", 7), "channels must be an even number"),
        ((GENOTYPE, "--to", "onnx"), "unknown target 'onnx'"),
        ((EXAMPLE, "--to", "quark0"), "has 0 pairs of normal and reduction cells"),
        ((GENOTYPE, "--to", "nasbench201"), "has 0 kinds of cell"),
        ((EXAMPLE, "--cells", 3), "a genome says both itself"),
        ((NASBENCH201, "--imagenet"), "--imagenet is for a Genotype"),
        ((GENOTYPE.replace("'skip_connect'", "__import__('os').abort()"),), "found '__import__'"),
    ],
)
def test_refusals_are_one_line(arguments: tuple, words: str) -> None:
    assert words in refused("convert", *arguments)


def test_inspect_counts_the_auxiliary_head_only_when_asked() -> None:
    genome = f"ST 24 3;NR 8 5 {CELLS};GC"
    bare = kerasnas_json("inspect", genome, "--input-shape", "32,32,3")
    full = kerasnas_json("inspect", genome, "--input-shape", "32,32,3", "--auxiliary")
    *same, head = full["layers"]
    assert same == bare["layers"]
    assert head["layer"] == "auxiliary head"
    assert full["parameters"] - bare["parameters"] == head["parameters"]
    assert full["trainable_parameters"] - bare["trainable_parameters"] == 128 * (32 + 2) + 768 * (4 * 128 + 2) + 7690
    assert "no stack of normal and reduction cells" in refused("inspect", EXAMPLE, "--auxiliary")
