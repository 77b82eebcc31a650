"""Chains of a given shape, such as NC-RC-NC-RC-FL: which layers is fixed, what each of them is like is searched."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from random import Random

from kerasnas.errors import GenomeError
from kerasnas.genome.arguments import ACTIVATIONS, abbreviate, suggestion
from kerasnas.genome.combinations import ATTEMPTS, CombinationSpace
from kerasnas.genome.expansion import checked_input_shape, validate
from kerasnas.genome.genes import GENE_TYPES, FinalLayers, Gene, Genome
from kerasnas.genome.language import parse
from kerasnas.genome.layer_choices import (
    DEFAULT_FILTERS,
    DEFAULT_KERNELS,
    DEFAULT_PERCENTS,
    DEFAULT_WINDOWS,
    OPERATIONS,
    LayerChoices,
)
from kerasnas.genome.space import Combination, Positions

DEFAULT_SHAPE = "NC-RC-NC-RC-FL"
_TOKENS = (*OPERATIONS[:2], FinalLayers.token, *OPERATIONS[2:])


@dataclass(frozen=True)
class ChainSpace(CombinationSpace[Genome]):
    """All chains whose layers are of the types in `shape` and can be built on the space's images.

    Attributes:
        input_shape: the shape of one image, `(height, width, channels)`.
        classes: the number of classes.
        shape: the layers' tokens, joined by `-`; FL stands last and nowhere else.
        filters: the numbers of filters to choose from.
        kernels: the kernel sizes to choose from.
        activations: the activations to choose from.
        windows: the sizes of pooling windows to choose from.
        percents: the percentages of dropout to choose from.

    Raises:
        GenomeError: the shape names an unknown layer, a value to choose from is none of the language or stands
            twice, or no genome of the shape can be built on these images.
    """

    input_shape: tuple[int, int, int]
    classes: int
    shape: str = DEFAULT_SHAPE
    filters: tuple[int, ...] = DEFAULT_FILTERS
    kernels: tuple[int, ...] = DEFAULT_KERNELS
    activations: tuple[str, ...] = ACTIVATIONS
    windows: tuple[int, ...] = DEFAULT_WINDOWS
    percents: tuple[int, ...] = DEFAULT_PERCENTS
    name: str = "chain"

    def __post_init__(self) -> None:
        checked_input_shape(self.input_shape, self.classes)
        tokens = self.shape.upper().split("-")
        for token in tokens:
            if token not in _TOKENS:
                raise GenomeError(
                    f"shape {self.shape!r}: unknown layer type {token!r}, expected one of {', '.join(_TOKENS)}"
                    + suggestion(token, _TOKENS)
                )
        if tokens[-1] != "FL" or "FL" in tokens[:-1]:
            raise GenomeError(f"shape {self.shape!r}: FL must stand last and nowhere else")
        smallest = Genome(tuple(map(self._choices.smallest, self.gene_types)))
        validate(smallest, self.input_shape, self.classes)

    @cached_property
    def gene_types(self) -> tuple[type[Gene], ...]:
        """The type of each layer."""
        return tuple(GENE_TYPES[token] for token in self.shape.upper().split("-"))

    @cached_property
    def positions(self) -> Positions:
        """The values to choose from for each argument of each layer."""
        return tuple(tuple(values) for kind in self.gene_types for values in self._choices.of(kind).values())

    def __contains__(self, genome: Genome) -> bool:
        """Tell whether `genome` is in the space and can be built."""
        return (
            tuple(type(gene) for gene in genome.genes) == self.gene_types
            and all(
                getattr(gene, name) in values
                for gene in genome.genes
                for name, values in self._choices.of(type(gene)).items()
            )
            and self._buildable(genome)
        )

    def read(self, text: str) -> Genome:
        """Return the genome that `text` writes; raises `GenomeError` where it is not in the space."""
        genome = parse(text)
        if genome not in self:
            raise GenomeError(
                f"{abbreviate(text, 90)!r} is not in the space: expected the shape {self.shape}, values that the space "
                f"has, and layers that fit on {'x'.join(map(str, self.input_shape))} images"
            )
        return genome

    def encode(self, genome: Genome) -> Combination:
        """Return for each argument of each layer the number of its value in `positions`."""
        arguments = [getattr(gene, name) for gene in genome.genes for name in self._choices.of(type(gene))]
        return tuple(values.index(value) for values, value in zip(self.positions, arguments, strict=True))

    def decode(self, combination: Combination) -> Genome:
        """Return the genome of a combination; raises `GenomeError` where it cannot be built."""
        chosen = iter([values[number] for values, number in zip(self.positions, combination, strict=True)])
        genome = Genome(
            tuple(
                kind(**{name: next(chosen) for name in self._choices.of(kind)})  # type: ignore[arg-type]
                for kind in self.gene_types
            )
        )
        validate(genome, self.input_shape, self.classes)
        return genome

    def crossover(self, first: Genome, second: Genome, rng: Random) -> Genome:
        """Return a genome each of whose genes is one parent's or the other's (uniform crossover)."""
        pairs = list(zip(first.genes, second.genes, strict=True))
        for _ in range(ATTEMPTS):
            child = Genome(tuple(rng.choice(pair) for pair in pairs))
            if self._buildable(child):
                return child
        return first

    @cached_property
    def _choices(self) -> LayerChoices:
        return LayerChoices(
            filters=self.filters,
            kernels=self.kernels,
            activations=self.activations,
            windows=self.windows,
            percents=self.percents,
        )

    def _buildable(self, genome: Genome) -> bool:
        try:
            validate(genome, self.input_shape, self.classes)
        except GenomeError:
            return False
        return True

    def _sampling_failed(self) -> str:
        return (
            f"shape {self.shape!r} hardly fits on {'x'.join(map(str, self.input_shape))} images: none of "
            f"{ATTEMPTS:,} samples could be built; use fewer RC or smaller kernels"
        )
