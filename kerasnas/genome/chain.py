"""Chains of a given shape, such as NC-RC-NC-RC-FL: which layers is fixed, what each of them is like is searched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from math import prod
from random import Random

from kerasnas.errors import GenomeError
from kerasnas.genome.arguments import (
    ACTIVATION,
    ACTIVATIONS,
    FILTERS,
    KERNEL,
    MAX_KERNEL,
    Argument,
    ArgumentError,
    suggestion,
)
from kerasnas.genome.expansion import checked_input_shape, validate
from kerasnas.genome.genes import GENE_TYPES, Convolution, FinalLayers, Gene, Genome, ReductionConvolution

DEFAULT_SHAPE = "NC-RC-NC-RC-FL"
DEFAULT_FILTERS = (4, 8, 16, 32, 64)
_ATTEMPTS = 10_000

_Choices = Mapping[str, Sequence[int | str | None]]


@dataclass(frozen=True)
class ChainSpace:
    """All chains whose layers are of the types in `shape` and can be built on the space's images.

    Attributes:
        input_shape: the shape of one image, `(height, width, channels)`.
        classes: the number of classes.
        shape: the layers' tokens, joined by `-`; FL stands last and nowhere else.
        filters: the numbers of filters to choose from.
        kernels: the kernel sizes to choose from.
        activations: the activations to choose from.

    Raises:
        GenomeError: the shape names an unknown layer, a value to choose from is none of the language or stands
            twice, or no genome of the shape can be built on these images.
    """

    input_shape: tuple[int, int, int]
    classes: int
    shape: str = DEFAULT_SHAPE
    filters: tuple[int, ...] = DEFAULT_FILTERS
    kernels: tuple[int, ...] = tuple(range(1, MAX_KERNEL + 1))
    activations: tuple[str, ...] = ACTIVATIONS
    name: str = "chain"

    def __post_init__(self) -> None:
        checked_input_shape(self.input_shape, self.classes)
        tokens = self.shape.upper().split("-")
        for token in tokens:
            if token not in GENE_TYPES:
                raise GenomeError(
                    f"shape {self.shape!r}: unknown layer type {token!r}, expected one of {', '.join(GENE_TYPES)}"
                    + suggestion(token, tuple(GENE_TYPES))
                )
        if tokens[-1] != "FL" or "FL" in tokens[:-1]:
            raise GenomeError(f"shape {self.shape!r}: FL must stand last and nowhere else")
        _check_choices("filters", FILTERS, self.filters)
        _check_choices("kernels", KERNEL, self.kernels)
        _check_choices("activations", ACTIVATION, self.activations)
        smallest = Genome(tuple(self._smallest_gene(token) for token in tokens))
        validate(smallest, self.input_shape, self.classes)

    @cached_property
    def gene_types(self) -> tuple[type[Gene], ...]:
        """The type of each layer."""
        return tuple(GENE_TYPES[token] for token in self.shape.upper().split("-"))

    @property
    def size(self) -> int:
        """How many genomes the shape has, those that the images are too small for among them."""
        return prod(len(values) for kind in self.gene_types for values in self._choices(kind).values())

    def __contains__(self, genome: Genome) -> bool:
        """Tell whether `genome` is in the space and can be built."""
        return (
            tuple(type(gene) for gene in genome.genes) == self.gene_types
            and all(
                getattr(gene, name) in values
                for gene in genome.genes
                for name, values in self._choices(type(gene)).items()
            )
            and self._buildable(genome)
        )

    def sample(self, rng: Random) -> Genome:
        """Return a genome drawn uniformly from all that can be built."""
        for _ in range(_ATTEMPTS):
            genome = Genome(
                tuple(
                    kind(**{name: rng.choice(values) for name, values in self._choices(kind).items()})  # type: ignore[arg-type]
                    for kind in self.gene_types
                )
            )
            if self._buildable(genome):
                return genome
        raise GenomeError(
            f"shape {self.shape!r} hardly fits on {'x'.join(map(str, self.input_shape))} images: none of "
            f"{_ATTEMPTS:,} samples could be built; use fewer RC or smaller kernels"
        )

    def neighbours(self, genome: Genome) -> list[Genome]:
        """Return every genome that differs from `genome` in one argument of one layer."""
        return [changed for changed in self._changes(genome) if self._buildable(changed)]

    def mutate(self, genome: Genome, rng: Random) -> Genome:
        """Return one of the neighbours, each as likely as any other."""
        candidates = list(self._changes(genome))
        rng.shuffle(candidates)
        for candidate in candidates:
            if self._buildable(candidate):
                return candidate
        raise GenomeError(f"{genome} has no neighbour in the space; give the space more values to choose from")

    def crossover(self, first: Genome, second: Genome, rng: Random) -> Genome:
        """Return a genome each of whose genes is one parent's or the other's (uniform crossover)."""
        pairs = list(zip(first.genes, second.genes, strict=True))
        for _ in range(_ATTEMPTS):
            child = Genome(tuple(rng.choice(pair) for pair in pairs))
            if self._buildable(child):
                return child
        return first

    def _changes(self, genome: Genome) -> Iterator[Genome]:
        for place, gene in enumerate(genome.genes):
            for name, values in self._choices(type(gene)).items():
                for value in values:
                    if value != getattr(gene, name):
                        genes = list(genome.genes)
                        genes[place] = replace(gene, **{name: value})  # type: ignore[arg-type]
                        yield Genome(tuple(genes))

    def _choices(self, kind: type[Gene]) -> _Choices:
        values: dict[str, Sequence[int | str | None]] = {
            "filters": self.filters,
            "kernel": self.kernels,
            "activation": self.activations,
            "units": (None,),
        }
        return {field.name: values[field.name] for field in fields(kind)}

    def _smallest_gene(self, token: str) -> Gene:
        if token == FinalLayers.token:
            return FinalLayers(self.activations[0])
        kind = Convolution if token == Convolution.token else ReductionConvolution
        return kind(min(self.filters), min(self.kernels), self.activations[0])

    def _buildable(self, genome: Genome) -> bool:
        try:
            validate(genome, self.input_shape, self.classes)
        except GenomeError:
            return False
        return True


def _check_choices(name: str, argument: Argument, values: Sequence[int | str]) -> None:
    if not values or len(set(values)) != len(values):
        raise GenomeError(f"{name}: expected at least one value and none of them twice, found {list(values)}")
    for value in values:
        try:
            same = argument.read(str(value)) == value
        except ArgumentError as error:
            raise GenomeError(f"{name}: {error}") from None
        if not same:
            raise GenomeError(f"{name}: {value!r} is not written as in a genome; use {argument.read(str(value))!r}")
