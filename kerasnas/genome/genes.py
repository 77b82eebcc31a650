"""The genes: what each token of the genome language may say.

A gene is one frozen dataclass whose fields are its arguments in the order in which they are written. To add a
token, add its class here, name it in `Gene`, and say what it means in `kerasnas.genome.layers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, TypeAlias, get_args

from kerasnas.genome.arguments import (
    ACTIVATION,
    CELLS,
    CHANNELS,
    FILTERS,
    KERNEL,
    PERCENT,
    REPEATS,
    UNITS,
    WINDOW,
    Argument,
)
from kerasnas.genome.cells import Cell, CellText, TwoInputCell, TwoInputCellText
from kerasnas.genome.joins import Sources, SourcesText


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
class SeparableConvolution:
    """`SC filters kernel activation`: as `NC`, but a depthwise-separable convolution.

    A convolution of each channel by itself, without bias, and a 1x1 convolution of them all, as Keras'
    `SeparableConv2D` has it; in networks, Chollet, "Xception", CVPR 2017, arXiv 1610.02357.
    """

    token: ClassVar[str] = "SC"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = ((FILTERS, KERNEL, ACTIVATION),)

    filters: int
    kernel: int
    activation: str


@dataclass(frozen=True, slots=True)
class ReductionSeparable:
    """`RS filters kernel activation`: as `RC`, but a depthwise-separable convolution (see `SC`)."""

    token: ClassVar[str] = "RS"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = ((FILTERS, KERNEL, ACTIVATION),)

    filters: int
    kernel: int
    activation: str


@dataclass(frozen=True, slots=True)
class MaxPooling:
    """`MP window`: the maximum over square windows, stride 2, padding valid."""

    token: ClassVar[str] = "MP"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = ((WINDOW,),)

    window: int


@dataclass(frozen=True, slots=True)
class AveragePooling:
    """`AP window`: the mean over square windows, stride 2, padding valid."""

    token: ClassVar[str] = "AP"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = ((WINDOW,),)

    window: int


@dataclass(frozen=True, slots=True)
class Dropout:
    """`DO percent`: dropout; in training so many of a hundred values are set to zero.

    Source: Srivastava et al., "Dropout", JMLR 2014.
    """

    token: ClassVar[str] = "DO"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = ((PERCENT,),)

    percent: int


@dataclass(frozen=True, slots=True)
class Join:
    """`JN sources`: what the layers named have handed on, `0+2` their sum, `0,2` their concatenation, `0` as it is.

    Layers are numbered from 1 as they stand in the genome, joins among them; 0 is the image. A layer without a join
    before it reads the layer before it. Maps of different shapes are brought to one, see `reconciliation`.
    """

    token: ClassVar[str] = "JN"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = ((SourcesText(),),)

    sources: Sources


@dataclass(frozen=True, slots=True)
class FinalLayers:
    """`FL [units] activation`: global average pooling, a dense layer, and the softmax classifier.

    Without `units` the dense layer is as wide as the channels that reach it.
    """

    token: ClassVar[str] = "FL"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = ((ACTIVATION,), (UNITS, ACTIVATION))

    activation: str
    units: int | None = None


@dataclass(frozen=True, slots=True)
class Stem:
    """`ST filters kernel`: convolution of stride 1 and padding same, without bias, and batch norm."""

    token: ClassVar[str] = "ST"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = ((FILTERS, KERNEL),)

    filters: int
    kernel: int


@dataclass(frozen=True, slots=True)
class CellStack:
    """`CE repeats cell`: the cell, so many times in a row. Shape and channels stay the same."""

    token: ClassVar[str] = "CE"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = ((REPEATS, CellText()),)

    repeats: int
    cell: Cell


@dataclass(frozen=True, slots=True)
class ResidualReduction:
    """`RB filters`: a basic residual block of stride 2 (He et al. 2016), as NAS-Bench-201 has it between stages.

    Twice ReLU, 3x3 convolution without bias, and batch norm, the first of stride 2; to which is added the input,
    averaged over 2x2 windows and brought to `filters` channels by a 1x1 convolution without bias.
    """

    token: ClassVar[str] = "RB"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = ((FILTERS,),)

    filters: int


@dataclass(frozen=True, slots=True)
class PooledClassifier:
    """`PC`: batch norm, ReLU, global average pooling, and the softmax classifier."""

    token: ClassVar[str] = "PC"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = ((),)


@dataclass(frozen=True, slots=True)
class ImageNetStem:
    """`SI channels`: three 3x3 convolutions of stride 2 with batch norm, ReLU between them, as DARTS has on ImageNet.

    The first has half the channels. It hands on two maps: what the second and what the third convolution gave.
    """

    token: ClassVar[str] = "SI"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = ((CHANNELS,),)

    channels: int


@dataclass(frozen=True, slots=True)
class CellPairStack:
    """`NR channels cells normal reduction`: so many cells in a row, each of which reads the two before it.

    Cells cells//3 and 2*cells//3, counted from 0, are reduction cells, which halve height and width and double the
    channels; all others are normal ones. Each brings its inputs to its channels first, by a 1x1 convolution or, where
    the map is twice as large as the other, by a factorized reduction. The last two cells' outputs are handed on.
    """

    token: ClassVar[str] = "NR"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = (
        (CHANNELS, CELLS, TwoInputCellText("normal"), TwoInputCellText("reduction")),
    )

    channels: int
    cells: int
    normal: TwoInputCell
    reduction: TwoInputCell

    @property
    def reductions(self) -> tuple[int, ...]:
        """Which cells, counted from 0, reduce."""
        return tuple(sorted({self.cells // 3, 2 * self.cells // 3}))


@dataclass(frozen=True, slots=True)
class GlobalClassifier:
    """`GC`: global average pooling and the softmax classifier."""

    token: ClassVar[str] = "GC"
    signatures: ClassVar[tuple[tuple[Argument, ...], ...]] = ((),)


Gene: TypeAlias = (
    Convolution
    | ReductionConvolution
    | FinalLayers
    | SeparableConvolution
    | ReductionSeparable
    | MaxPooling
    | AveragePooling
    | Dropout
    | Join
    | Stem
    | CellStack
    | ResidualReduction
    | PooledClassifier
    | ImageNetStem
    | CellPairStack
    | GlobalClassifier
)

GENE_TYPES: dict[str, type[Gene]] = {gene.token: gene for gene in get_args(Gene)}

ENDINGS = (FinalLayers, PooledClassifier, GlobalClassifier)
"""The genes that end a genome, one of which every genome has."""


@dataclass(frozen=True)
class Genome:
    """One architecture: its genes in the order of the data's way, the last of them the classifier.

    `str(genome)` is the canonical text; equal genomes have equal text.
    """

    genes: tuple[Gene, ...]

    @cached_property
    def _text(self) -> str:
        from kerasnas.genome.language import format_genome

        return format_genome(self)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"parse({self._text!r})"

    def __hash__(self) -> int:
        # A search looks genomes up by the thousand, and a text remembers its hash.
        return hash(self._text)
