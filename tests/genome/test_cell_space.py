"""The space of pairs of cells."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from kerasnas.errors import GenomeError
from kerasnas.genome import CellsSpace, SearchSpace, parse, validate

SPACE = CellsSpace((32, 32, 3), 10)
TINY = CellsSpace((8, 8, 1), 2, channels=2, cells=3, nodes=2, operations=("skip_connect", "none"))

seeds = st.integers(0, 2**32)


def test_size_is_that_of_darts():
    # Both cells: 1, 3, 6 and 10 pairs of states for the four nodes, and 7 operations on each of 8 edges.
    assert SPACE.size == (1 * 3 * 6 * 10 * 7**8) ** 2
    assert isinstance(SPACE, SearchSpace)


@given(seeds)
def test_whatever_is_drawn_is_in_the_space_and_can_be_built(seed):
    rng = Random(seed)
    first, second = SPACE.sample(rng), SPACE.sample(rng)
    for genome in (first, SPACE.mutate(first, rng), SPACE.crossover(first, second, rng)):
        assert genome in SPACE
        assert SPACE.read(str(genome)) == genome
        assert SPACE.decode(SPACE.encode(genome)) == genome
        validate(genome, SPACE.input_shape, SPACE.classes)


@given(seeds)
def test_neighbours_are_symmetric_and_differ_once(seed):
    genome = SPACE.sample(Random(seed))
    neighbours = SPACE.neighbours(genome)
    assert len(set(neighbours)) == len(neighbours) == 2 * (2 + 5 + 9 + 8 * 6)
    neighbour = Random(seed).choice(neighbours)
    assert genome in SPACE.neighbours(neighbour)
    pairs = zip(SPACE.encode(genome), SPACE.encode(neighbour), strict=True)
    assert sum(here != there for here, there in pairs) == 1


@given(seeds)
def test_a_child_has_its_parents_value_at_each_position(seed):
    rng = Random(seed)
    parents = SPACE.sample(rng), SPACE.sample(rng)
    child = SPACE.encode(SPACE.crossover(*parents, rng))
    assert all(value in pair for value, *pair in zip(child, *map(SPACE.encode, parents), strict=True))


def test_mutation_reaches_every_genome_from_every_other():
    start = next(iter(TINY))
    reached, edge = {start}, [start]
    while edge:
        edge = list(dict.fromkeys(new for genome in edge for new in TINY.neighbours(genome) if new not in reached))
        reached |= set(edge)
    assert len(reached) == TINY.size == (1 * 3 * 2**4) ** 2  # neighbourhood is symmetric, so the ways back exist too
    assert reached == set(TINY)
    assert len({str(genome) for genome in reached}) == TINY.size


def test_samples_are_uniform_over_the_genomes():
    space = CellsSpace((8, 8, 1), 2, channels=2, cells=3, nodes=2, operations=("skip_connect",))
    rng = Random(0)
    counts = Counter(space.sample(rng) for _ in range(1800))
    assert set(counts) == set(space)
    assert len(counts) == 9
    assert chisquare(list(counts.values())).pvalue > 0.001


INSIDE = "|none~0|none~1|+|none~0|none~1|=2,3"


@pytest.mark.parametrize(
    "text",
    [
        f"ST 6 3;NR 4 3 {INSIDE} {INSIDE};GC",
        f"ST 8 3;NR 2 3 {INSIDE} {INSIDE};GC",
        f"ST 6 3;NR 2 4 {INSIDE} {INSIDE};GC",
        f"SI 2;NR 2 3 {INSIDE} {INSIDE};GC",
        f"ST 6 3;NR 2 3 |none~0|none~1|+|none~0|none~2|=3 {INSIDE};GC",
        f"ST 6 3;NR 2 3 |none~0|sep_conv_3x3~1|+|none~0|none~1|=2,3 {INSIDE};GC",
        f"ST 6 3;NR 2 3 |none~0|none~0|none~1|+|none~0|none~1|=2,3 {INSIDE};GC",
        f"ST 6 3;NR 2 3 |none~0|none~1|+|none~2|none~2|=2,3 {INSIDE};GC",
        f"ST 6 3;NR 2 3 {INSIDE} |none~0|none~1|+|none~0|=2,3;GC",
        f"ST 6 3;NR 2 3 {INSIDE} |none~0|none~1|=2;GC",
        "NC 4 3 relu;FL relu",
    ],
)
def test_genomes_outside_are_told_apart(text):
    assert parse(f"ST 6 3;NR 2 3 {INSIDE} {INSIDE};GC") in TINY
    assert parse(text) not in TINY
    for refuse in (TINY.read, lambda text: TINY.encode(parse(text))):
        with pytest.raises(GenomeError, match="is not in the space cells"):
            refuse(text)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"channels": 3}, "channels must be an even number"),
        ({"cells": 0}, "cells must be a whole number"),
        ({"nodes": 0}, "nodes must be a whole number from 1 to 16"),
        ({"operations": ()}, "at least one operation"),
        ({"operations": ("none", "none")}, "none of them twice"),
        ({"operations": ("sep_conv_3x4",)}, "did you mean 'sep_conv_"),
        ({"input_shape": (2, 2, 3)}, "layer 1"),
    ],
)
def test_senseless_spaces_are_refused(changes, words):
    with pytest.raises(GenomeError, match=words):
        CellsSpace(**{"input_shape": (32, 32, 3), "classes": 10, **changes})
