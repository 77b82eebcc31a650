"""Conditional spaces: how many parts a genome has is searched, and what a part is decides what else counts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import product
from math import prod
from random import Random
from typing import TypeAlias

from kerasnas.errors import GenomeError
from kerasnas.genome.arguments import abbreviate
from kerasnas.genome.combinations import ATTEMPTS, CombinationSpace
from kerasnas.genome.expansion import validate
from kerasnas.genome.genes import Genome
from kerasnas.genome.language import parse
from kerasnas.genome.space import Combination, Positions

Parts: TypeAlias = "tuple[list[Combination], Combination]"
"""The numbers of each part of a genome, and those of its ending."""


class SequenceSpace(CombinationSpace[Genome]):
    """Genomes that are a number of parts, layers or stages, and an ending.

    A combination says how many parts there are, then what each is like, padded to the largest number, then what the
    ending is like. A number does not count where its part is not there, or where the part's operation has no such
    argument: `encode` returns 0 there, and `decode` ignores it. So every combination stands for a genome, buildable
    or not, and several may stand for the same.

    A sample is drawn by choosing the number of parts and then, part by part, whatever counts, each choice uniformly
    and independently of the others; what cannot be built is drawn again. That is not uniform over the genomes: of
    those nearly all have the most parts, and the operations with the most arguments.

    A mutation changes one number that counts, repeats a part, or removes one. What counts for the first time after a
    change comes from the nearest part that has it, the earlier of two, or is the first value. So a mutation may not
    have a reverse; but mutations lead from every genome to every other.

    Attributes:
        input_shape: the shape of one image, `(height, width, channels)`.
        classes: the number of classes.
    """

    input_shape: tuple[int, int, int]
    classes: int

    @property
    @abstractmethod
    def lengths(self) -> tuple[int, int]:
        """The smallest and the largest number of parts."""

    @abstractmethod
    def _part_positions(self, place: int) -> Positions:
        """Return the values to choose from for part number `place`, from 0; as many positions at every place."""

    @property
    @abstractmethod
    def _ending_positions(self) -> Positions:
        """The values to choose from for the ending."""

    @abstractmethod
    def _part_size(self, place: int) -> int:
        """Return how many different parts there are at a place."""

    @abstractmethod
    def _ending_size(self, length: int) -> int:
        """Return how many different endings there are after so many parts."""

    @abstractmethod
    def _assemble(self, parts: Sequence[Combination], ending: Combination) -> Genome:
        """Return the genome of canonical parts and ending."""

    @abstractmethod
    def _take_apart(self, genome: Genome) -> Parts:
        """Return the parts, however many, and the ending of `genome`; raises `ValueError` where there are none."""

    @abstractmethod
    def _expected(self) -> str:
        """Return what a genome of the space is like, for messages."""

    def _part_counts(self, part: Combination, place: int) -> tuple[bool, ...]:
        """Return for each number of a part whether it counts."""
        return (True,) * len(part)

    def _ending_counts(self, ending: Combination, length: int) -> tuple[bool, ...]:
        """Return for each number of the ending, after so many parts, whether it counts."""
        return (True,) * len(ending)

    @cached_property
    def positions(self) -> Positions:
        """The numbers of parts, the values for each part of the longest genomes, and those for the ending."""
        least, most = self.lengths
        parts = [values for place in range(most) for values in self._part_positions(place)]
        return (tuple(range(least, most + 1)), *parts, *self._ending_positions)

    @cached_property
    def _width(self) -> int:
        """How many positions each part has."""
        return len(self._part_positions(0))

    @property
    def size(self) -> int:
        """How many combinations there are that differ in what counts, those that cannot be built among them."""
        least, most = self.lengths
        return sum(
            prod(self._part_size(place) for place in range(length)) * self._ending_size(length)
            for length in range(least, most + 1)
        )

    def __contains__(self, genome: Genome) -> bool:
        """Tell whether `genome` is in the space and can be built."""
        return self._combination(genome) is not None

    def __iter__(self) -> Iterator[Genome]:
        """Go through all genomes of the space, the shortest first."""
        least, most = self.lengths
        for length in range(least, most + 1):
            for parts in self._sequences(length):
                for ending in product(*(range(len(values)) for values in self._ending_positions)):
                    combination = self._combined(parts, ending)
                    genome = self._decoded(combination)
                    if genome is not None and self.encode(genome) == combination:
                        yield genome

    def read(self, text: str) -> Genome:
        """Return the genome that `text` writes; raises `GenomeError` where it is not in the space."""
        genome = parse(text)
        if genome not in self:
            raise GenomeError(
                f"{abbreviate(text, 90)!r} is not in the space {self.name}: expected {self._expected()}, and layers "
                f"that fit on {'x'.join(map(str, self.input_shape))} images"
            )
        return genome

    def encode(self, genome: Genome) -> Combination:
        """Return the combination of `genome`, with 0 for what does not count.

        Raises:
            GenomeError: it is not in the space.
        """
        combination = self._combination(genome)
        if combination is None:
            raise GenomeError(f"{abbreviate(str(genome), 90)!r} is not in the space {self.name}")
        return combination

    def decode(self, combination: Combination) -> Genome:
        """Return the genome of a combination; raises `GenomeError` where it cannot be built."""
        genome = self._assemble(*self._canonical(*self._split(combination)))
        validate(genome, self.input_shape, self.classes)
        return genome

    def counts(self, combination: Combination) -> tuple[bool, ...]:
        """Return for each position whether it says something about the genome of a combination."""
        parts, ending = self._canonical(*self._split(combination))
        padding = (False,) * (self._width * (self.lengths[1] - len(parts)))
        shown = [count for place, part in enumerate(parts) for count in self._part_counts(part, place)]
        return (True, *shown, *padding, *self._ending_counts(ending, len(parts)))

    def neighbours(self, genome: Genome) -> list[Genome]:
        """Return every genome that one mutation makes of `genome`."""
        found = dict.fromkeys(self._decoded(changed) for changed in self._changes(genome))
        return [neighbour for neighbour in found if neighbour is not None and neighbour != genome]

    def mutate(self, genome: Genome, rng: Random) -> Genome:
        """Return one of the neighbours, each as likely as any other; raises `GenomeError` where there is none."""
        neighbours = self.neighbours(genome)
        if not neighbours:
            raise GenomeError(f"{genome} has no neighbour in the space; give the space more values to choose from")
        return rng.choice(neighbours)

    def crossover(self, first: Genome, second: Genome, rng: Random) -> Genome:
        """Return a genome as long as one of its parents, whose parts are one's or the other's (uniform crossover).

        Where only the longer parent has a part, it is that one's.
        """
        (mother, ends), (father, other_ends) = self._take_apart(first), self._take_apart(second)
        longer = max(mother, father, key=len)
        for _ in range(ATTEMPTS):
            length = len(rng.choice((mother, father)))
            parts = [rng.choice(pair) for pair in zip(mother, father, strict=False)]
            ending = rng.choice((ends, other_ends))
            child = self._decoded(self._combined([*parts, *longer[len(parts) :]][:length], ending))
            if child is not None:
                return child
        return first

    def _repeated(self, parts: list[Combination], ending: Combination, place: int) -> Parts:
        """Return parts and ending with the part at `place` standing there twice."""
        return [*parts[: place + 1], *parts[place:]], ending

    def _removed(self, parts: list[Combination], ending: Combination, place: int) -> Parts:
        """Return parts and ending without the part at `place`."""
        return [*parts[:place], *parts[place + 1 :]], ending

    def _canonical(self, parts: Sequence[Combination], ending: Combination) -> Parts:
        """Return parts and ending with 0 for what does not count."""
        cleared = [_cleared(part, self._part_counts(part, place)) for place, part in enumerate(parts)]
        return cleared, _cleared(ending, self._ending_counts(ending, len(parts)))

    def _changes(self, genome: Genome) -> Iterator[Combination]:
        parts, ending = self._take_apart(genome)
        for place, part in enumerate(parts):
            counts = self._part_counts(part, place)
            for changed in _changed(part, counts, self._part_positions(place)):
                filled = self._filled(changed, counts, place, parts)
                yield self._combined([*parts[:place], filled, *parts[place + 1 :]], ending)
        for changed in _changed(ending, self._ending_counts(ending, len(parts)), self._ending_positions):
            yield self._combined(parts, changed)
        least, most = self.lengths
        for place in range(len(parts)):
            if len(parts) < most:
                yield self._combined(*self._repeated(parts, ending, place))
            if len(parts) > least:
                yield self._combined(*self._removed(parts, ending, place))

    def _filled(
        self, changed: Combination, counted: tuple[bool, ...], place: int, parts: list[Combination]
    ) -> Combination:
        """Return a changed part; what did not count before is taken from the nearest part where it counts."""
        nearest = sorted((other for other in range(len(parts)) if other != place), key=lambda p: (abs(p - place), p))
        filled = list(changed)
        for index, counts in enumerate(self._part_counts(changed, place)):
            if counts and not counted[index]:
                having = (p for p in nearest if self._part_counts(parts[p], p)[index])
                filled[index] = next((parts[p][index] for p in having), 0)
        return tuple(filled)

    def _combined(self, parts: Sequence[Combination], ending: Combination) -> Combination:
        least, most = self.lengths
        padding = (0,) * (self._width * (most - len(parts)))
        return (len(parts) - least, *(number for part in parts for number in part), *padding, *ending)

    def _split(self, combination: Combination) -> Parts:
        least, most = self.lengths
        width = self._width
        parts = [combination[1 + width * place : 1 + width * (place + 1)] for place in range(least + combination[0])]
        return parts, combination[1 + width * most :]

    def _combination(self, genome: Genome) -> Combination | None:
        try:
            parts, ending = self._take_apart(genome)
        except ValueError:
            return None
        if not self.lengths[0] <= len(parts) <= self.lengths[1]:
            return None
        combination = self._combined(parts, ending)
        return combination if self._decoded(combination) == genome else None

    def _sequences(self, length: int) -> Iterator[list[Combination]]:
        """Go through all canonical sequences of so many parts."""
        if not length:
            yield []
            return
        place = length - 1
        for parts in self._sequences(place):
            for part in product(*(range(len(values)) for values in self._part_positions(place))):
                if part == _cleared(part, self._part_counts(part, place)):
                    yield [*parts, part]


def checked_range(what: str, least: int, most: int, largest: int) -> None:
    """Raise `GenomeError` where `least` to `most` is no range of whole numbers from 1 to `largest`."""
    if not 1 <= least <= most <= largest:
        raise GenomeError(f"{what} must be from 1 to {largest}, the smaller number first, found {least}-{most}")


def _cleared(numbers: Combination, counts: tuple[bool, ...]) -> Combination:
    return tuple(number if count else 0 for number, count in zip(numbers, counts, strict=True))


def _changed(numbers: Combination, counts: tuple[bool, ...], positions: Positions) -> Iterator[Combination]:
    """Yield what differs from `numbers` in one that counts."""
    for index, values in enumerate(positions):
        for value in range(len(values)):
            if counts[index] and value != numbers[index]:
                yield (*numbers[:index], value, *numbers[index + 1 :])
