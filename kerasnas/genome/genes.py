"""The genes: what each token of the genome language may say.

A gene is one frozen dataclass whose fields are its arguments in the order in which they are written. To add a
token, add its class here, name it in `GENE_TYPES`, and say what it means in `kerasnas.genome.expansion`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from kerasnas.genome.arguments import ACTIVATION, FILTERS, KERNEL, UNITS, Argument


@dataclass(frozen=True, slots=True)
class Convolution:
    """`NC filters kernel activation`: convolution of stride 1 and padding same, batch norm, activation."""

    token: ClassVar[str] = "NC"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = ((FILTERS, KERNEL, ACTIVATION),)

    filters: int
    kernel: int
    activation: str


@dataclass(frozen=True, slots=True)
class ReductionConvolution:
    """`RC filters kernel activation`: convolution of stride 2 and padding valid, batch norm, activation."""

    token: ClassVar[str] = "RC"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = ((FILTERS, KERNEL, ACTIVATION),)

    filters: int
    kernel: int
    activation: str


@dataclass(frozen=True, slots=True)
class FinalLayers:
    """`FL [units] activation`: global average pooling, a dense layer, and the softmax classifier.

    Without `units` the dense layer is as wide as the channels that reach it.
    """

    token: ClassVar[str] = "FL"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = ((ACTIVATION,), (UNITS, ACTIVATION))

    activation: str
    units: int | None = None


Gene: TypeAlias = Convolution | ReductionConvolution | FinalLayers

GENE_TYPES: dict[str, type[Gene]] = {gene.token: gene for gene in (Convolution, ReductionConvolution, FinalLayers)}


@dataclass(frozen=True, slots=True)
class Genome:
    """One architecture: its genes in the order of the data's way, the last of them the classifier.

    `str(genome)` is the canonical text; equal genomes have equal text.
    """

    genes: tuple[Gene, ...]

    def __str__(self) -> str:
        from kerasnas.genome.language import format_genome

        return format_genome(self)
