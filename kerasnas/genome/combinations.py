"""What all spaces of combinations share: every genome is one choice at each of a fixed number of positions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import product
from math import prod
from random import Random
from typing import Generic

from kerasnas.errors import GenomeError
from kerasnas.genome.space import Combination, G, Positions

ATTEMPTS = 10_000


class CombinationSpace(ABC, Generic[G]):
    """A search space that is given by its positions, and by what a combination of values stands for."""

    name: str

    @property
    @abstractmethod
    def positions(self) -> Positions:
        """The values to choose from at each position of a genome."""

    @abstractmethod
    def read(self, text: str) -> G:
        """Return the genome that `text` writes; raises `GenomeError` where that is none of the space."""

    @abstractmethod
    def encode(self, genome: G) -> Combination:
        """Return the combination of values that makes up `genome`."""

    @abstractmethod
    def decode(self, combination: Combination) -> G:
        """Return the genome of a combination; raises `GenomeError` where the space has none for it."""

    @property
    def size(self) -> int:
        """How many combinations of values there are, those that no genome has among them."""
        return prod(len(values) for values in self.positions)

    def __iter__(self) -> Iterator[G]:
        """Go through all genomes of the space, in the order of their combinations."""
        for combination in product(*(range(len(values)) for values in self.positions)):
            genome = self._decoded(combination)
            if genome is not None:
                yield genome

    def counts(self, combination: Combination) -> tuple[bool, ...]:
        """Return for each position whether it says something about the genome of a combination: always."""
        return (True,) * len(combination)

    def sample(self, rng: Random) -> G:
        """Return a genome drawn uniformly from all that can be built."""
        positions = self.positions
        for _ in range(ATTEMPTS):
            genome = self._decoded(tuple(rng.randrange(len(values)) for values in positions))
            if genome is not None:
                return genome
        raise GenomeError(self._sampling_failed())

    def neighbours(self, genome: G) -> list[G]:
        """Return every genome that differs from `genome` at one position."""
        found = (self._decoded(changed) for changed in self._changes(genome))
        return [neighbour for neighbour in found if neighbour is not None]

    def mutate(self, genome: G, rng: Random) -> G:
        """Return one of the neighbours, each as likely as any other."""
        changes = list(self._changes(genome))
        rng.shuffle(changes)
        for changed in changes:
            neighbour = self._decoded(changed)
            if neighbour is not None:
                return neighbour
        raise GenomeError(f"{genome} has no neighbour in the space; give the space more values to choose from")

    def crossover(self, first: G, second: G, rng: Random) -> G:
        """Return a genome that has one parent's or the other's value at each position (uniform crossover)."""
        pairs = list(zip(self.encode(first), self.encode(second), strict=True))
        for _ in range(ATTEMPTS):
            child = self._decoded(tuple(rng.choice(pair) for pair in pairs))
            if child is not None:
                return child
        return first

    def _changes(self, genome: G) -> Iterator[Combination]:
        combination = self.encode(genome)
        for place, values in enumerate(self.positions):
            for value in range(len(values)):
                if value != combination[place]:
                    yield (*combination[:place], value, *combination[place + 1 :])

    def _decoded(self, combination: Combination) -> G | None:
        try:
            return self.decode(combination)
        except GenomeError:
            return None

    def _sampling_failed(self) -> str:
        return f"space {self.name}: none of {ATTEMPTS:,} sampled combinations can be built; give it other values"
