"""Networks with branches: each layer reads any of the earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kerasnas.genome.genes import FinalLayers, Gene, Genome, Join
from kerasnas.genome.joins import JoinKind, Sources
from kerasnas.genome.sequences import Parts
from kerasnas.genome.space import Combination, Positions
from kerasnas.genome.variable_chain import LayerSequenceSpace

JOINS: tuple[JoinKind, ...] = ("sum", "concatenation")
_SKIPPED = ((0, 1),)
_FIXED = ((0,),)


@dataclass(frozen=True)
class BranchesSpace(LayerSequenceSpace):
    """Genomes each of whose layers, the FL too, reads any of the layers before it and the image (see `Join`).

    Beside what it is like, a layer has numbers for how its sources are joined, and for each distance whether it reads
    the layer so far before it; layer n reads the image at distance n. Where that leaves a layer without a source, it
    reads the one before it; what no layer reads, the FL reads. (Zoph and Le, "Neural Architecture Search with
    Reinforcement Learning", ICLR 2017, arXiv 1611.01578, section 3.3, has such a rule.) A sample draws each number
    uniformly before that rule is applied.

    A layer that is repeated is put between the first of the two and whatever read that; the readers of a layer that
    is removed read its sources instead.
    """

    name: str = "branches"

    def _part_positions(self, place: int) -> Positions:
        return (*self._choices.positions, *self._reading_positions(place, self.layers[1]))

    @property
    def _ending_positions(self) -> Positions:
        # The FL reads the layer before it in any case.
        bits = _FIXED + _SKIPPED * self.layers[1]
        return (self.activations, JOINS, *bits)

    @staticmethod
    def _reading_positions(place: int, most: int) -> Positions:
        if place == 0:
            return (JOINS[:1], *_FIXED * most)
        return (JOINS, *_SKIPPED * (place + 1), *_FIXED * (most - place - 1))

    def _part_size(self, place: int) -> int:
        sources = place + 1
        joined = 2**sources - 1 - sources
        return self._choices.size * (sources + len(JOINS) * joined)

    def _ending_size(self, length: int) -> int:
        return len(self.activations) * (1 + len(JOINS) * (2**length - 1))

    def _part_counts(self, part: Combination, place: int) -> tuple[bool, ...]:
        own = len(self._choices.positions)
        bits = part[own + 1 :]
        return (
            *self._choices.counts(part[:own]),
            sum(bits[: place + 1]) > 1,
            *(place > 0 and distance <= place for distance in range(len(bits))),
        )

    def _ending_counts(self, ending: Combination, length: int) -> tuple[bool, ...]:
        bits = ending[2:]
        return True, any(bits[1 : length + 1]), *(0 < distance <= length for distance in range(len(bits)))

    def _canonical(self, parts: Sequence[Combination], ending: Combination) -> Parts:
        return self._reading(parts, ending, self._read(parts, ending))

    def _assemble(self, parts: Sequence[Combination], ending: Combination) -> Genome:
        own = len(self._choices.positions)
        layers = [self._choices.gene(part[:own]) for part in parts]
        kinds = [*(JOINS[part[own]] for part in parts), JOINS[ending[1]]]
        return Genome(
            _with_joins([*layers, FinalLayers(self.activations[ending[0]])], kinds, self._read(parts, ending))
        )

    def _take_apart(self, genome: Genome) -> Parts:
        layers, kinds, reads = _without_joins(genome.genes)
        *body, last = layers
        most = self.layers[1]
        parts = [
            (*self._choices.numbers(gene), JOINS.index(kind), *[0] * most)
            for gene, kind in zip(body, kinds, strict=False)
        ]
        ending = (*self._final_numbers(last), JOINS.index(kinds[-1]), *[0] * (most + 1))
        return self._reading(parts, ending, reads)

    def _repeated(self, parts: list[Combination], ending: Combination, place: int) -> Parts:
        first = place + 1
        reads = self._read(parts, ending)
        shifted = [{layer + (layer >= first) for layer in layers} for layers in reads[first:]]
        return self._reading(*super()._repeated(parts, ending, place), [*reads[:first], {first}, *shifted])

    def _removed(self, parts: list[Combination], ending: Combination, place: int) -> Parts:
        gone = place + 1
        reads = self._read(parts, ending)
        shifted = [
            {layer - (layer > gone) for layer in (layers - {gone}) | (reads[place] if gone in layers else set())}
            for layers in reads[gone:]
        ]
        return self._reading(*super()._removed(parts, ending, place), [*reads[:place], *shifted])

    def _read(self, parts: Sequence[Combination], ending: Combination) -> list[set[int]]:
        """Return the layers that each layer reads, the FL last; 0 is the image."""
        own = len(self._choices.positions)
        reads = [_at_distances(part[own + 1 :], layer) or {layer - 1} for layer, part in enumerate(parts, start=1)]
        unread = set(range(1, len(parts) + 1)) - {source for sources in reads for source in sources}
        return [*reads, _at_distances(ending[2:], len(parts) + 1) | unread]

    def _reading(self, parts: Sequence[Combination], ending: Combination, reads: Sequence[set[int]]) -> Parts:
        """Return parts and ending that read the layers `reads`."""
        own, most = len(self._choices.positions), self.layers[1]
        changed = [
            (*part[: own + 1], *_distances(sources, layer, most))
            for layer, (part, sources) in enumerate(zip(parts, reads, strict=False), start=1)
        ]
        return super()._canonical(changed, (*ending[:2], *_distances(reads[-1], len(parts) + 1, most + 1)))

    def _expected(self) -> str:
        return f"{super()._expected()}, each reading earlier ones"


def _at_distances(bits: Sequence[int], layer: int) -> set[int]:
    return {layer - distance for distance, bit in enumerate(bits, start=1) if bit and distance <= layer}


def _distances(sources: set[int], layer: int, most: int) -> tuple[int, ...]:
    return tuple(int(layer - distance in sources) for distance in range(1, most + 1))


def _with_joins(layers: Sequence[Gene], kinds: Sequence[JoinKind], reads: Sequence[set[int]]) -> tuple[Gene, ...]:
    """Return the genes of layers that read `reads`, with a join before each that reads other than the one before."""
    genes: list[Gene] = []
    numbers = [0]
    for layer, kind, sources in zip(layers, kinds, reads, strict=True):
        named = tuple(sorted(numbers[source] for source in sources))
        if named != (len(genes),):
            genes.append(Join(Sources(named, kind if len(named) > 1 else JOINS[0])))
        genes.append(layer)
        numbers.append(len(genes))
    return tuple(genes)


def _without_joins(genes: Sequence[Gene]) -> tuple[list[Gene], list[JoinKind], list[set[int]]]:
    """Return the layers of a genome, how each joins its sources, and which they are.

    Raises:
        ValueError: a join reads a join, or the same layer is preceded by several.
    """
    layers: list[Gene] = []
    kinds: list[JoinKind] = []
    reads: list[set[int]] = []
    layer_at = {0: 0}
    join: Sources | None = None
    for number, gene in enumerate(genes, start=1):
        if isinstance(gene, Join):
            if join or not set(gene.sources.numbers) <= set(layer_at):
                raise ValueError(f"join {number} reads a join, which no layer of the space does")
            join = gene.sources
            continue
        kinds.append(join.kind if join else JOINS[0])
        reads.append({layer_at[source] for source in join.numbers} if join else {len(layers)})
        layers.append(gene)
        layer_at[number] = len(layers)
        join = None
    return layers, kinds, reads
