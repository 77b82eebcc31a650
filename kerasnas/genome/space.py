"""What every search space can do."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from random import Random
from typing import Protocol, TypeAlias, TypeVar, runtime_checkable

G = TypeVar("G", bound=Hashable)
"""The genomes of a space: `Genome`, or the texts of a table in a language of its own. `str` gives their text."""

Value: TypeAlias = "str | int | None"
Positions: TypeAlias = "tuple[tuple[Value, ...], ...]"
"""What may be chosen, position by position."""

Combination: TypeAlias = "tuple[int, ...]"
"""For each position, the number of the value chosen there."""


@runtime_checkable
class SearchSpace(Protocol[G]):
    """A set of genomes, with a notion of nearness.

    All that a space returns is in the space, valid, and buildable on the space's images. Each operation draws
    from the generator that it is given and from nothing else. Where all positions count in all genomes,
    neighbourhood is symmetric: a genome is one of its neighbours' neighbours. Elsewhere (`SequenceSpace`) the way
    back may take several steps.
    """

    @property
    def name(self) -> str:
        """What options and messages call the space."""
        ...

    @property
    def positions(self) -> Positions:
        """The values to choose from at each position of a combination."""
        ...

    @property
    def size(self) -> int:
        """How many combinations of values there are, those that no genome has among them."""
        ...

    def __contains__(self, genome: G) -> bool:
        """Tell whether `genome` is in the space and can be built."""
        ...

    def __iter__(self) -> Iterator[G]:
        """Go through all genomes of the space, in a fixed order."""
        ...

    def read(self, text: str) -> G:
        """Return the genome that `text` writes; raises `GenomeError` where that is none of the space."""
        ...

    def encode(self, genome: G) -> Combination:
        """Return the combination of values that makes up `genome`."""
        ...

    def counts(self, combination: Combination) -> tuple[bool, ...]:
        """Return for each position whether it says something about the genome of a combination."""
        ...

    def decode(self, combination: Combination) -> G:
        """Return the genome of a combination; raises `GenomeError` where the space has none for it."""
        ...

    def sample(self, rng: Random) -> G:
        """Return a genome drawn from all that can be built, uniformly unless the space says otherwise."""
        ...

    def neighbours(self, genome: G) -> list[G]:
        """Return every genome that differs from `genome` in one gene's argument, or otherwise by one mutation."""
        ...

    def mutate(self, genome: G, rng: Random) -> G:
        """Return one of the neighbours, each as likely as any other; raises `GenomeError` where there is none."""
        ...

    def crossover(self, first: G, second: G, rng: Random) -> G:
        """Return a genome each of whose genes is one parent's or the other's."""
        ...
