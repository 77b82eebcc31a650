from collections import Counter
from itertools import product
from random import Random

import pytest
from scipy.stats import chisquare

from kerasnas.errors import GenomeError
from kerasnas.genome import ChainSpace, parse

TINY = ChainSpace((3, 3, 1), 2, shape="RC-NC-FL", filters=(1, 2), kernels=(1, 2, 3), activations=("relu",))


def tiny_genomes() -> set[str]:
    """All of `TINY` that can be built: a kernel of 1 leaves a map of 2x2, larger ones of 1x1."""
    return {
        f"RC {f} {k} relu;NC {g} {j} relu;FL relu"
        for f, k, g, j in product((1, 2), (1, 2, 3), (1, 2), (1, 2, 3))
        if j <= (2 if k == 1 else 1)
    }


def test_size_counts_every_genome_of_the_shape():
    assert TINY.size == (2 * 3) * (2 * 3) * 1
    assert ChainSpace((28, 28, 1), 10).size == (5 * 7 * 5) ** 4 * 5


def test_samples_are_uniform_over_what_can_be_built():
    expected = tiny_genomes()
    assert len(expected) == 16
    rng = Random(0)
    counts = Counter(str(TINY.sample(rng)) for _ in range(4000))
    assert set(counts) == expected
    assert chisquare(list(counts.values())).pvalue > 0.001


def test_mutants_are_uniform_over_the_neighbours():
    genome = parse("RC 1 1 relu;NC 1 1 relu;FL relu")
    neighbours = {str(neighbour) for neighbour in TINY.neighbours(genome)}
    assert neighbours == {
        "RC 2 1 relu;NC 1 1 relu;FL relu",
        "RC 1 2 relu;NC 1 1 relu;FL relu",
        "RC 1 3 relu;NC 1 1 relu;FL relu",
        "RC 1 1 relu;NC 2 1 relu;FL relu",
        "RC 1 1 relu;NC 1 2 relu;FL relu",
    }
    rng = Random(0)
    counts = Counter(str(TINY.mutate(genome, rng)) for _ in range(2000))
    assert set(counts) == neighbours
    assert chisquare(list(counts.values())).pvalue > 0.001


@pytest.mark.parametrize(
    "text",
    [
        "RC 1 1 relu;FL relu",
        "NC 1 1 relu;RC 1 1 relu;FL relu",
        "RC 3 1 relu;NC 1 1 relu;FL relu",
        "RC 1 4 relu;NC 1 1 relu;FL relu",
        "RC 1 1 tanh;NC 1 1 relu;FL relu",
        "RC 1 1 relu;NC 1 1 relu;FL 1 relu",
        "RC 1 2 relu;NC 1 2 relu;FL relu",
    ],
    ids=["shorter", "other types", "filters", "kernel", "activation", "units", "not buildable"],
)
def test_genomes_outside_are_told_apart(text):
    assert parse("RC 1 1 relu;NC 1 1 relu;FL relu") in TINY
    assert parse(text) not in TINY


@pytest.mark.parametrize("shape", ["", "NC", "FL-FL", "FL-NC", "NC-XX-FL", "NC--FL", "NC RC FL"])
def test_senseless_shape_is_refused(shape):
    with pytest.raises(GenomeError, match="shape"):
        ChainSpace((28, 28, 1), 10, shape=shape)


def test_shape_that_no_image_is_large_enough_for_is_refused():
    with pytest.raises(GenomeError, match="layer 3"):
        ChainSpace((4, 4, 1), 10, shape="RC-RC-RC-FL", kernels=(2,))


@pytest.mark.parametrize(
    "choices",
    [
        {"filters": ()},
        {"filters": (0, 4)},
        {"filters": (4, 5000)},
        {"filters": (2.5,)},
        {"kernels": ()},
        {"kernels": (1, 9)},
        {"activations": ()},
        {"activations": ("relu", "rleu")},
        {"filters": (4, 4)},
    ],
    ids=str,
)
def test_choices_that_no_genome_can_have_are_refused(choices):
    with pytest.raises(GenomeError, match=next(iter(choices))):
        ChainSpace((28, 28, 1), 10, **choices)


def test_space_without_a_choice_says_that_nothing_can_be_mutated():
    space = ChainSpace((5, 5, 1), 2, shape="FL", activations=("relu",))
    with pytest.raises(GenomeError, match="no neighbour"):
        space.mutate(space.sample(Random(0)), Random(0))
