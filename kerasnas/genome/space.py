"""What every search space can do."""

from __future__ import annotations

from random import Random
from typing import Protocol, runtime_checkable

from kerasnas.genome.genes import Genome


@runtime_checkable
class SearchSpace(Protocol):
    """A set of genomes with a notion of nearness.

    All that a space returns is in the space, valid, and buildable on the space's images. Each operation draws
    from the generator that it is given and from nothing else. Neighbourhood is symmetric: a genome is one of
    its neighbours' neighbours.
    """

    name: str

    def __contains__(self, genome: Genome) -> bool:
        """Tell whether `genome` is in the space and can be built."""
        ...

    def sample(self, rng: Random) -> Genome:
        """Return a genome drawn uniformly from all that can be built."""
        ...

    def neighbours(self, genome: Genome) -> list[Genome]:
        """Return every genome that differs from `genome` in one gene's argument."""
        ...

    def mutate(self, genome: Genome, rng: Random) -> Genome:
        """Return one of the neighbours, drawn at random."""
        ...

    def crossover(self, first: Genome, second: Genome, rng: Random) -> Genome:
        """Return a genome each of whose genes is one parent's or the other's."""
        ...
