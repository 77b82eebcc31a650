"""The search spaces: NAS-Bench-201, and the genomes of a table."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnas.errors import GenomeError
from kerasnas.genome import NasBench201Space, SearchSpace, TableSpace
from tests.search.landscapes import chain, table

CELLS = NasBench201Space()
SPACES = [CELLS, table(), chain()]


@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
class TestEverySpace:
    def test_keeps_the_protocol(self, space):
        assert isinstance(space, SearchSpace)

    @given(seed=st.integers(0, 2**32))
    def test_operations_stay_in_the_space(self, space, seed):
        rng = Random(seed)
        first, second = space.sample(rng), space.sample(rng)
        for genome in (first, space.mutate(first, rng), space.crossover(first, second, rng)):
            assert genome in space
            assert space.read(str(genome)) == genome
            assert space.decode(space.encode(genome)) == genome

    @given(seed=st.integers(0, 2**32))
    def test_neighbours_are_symmetric_and_differ_once(self, space, seed):
        genome = space.sample(Random(seed))
        for neighbour in space.neighbours(genome):
            assert genome in space.neighbours(neighbour)
            pairs = zip(space.encode(genome), space.encode(neighbour), strict=True)
            assert sum(here != there for here, there in pairs) == 1

    @given(seed=st.integers(0, 2**32))
    def test_mutation_gives_a_neighbour(self, space, seed):
        rng = Random(seed)
        genome = space.sample(rng)
        assert space.mutate(genome, rng) in space.neighbours(genome)

    def test_mutation_reaches_every_genome(self, space):
        start = next(iter(space))
        reached, edge = {start}, [start]
        while edge:
            edge = [new for genome in edge for new in space.neighbours(genome) if new not in reached]
            edge = list(dict.fromkeys(edge))
            reached |= set(edge)
        assert reached == set(space)


def test_nasbench201_has_15625_genomes_of_24_neighbours():
    assert CELLS.size == len(set(CELLS)) == 15_625
    assert len(CELLS.neighbours(CELLS.sample(Random(0)))) == 24


def test_nasbench201_reads_cells_and_networks():
    cell = "|none~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|"
    assert CELLS.read(cell) == CELLS.read(str(CELLS.read(cell)))


@pytest.mark.parametrize("text", ["|skip_connect~0|", "NC 4 3 relu;FL relu", "ST 16 3;PC"])
def test_nasbench201_refuses_other_networks(text):
    with pytest.raises(GenomeError, match="not in the space nasbench201"):
        CELLS.read(text)


def test_table_neighbours_are_those_that_it_holds():
    space = TableSpace(["20112012", "20112011", "00112011", "20112012"])
    assert space.size == 2 * 2
    assert list(space) == ["20112012", "20112011", "00112011"]
    assert space.neighbours("20112011") == ["00112011", "20112012"]
    assert space.neighbours("20112012") == ["20112011"]


def test_table_genes_may_be_words():
    space = TableSpace(["NC 4 3 relu;FL relu", "NC 8 3 relu;FL relu", "NC 8 3 tanh;FL tanh"])
    assert space.neighbours("NC 4 3 relu;FL relu") == ["NC 8 3 relu;FL relu"]


@pytest.mark.parametrize(("texts", "message"), [([], "no genome"), (["12", "123"], "one length"), ([""], "no genome")])
def test_tables_that_are_no_space_are_refused(texts, message):
    with pytest.raises(GenomeError, match=message):
        TableSpace(texts)


def test_a_genome_without_neighbours_cannot_mutate():
    with pytest.raises(GenomeError, match="no neighbour"):
        TableSpace(["1"]).mutate("1", Random(0))
