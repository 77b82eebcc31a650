"""Hypothesis strategies for cells of two inputs and the networks of them."""

from hypothesis import strategies as st

from kerasnas.genome.cells import OPERATIONS, Edge, TwoInputCell
from kerasnas.genome.genes import CellPairStack, Genome, GlobalClassifier, ImageNetStem, Stem
from kerasnas.genome.genotype import Genotype


@st.composite
def two_input_cells(draw: st.DrawFn, max_nodes: int = 4) -> TwoInputCell:
    """Return a cell that reads both inputs, and whose every node is read or handed on."""
    count = draw(st.integers(1, max_nodes))
    nodes = []
    for number in range(2, count + 2):
        sources = draw(st.lists(st.integers(0, number - 1), min_size=1, max_size=3))  # the same one may come twice
        sources += [0, 1] if number == 2 else []
        nodes.append(tuple(sorted(Edge(source, draw(st.sampled_from(OPERATIONS))) for source in sources)))
    unread = set(range(2, count + 2)) - {edge.source for node in nodes for edge in node}
    concat = unread | draw(st.sets(st.integers(2, count + 1)))
    return TwoInputCell(tuple(nodes), tuple(sorted(concat)))


stems = st.sampled_from([Stem(6, 3), ImageNetStem(4)])
pair_stacks = st.builds(CellPairStack, st.sampled_from([2, 4]), st.integers(1, 4), two_input_cells(), two_input_cells())
pair_genomes = st.builds(
    lambda stem, stacks: Genome((stem, *stacks, GlobalClassifier())),
    stems,
    st.lists(pair_stacks, min_size=1, max_size=2),
)


small_cells = two_input_cells(max_nodes=2)
small_pair_genomes = st.builds(
    lambda stem, stacks: Genome((stem, *stacks, GlobalClassifier())),
    stems,
    st.lists(
        st.builds(CellPairStack, st.sampled_from([2, 4]), st.integers(1, 3), small_cells, small_cells),
        min_size=1,
        max_size=2,
    ),
)
"""For models, whose every layer takes milliseconds to make: cells of both kinds, each with few nodes."""


@st.composite
def genotypes(draw: st.DrawFn) -> Genotype:
    """Return a genotype that is a pair of cells of the language."""

    def half() -> tuple[tuple[tuple[str, int], ...], tuple[int, ...]]:
        count = draw(st.integers(1, 5))
        states = [(0, 1)] + [
            tuple(draw(st.lists(st.integers(0, number - 1), min_size=2, max_size=2))) for number in range(3, count + 2)
        ]
        edges = tuple((draw(st.sampled_from(OPERATIONS)), state) for pair in states for state in pair)
        unread = set(range(2, count + 2)) - {state for _, state in edges}
        return edges, tuple(sorted(unread | draw(st.sets(st.integers(2, count + 1)))))

    return Genotype(*half(), *half())
