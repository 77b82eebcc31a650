"""Chains whose number of layers is searched, and the operation of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from kerasnas.errors import GenomeError
from kerasnas.genome.arguments import ACTIVATIONS
from kerasnas.genome.expansion import checked_input_shape, validate
from kerasnas.genome.genes import FinalLayers, Genome
from kerasnas.genome.layer_choices import (
    DEFAULT_FILTERS,
    DEFAULT_KERNELS,
    DEFAULT_PERCENTS,
    DEFAULT_WINDOWS,
    OPERATIONS,
    LayerChoices,
)
from kerasnas.genome.sequences import Parts, SequenceSpace, checked_range
from kerasnas.genome.space import Combination, Positions

DEFAULT_LAYERS = (2, 6)
MAX_LAYERS = 64


@dataclass(frozen=True)
class LayerSequenceSpace(SequenceSpace):
    """Genomes of so many layers and an FL, each layer of any of the operations; see `SequenceSpace`.

    Attributes:
        input_shape: the shape of one image, `(height, width, channels)`.
        classes: the number of classes.
        layers: the smallest and the largest number of layers, the FL not counted.
        operations: the layers' tokens to choose from.
        filters: the numbers of filters to choose from.
        kernels: the kernel sizes of convolutions to choose from.
        activations: the activations to choose from.
        windows: the sizes of pooling windows to choose from.
        percents: the percentages of dropout to choose from.

    Raises:
        GenomeError: a number is out of range, a value to choose from is none of the language or stands twice, or no
            genome of so few layers can be built on these images.
    """

    input_shape: tuple[int, int, int]
    classes: int
    layers: tuple[int, int] = DEFAULT_LAYERS
    operations: tuple[str, ...] = OPERATIONS
    filters: tuple[int, ...] = DEFAULT_FILTERS
    kernels: tuple[int, ...] = DEFAULT_KERNELS
    activations: tuple[str, ...] = ACTIVATIONS
    windows: tuple[int, ...] = DEFAULT_WINDOWS
    percents: tuple[int, ...] = DEFAULT_PERCENTS

    def __post_init__(self) -> None:
        checked_input_shape(self.input_shape, self.classes)
        checked_range("layers", *self.layers, MAX_LAYERS)
        refusals = []
        for kind in self._choices.kinds:
            body = (self._choices.smallest(kind),) * self.layers[0]
            try:
                validate(Genome((*body, FinalLayers(self.activations[0]))), self.input_shape, self.classes)
            except GenomeError as error:
                refusals.append(error)
            else:
                return
        raise refusals[0]

    @property
    def lengths(self) -> tuple[int, int]:
        """The smallest and the largest number of layers."""
        return self.layers

    @cached_property
    def _choices(self) -> LayerChoices:
        return LayerChoices(self.operations, self.filters, self.kernels, self.activations, self.windows, self.percents)

    def _final_numbers(self, gene: object) -> Combination:
        """Return the number of the last layer's activation; raises `ValueError` where the space has no such layer."""
        if not isinstance(gene, FinalLayers) or gene.units is not None:
            raise ValueError(f"{gene} is no FL of the space")
        return (self.activations.index(gene.activation),)

    def _expected(self) -> str:
        least, most = self.layers
        return f"{least} to {most} layers of {', '.join(self.operations)} with values that the space has, and an FL"


@dataclass(frozen=True)
class VariableChainSpace(LayerSequenceSpace):
    """Chains of so many layers and an FL, each layer of any of the operations; see `LayerSequenceSpace`."""

    name: str = "chain"

    def _part_positions(self, place: int) -> Positions:
        return self._choices.positions

    @property
    def _ending_positions(self) -> Positions:
        return (self.activations,)

    def _part_size(self, place: int) -> int:
        return self._choices.size

    def _ending_size(self, length: int) -> int:
        return len(self.activations)

    def _part_counts(self, part: Combination, place: int) -> tuple[bool, ...]:
        return self._choices.counts(part)

    def _assemble(self, parts: Sequence[Combination], ending: Combination) -> Genome:
        return Genome((*map(self._choices.gene, parts), FinalLayers(self.activations[ending[0]])))

    def _take_apart(self, genome: Genome) -> Parts:
        *body, last = genome.genes
        return [self._choices.numbers(gene) for gene in body], self._final_numbers(last)
