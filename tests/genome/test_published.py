"""The published networks in `genomes/published.txt` have the sizes that the DARTS authors' code counts.

Parameters are the trainable ones, as PyTorch counts, without and with the auxiliary head; multiply-adds those of
convolutions and dense layers. Counted by running that code at commit f276dd3.
"""

from itertools import pairwise
from pathlib import Path

import pytest

from kerasnas.genome import darts_genome, genotype_of, parse
from kerasnas.model.cost import cost

FILE = Path(__file__).parents[2] / "genomes" / "published.txt"

CIFAR10, CIFAR100, IMAGENET = ((32, 32, 3), 10), ((32, 32, 3), 100), ((224, 224, 3), 1000)
SIZES = [
    ("DARTS_V1 on CIFAR", CIFAR10, 3_169_414, 3_645_840, 500_987_520),
    ("DARTS_V1 on CIFAR", CIFAR100, 3_221_344, 3_766_980, 501_039_360),
    ("DARTS_V1 on ImageNet", IMAGENET, 4_510_432, 5_771_208, 505_864_704),
    ("DARTS_V2 on CIFAR", CIFAR10, 3_349_342, 3_825_768, 528_359_040),
    ("DARTS_V2 on CIFAR", CIFAR100, 3_401_272, 3_946_908, 528_410_880),
    ("DARTS_V2 on ImageNet", IMAGENET, 4_718_752, 5_979_528, 529_911_552),
    ("NASNet-A on CIFAR", CIFAR10, 3_830_950, 4_288_944, 603_452_448),
    ("NASNet-A on ImageNet", IMAGENET, 5_564_320, 6_800_520, 604_031_616),
    ("AmoebaNet-A on CIFAR", CIFAR10, 3_145_078, 3_603_072, 488_931_552),
    ("AmoebaNet-A on ImageNet", IMAGENET, 4_627_360, 5_863_560, 526_746_624),
]
SMALLER = [
    ("DARTS_V1 on CIFAR", 16, 8, 232_890, 668_356, 41_355_776),
    ("DARTS_V1 on CIFAR", 8, 5, 35_058, 454_140, 7_066_880),
    ("DARTS_V1 on CIFAR", 16, 20, 671_034, 1_106_500, 108_300_800),
    ("DARTS_V2 on CIFAR", 16, 8, 246_106, 681_572, 43_444_736),
    ("DARTS_V2 on CIFAR", 8, 5, 37_018, 456_100, 7_392_512),
    ("DARTS_V2 on CIFAR", 16, 20, 710_682, 1_146_148, 114_567_680),
]


def published() -> dict[str, str]:
    """Return the file's genomes by the comments above them."""
    lines = FILE.read_text().splitlines()
    return {
        comment.removeprefix("# "): genome
        for comment, genome in pairwise(lines)
        if genome and not genome.startswith("#")
    }


def named(beginning: str) -> str:
    (genome,) = [genome for comment, genome in published().items() if comment.startswith(beginning)]
    return genome


def check(text, images, bare, with_head, macs):
    genome = parse(text)
    found = cost(genome, *images)
    assert (found.trainable_parameters, found.macs) == (bare, macs)
    assert cost(genome, *images, auxiliary=True).trainable_parameters == with_head


def test_every_genome_of_the_file_is_checked_and_canonical():
    genomes = published()
    assert len(genomes) == len({name for name, *_ in SIZES}) == 8
    assert all(str(parse(text)) == text for text in genomes.values())


@pytest.mark.parametrize(("name", "images", "bare", "with_head", "macs"), SIZES)
def test_sizes_are_those_of_the_reference(name, images, bare, with_head, macs):
    check(named(name), images, bare, with_head, macs)


@pytest.mark.parametrize(("name", "channels", "cells", "bare", "with_head", "macs"), SMALLER)
def test_sizes_of_smaller_networks_too(name, channels, cells, bare, with_head, macs):
    genome = darts_genome(genotype_of(parse(named(name))), channels, cells)
    check(str(genome), CIFAR10, bare, with_head, macs)
