"""The contract that every search space keeps. A new space joins by its name in `tests.strategies`."""

from random import Random

import pytest
from hypothesis import given, settings

from kerasnas.genome import Genome, SearchSpace, parse, validate
from tests.processes import run_python
from tests.strategies import SEQUENCE_SPACES, SPACES, fixed_spaces, generators, spaces

ALL = SPACES | SEQUENCE_SPACES


def assert_belongs(genome: Genome, space: SearchSpace) -> None:
    assert genome in space
    validate(genome, space.input_shape, space.classes)
    assert parse(str(genome)) == genome == space.read(str(genome))
    assert str(parse(str(genome))) == str(genome)
    assert space.decode(space.encode(genome)) == genome


@pytest.mark.parametrize("space", ALL.values(), ids=ALL)
class TestSearchSpace:
    def test_has_every_operation(self, space):
        assert isinstance(space, SearchSpace)
        assert space.name

    def test_leaves_the_global_generator_alone(self, space):
        import random

        before = random.getstate()
        genome = space.sample(Random(0))
        space.crossover(genome, space.mutate(genome, Random(1)), Random(2))
        assert random.getstate() == before


@given(spaces, generators)
def test_samples_belong_to_the_space(space, rng):
    assert_belongs(space.sample(rng), space)


@given(spaces, generators)
@settings(max_examples=30)
def test_a_mutant_belongs_to_the_space_and_is_a_neighbour(space, rng):
    genome = space.sample(rng)
    mutant = space.mutate(genome, rng)
    assert_belongs(mutant, space)
    assert mutant in space.neighbours(genome)


@given(spaces, generators)
def test_a_child_belongs_to_the_space(space, rng):
    assert_belongs(space.crossover(space.sample(rng), space.sample(rng), rng), space)


@given(fixed_spaces, generators)
def test_a_child_has_its_parents_genes(space, rng):
    first, second = space.sample(rng), space.sample(rng)
    child = space.crossover(first, second, rng)
    assert all(gene in pair for gene, *pair in zip(child.genes, first.genes, second.genes, strict=True))


@given(spaces, generators)
def test_equal_parents_have_themselves_for_a_child(space, rng):
    genome = space.sample(rng)
    assert space.crossover(genome, genome, rng) == genome


@given(spaces, generators)
@settings(max_examples=30)
def test_neighbours_belong_to_the_space_and_are_others(space, rng):
    genome = space.sample(rng)
    neighbours = space.neighbours(genome)
    assert len(set(neighbours)) == len(neighbours) > 0
    assert genome not in neighbours
    for neighbour in neighbours:
        assert_belongs(neighbour, space)


@given(fixed_spaces, generators)
@settings(max_examples=30)
def test_where_all_genomes_are_alike_a_genome_is_its_neighbours_neighbour(space, rng):
    genome = space.sample(rng)
    for neighbour in space.neighbours(genome):
        assert genome in space.neighbours(neighbour)


SAMPLER = """
from random import Random
from kerasnas.genome import ChainSpace
space, rng = ChainSpace((28, 28, 1), 10), Random(7)
genomes = [space.sample(rng) for _ in range(20)]
genomes += [space.mutate(genomes[0], rng), space.crossover(genomes[0], genomes[1], rng), *space.neighbours(genomes[0])]
print("\\n".join(map(str, genomes)))
"""


def test_the_same_seed_gives_the_same_genomes_in_any_process():
    first, second = (run_python(SAMPLER, PYTHONHASHSEED=seed) for seed in ("1", "2"))
    assert first == second
    assert len(first.splitlines()) > 22
