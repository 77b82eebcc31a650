"""Spaces whose genomes differ in length: what counts, how they are sampled, and where mutation leads."""

from collections import Counter
from itertools import product
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from kerasnas.errors import GenomeError
from kerasnas.genome import BranchesSpace, HierarchicalSpace, VariableChainSpace, parse
from kerasnas.genome.genes import Join
from tests.strategies import generators, sequence_spaces

ONE = {"filters": (2,), "kernels": (1,), "activations": ("relu",)}
CHAIN = VariableChainSpace(
    (4, 4, 1), 2, (1, 2), ("RC", "NC", "DO"), (2, 3), kernels=(1, 3), activations=("relu",), percents=(10, 20)
)
BRANCHES = BranchesSpace((3, 3, 1), 2, (1, 2), ("NC", "MP"), windows=(2, 3), **ONE)
LONG_BRANCHES = BranchesSpace((3, 3, 1), 2, (2, 3), ("NC",), **ONE)
STAGES = HierarchicalSpace((4, 4, 1), 2, (1, 2), (1, 2), widths=(2, 3), nodes=1, operations=("none", "skip_connect"))
TINY = {"chain": CHAIN, "branches": BRANCHES, "branches of three layers": LONG_BRANCHES, "hierarchical": STAGES}


def reached(start, ways):
    found, edge = {start}, [start]
    while edge:
        edge = [new for genome in edge for new in ways[genome] if new not in found]
        found |= set(edge)
    return found


@pytest.mark.parametrize(
    "space",
    [pytest.param(space, id=name, marks=[pytest.mark.slow] * (space is LONG_BRANCHES)) for name, space in TINY.items()],
)
def test_mutation_reaches_every_genome_from_every_other(space):
    genomes = set(space)
    ways = {genome: space.neighbours(genome) for genome in genomes}
    back = {genome: [] for genome in genomes}
    for genome, neighbours in ways.items():
        for neighbour in neighbours:
            back[neighbour].append(genome)  # a KeyError: the space does not go through all of its genomes
    start = next(iter(space))
    assert reached(start, ways) == reached(start, back) == genomes
    assert len({str(genome) for genome in genomes}) == len(genomes)


def chains() -> set[str]:
    """All of `CHAIN` that can be built: only RC 3 leaves too small a map, for a kernel of 3 after it."""
    layers = [f"{kind} {f} {k} relu" for kind, f, k in product(("RC", "NC"), (2, 3), (1, 3))] + ["DO 10", "DO 20"]
    pairs = {
        f"{first};{second};FL relu"
        for first, second in product(layers, layers)
        if not (first.startswith("RC") and second.endswith("3 relu"))
    }
    return pairs | {f"{layer};FL relu" for layer in layers}


def test_a_chain_space_goes_through_what_can_be_built():
    assert {str(genome) for genome in CHAIN} == chains()
    assert CHAIN.size == 10 + 10 * 10


def test_a_hierarchical_space_goes_through_all_its_stages():
    stages = [(w, c, op) for w, c, op in product((2, 3), (1, 2), ("none", "skip_connect"))]
    assert {str(genome) for genome in STAGES} == {
        *(f"ST {w} 3;CE {c} |{op}~0|;PC" for w, c, op in stages),
        *(
            f"ST {w} 3;CE {c} |{op}~0|;RB {x} ;CE {d} |{also}~0|;PC".replace(" ;", ";")
            for (w, c, op), (x, d, also) in product(stages, stages)
        ),
    }
    assert STAGES.size == len(set(STAGES)) == 8 + 8 * 8


def subsets(numbers):
    return [{n for n, bit in zip(numbers, bits, strict=True) if bit} for bits in product((0, 1), repeat=len(numbers))]


def branches_of_two_layers() -> Counter[str]:
    """How often each genome of two NC comes of all the numbers that can be drawn: sources, and joins by sum or not.

    Layer 1 reads the image; layer 2 reads layer 1 where nothing was drawn; the FL what is read by none.
    """
    counts: Counter[str] = Counter()
    for second, last, second_sign, last_sign in product(subsets((0, 1)), subsets((0, 1)), "+,", "+,"):
        reads = second or {1}
        final = last | {2} | ({1} - reads)
        numbers = {0: 0, 1: 1, 2: 2}
        text = "NC 2 1 relu"
        if reads != {1}:
            text += f";JN {second_sign.join(map(str, sorted(reads)))}"
            numbers[2] = 3
        text += ";NC 2 1 relu"
        if final != {2}:
            text += f";JN {last_sign.join(str(numbers[n]) for n in sorted(final))}"
        counts[text + ";FL relu"] += 1
    return counts


def test_samples_of_branches_are_drawn_as_said():
    space = BranchesSpace((3, 3, 1), 2, (2, 2), ("NC",), **ONE)
    expected = branches_of_two_layers()
    assert {str(genome) for genome in space} == set(expected)
    rng, draws = Random(0), 3200
    found = Counter(str(space.sample(rng)) for _ in range(draws))
    weights = [expected[text] * draws / expected.total() for text in sorted(expected)]
    assert chisquare([found[text] for text in sorted(expected)], weights).pvalue > 0.001


def test_samples_of_chains_are_drawn_as_said():
    # On images this large all can be built: 1 or 2 layers are as likely, and so are the three operations.
    space = VariableChainSpace(
        (9, 9, 1), 2, (1, 2), ("NC", "MP", "DO"), (2, 3), kernels=(1,), activations=("relu",), percents=(10, 20, 30)
    )
    chance = {
        **{f"NC {filters} 1 relu": 1 / 6 for filters in (2, 3)},
        **{f"MP {window}": 1 / 6 for window in (2, 3)},
        **{f"DO {percent}": 1 / 9 for percent in (10, 20, 30)},
    }
    expected = {f"{layer};FL relu": p / 2 for layer, p in chance.items()}
    expected |= {f"{a};{b};FL relu": chance[a] * chance[b] / 2 for a, b in product(chance, chance)}
    rng, draws = Random(0), 8000
    found = Counter(str(space.sample(rng)) for _ in range(draws))
    assert set(found) <= set(expected)
    assert chisquare([found[text] for text in expected], [p * draws for p in expected.values()]).pvalue > 0.001


@given(sequence_spaces, generators)
def test_any_combination_that_can_be_built_is_a_genome(space, rng):
    combination = tuple(rng.randrange(len(values)) for values in space.positions)
    genome = space._decoded(combination)
    assume(genome is not None)
    canonical = space.encode(genome)
    assert space.decode(canonical) == genome
    counts = space.counts(canonical)
    assert all(count or number == 0 for count, number in zip(counts, canonical, strict=True))


@given(sequence_spaces, generators)
@settings(max_examples=40)
def test_what_does_not_count_changes_nothing_and_what_counts_does(space, rng):
    genome = space.sample(rng)
    canonical = space.encode(genome)
    for place, counts in enumerate(space.counts(canonical)):
        for value in set(range(len(space.positions[place]))) - {canonical[place]}:
            changed = (*canonical[:place], value, *canonical[place + 1 :])
            if not counts:
                assert space.decode(changed) == genome
            elif not isinstance(space, BranchesSpace) and space._decoded(changed) is not None:
                assert space.decode(changed) != genome


@given(st.sampled_from([s for s in TINY.values() if not isinstance(s, BranchesSpace)]), generators)
def test_a_child_is_as_long_as_a_parent_and_has_their_parts(space, rng):
    first, second = space.sample(rng), space.sample(rng)
    child = space.crossover(first, second, rng)
    assert len(child.genes) in (len(first.genes), len(second.genes))
    for place, gene in enumerate(child.genes[:-1]):
        assert gene in [parent.genes[place] for parent in (first, second) if place < len(parent.genes) - 1]


def texts(genomes) -> set[str]:
    return {str(genome) for genome in genomes}


def test_neighbours_of_a_chain():
    space = VariableChainSpace((9, 9, 1), 2, (1, 3), ("NC", "DO"), (2, 4), kernels=(1, 3), activations=("relu",))
    assert texts(space.neighbours(parse("DO 25;NC 4 1 relu;FL relu"))) == {
        "NC 4 1 relu;NC 4 1 relu;FL relu",  # what dropout does not have comes from the nearest convolution
        "DO 10;NC 4 1 relu;FL relu",
        "DO 50;NC 4 1 relu;FL relu",
        "DO 25;DO 25;FL relu",
        "DO 25;NC 2 1 relu;FL relu",
        "DO 25;NC 4 3 relu;FL relu",
        "DO 25;DO 25;NC 4 1 relu;FL relu",
        "DO 25;NC 4 1 relu;NC 4 1 relu;FL relu",
        "DO 25;FL relu",
        "NC 4 1 relu;FL relu",
    }


def test_neighbours_of_branches_keep_what_is_read():
    genome = parse("NC 2 1 relu;NC 2 1 relu;JN 0+2;FL relu")
    assert texts(LONG_BRANCHES.neighbours(genome)) == {
        "NC 2 1 relu;JN 0+1;NC 2 1 relu;JN 0+3;FL relu",
        "NC 2 1 relu;NC 2 1 relu;JN 0,2;FL relu",
        "NC 2 1 relu;NC 2 1 relu;JN 0+1+2;FL relu",
        "NC 2 1 relu;NC 2 1 relu;FL relu",
        "NC 2 1 relu;NC 2 1 relu;NC 2 1 relu;JN 0+3;FL relu",
    }
    shorter = BranchesSpace((3, 3, 1), 2, (1, 3), ("NC",), **ONE).neighbours(genome)
    assert "NC 2 1 relu;JN 0+1;FL relu" in texts(shorter)


def test_a_removed_layers_readers_read_its_sources():
    space = BranchesSpace((9, 9, 1), 2, (1, 4), ("NC", "MP", "DO"), percents=(10, 20, 30, 40), **ONE)
    genome = parse("DO 10;JN 0,1;DO 20;DO 30;JN 1+3+4;DO 40;FL relu")
    found = texts(space.neighbours(genome))
    assert "DO 10;JN 0,1;DO 20;JN 1+3;DO 40;FL relu" in found  # without DO 30, which read DO 20
    assert "DO 10;JN 0+1;DO 30;JN 0+1+3;DO 40;FL relu" in found  # without DO 20, which read the image and DO 10


@pytest.mark.parametrize(
    ("space", "inside", "outside"),
    [
        (CHAIN, "RC 2 1 relu;DO 10;FL relu", "RC 2 1 relu;FL tanh"),
        (CHAIN, "RC 2 1 relu;DO 10;FL relu", "RC 2 1 relu;FL 4 relu"),
        (CHAIN, "RC 2 1 relu;DO 10;FL relu", "RC 2 1 relu;PC"),
        (CHAIN, "RC 2 1 relu;DO 10;FL relu", "RC 2 1 relu;DO 10;DO 10;FL relu"),
        (CHAIN, "RC 2 1 relu;DO 10;FL relu", "RC 2 1 relu;DO 30;FL relu"),
        (CHAIN, "RC 2 1 relu;DO 10;FL relu", "RC 2 1 relu;MP 2;FL relu"),
        (CHAIN, "RC 2 1 relu;DO 10;FL relu", "RC 2 3 relu;NC 2 3 relu;FL relu"),
        (CHAIN, "RC 2 1 relu;DO 10;FL relu", "RC 2 1 relu;JN 0+1;FL relu"),
        (CHAIN, "RC 2 1 relu;DO 10;FL relu", "FL relu"),
        (BRANCHES, "MP 2;JN 0+1;NC 2 1 relu;JN 0,1,3;FL relu", "MP 2;JN 0+1;JN 0+2;NC 2 1 relu;FL relu"),
        (BRANCHES, "MP 2;JN 0+1;NC 2 1 relu;JN 0,1,3;FL relu", "MP 2;JN 0+1;NC 2 1 relu;JN 2+3;FL relu"),
        (STAGES, "ST 3 3;CE 2 |none~0|;RB 2;CE 1 |none~0|;PC", "ST 3 3;CE 2 |none~0|;RB 2;PC"),
        (STAGES, "ST 3 3;CE 2 |none~0|;RB 2;CE 1 |none~0|;PC", "ST 3 1;CE 2 |none~0|;PC"),
        (STAGES, "ST 3 3;CE 2 |none~0|;RB 2;CE 1 |none~0|;PC", "ST 3 3;CE 3 |none~0|;PC"),
        (STAGES, "ST 3 3;CE 2 |none~0|;RB 2;CE 1 |none~0|;PC", "ST 3 3;CE 2 |nor_conv_1x1~0|;PC"),
        (STAGES, "ST 3 3;CE 2 |none~0|;RB 2;CE 1 |none~0|;PC", "ST 3 3;CE 2 |none~0|none~0|;PC"),
        (STAGES, "ST 3 3;CE 2 |none~0|;RB 2;CE 1 |none~0|;PC", "RB 3;CE 2 |none~0|;PC"),
        (STAGES, "ST 3 3;CE 2 |none~0|;RB 2;CE 1 |none~0|;PC", "ST 3 3;CE 2 |none~0|;FL relu"),
    ],
)
def test_genomes_outside_are_told_apart(space, inside, outside):
    assert parse(inside) in space
    assert parse(outside) not in space
    for refuse in (space.read, lambda text: space.encode(parse(text))):
        with pytest.raises(GenomeError, match=f"is not in the space {space.name}"):
            refuse(outside)


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        (VariableChainSpace, {"layers": (3, 2)}, "layers must be from 1 to 64"),
        (VariableChainSpace, {"layers": (0, 2)}, "layers must be from 1 to 64"),
        (VariableChainSpace, {"operations": ()}, "operations: expected at least one"),
        (VariableChainSpace, {"operations": ("NC", "NR")}, "operations: unknown layer type 'NR'"),
        (VariableChainSpace, {"operations": ("nc",)}, "did you mean 'NC'"),
        (VariableChainSpace, {"windows": (8,)}, "windows: window must be"),
        (VariableChainSpace, {"percents": (0,)}, "percents: percent must be"),
        (VariableChainSpace, {"input_shape": (2, 2, 1), "operations": ("RC",), "kernels": (3,)}, "layer 1 .*kernel"),
        (BranchesSpace, {"layers": (1, 65)}, "layers must be from 1 to 64"),
        (HierarchicalSpace, {"stages": (2, 1)}, "stages must be from 1 to 12"),
        (HierarchicalSpace, {"cells": (1, 65)}, "cells of a stage must be from 1 to 64"),
        (HierarchicalSpace, {"widths": (0,)}, "filters must be a whole number"),
        (HierarchicalSpace, {"nodes": 0}, "nodes must be from 1 to 16"),
        (HierarchicalSpace, {"operations": ("max_pool_3x3",)}, "unknown operation 'max_pool_3x3'"),
        (HierarchicalSpace, {"input_shape": (2, 2, 1)}, "layer 1"),
    ],
)
def test_senseless_spaces_are_refused(kind, changes, words):
    with pytest.raises(GenomeError, match=words):
        kind(**{"input_shape": (28, 28, 1), "classes": 10, **changes})


def test_a_space_without_a_choice_says_that_nothing_can_be_mutated():
    space = VariableChainSpace((5, 5, 1), 2, (1, 1), ("NC",), **ONE)
    with pytest.raises(GenomeError, match="no neighbour"):
        space.mutate(space.sample(Random(0)), Random(0))


def test_branches_hold_skips_sums_and_concatenations():
    rng, space = Random(0), BranchesSpace((28, 28, 1), 10)
    joins = [gene for _ in range(100) for gene in space.sample(rng).genes if isinstance(gene, Join)]
    assert {join.sources.kind for join in joins} == {"sum", "concatenation"}
    assert any(0 in join.sources.numbers for join in joins)
    assert any(len(join.sources.numbers) == 1 for join in joins)
