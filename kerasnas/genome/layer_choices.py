"""What a layer may be: which operations there are to choose from, and which values for each argument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from math import prod

from kerasnas.errors import GenomeError
from kerasnas.genome.arguments import (
    ACTIVATION,
    ACTIVATIONS,
    FILTERS,
    KERNEL,
    MAX_KERNEL,
    PERCENT,
    WINDOW,
    Argument,
    ArgumentError,
    suggestion,
)
from kerasnas.genome.genes import (
    GENE_TYPES,
    AveragePooling,
    Convolution,
    Dropout,
    FinalLayers,
    Gene,
    MaxPooling,
    ReductionConvolution,
    ReductionSeparable,
    SeparableConvolution,
)
from kerasnas.genome.space import Combination, Positions, Value

OPERATIONS = tuple(
    kind.token
    for kind in (
        Convolution,
        ReductionConvolution,
        SeparableConvolution,
        ReductionSeparable,
        MaxPooling,
        AveragePooling,
        Dropout,
    )
)
"""The tokens of all layers that may stand in a chain before the last."""

DEFAULT_FILTERS = (4, 8, 16, 32, 64)
DEFAULT_KERNELS = tuple(range(1, MAX_KERNEL + 1))
DEFAULT_WINDOWS = (2, 3)
DEFAULT_PERCENTS = (10, 25, 50)


@dataclass(frozen=True)
class LayerChoices:
    """The values to choose from for the arguments of layers, and the operations.

    Attributes:
        operations: the layers' tokens to choose from.
        filters: the numbers of filters.
        kernels: the kernel sizes of convolutions.
        activations: the activations.
        windows: the window sizes of pooling layers.
        percents: how much dropout drops.

    Raises:
        GenomeError: a value is none of the language, or stands twice, or there is none to choose from.
    """

    operations: tuple[str, ...] = OPERATIONS
    filters: tuple[int, ...] = DEFAULT_FILTERS
    kernels: tuple[int, ...] = DEFAULT_KERNELS
    activations: tuple[str, ...] = ACTIVATIONS
    windows: tuple[int, ...] = DEFAULT_WINDOWS
    percents: tuple[int, ...] = DEFAULT_PERCENTS

    def __post_init__(self) -> None:
        _check_some("operations", self.operations)
        for token in self.operations:
            if token not in OPERATIONS:
                raise GenomeError(
                    f"operations: unknown layer type {token!r}, expected some of {', '.join(OPERATIONS)}"
                    + suggestion(str(token).upper(), OPERATIONS)
                )
        for argument, values in (
            (FILTERS, self.filters),
            (KERNEL, self.kernels),
            (ACTIVATION, self.activations),
            (WINDOW, self.windows),
            (PERCENT, self.percents),
        ):
            check_values(argument, values)

    @cached_property
    def values(self) -> Mapping[str, tuple[Value, ...]]:
        """The values of each argument, by its name."""
        return {
            "filters": self.filters,
            "kernel": self.kernels,
            "activation": self.activations,
            "window": self.windows,
            "percent": self.percents,
            "units": (None,),
        }

    def of(self, kind: type[Gene]) -> dict[str, tuple[Value, ...]]:
        """Return the values of each argument that layers of a kind have."""
        return self._of[kind]

    def smallest(self, kind: type[Gene]) -> Gene:
        """Return the layer of a kind that leaves the most of a map and costs the least."""
        chosen = {
            name: values[0] if isinstance(values[0], str | None) else min(values)  # type: ignore[type-var]
            for name, values in self.of(kind).items()
        }
        return kind(**chosen)  # type: ignore[arg-type]

    @cached_property
    def kinds(self) -> tuple[type[Gene], ...]:
        """The types of the operations."""
        return tuple(GENE_TYPES[token] for token in self.operations)

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """The arguments that one of the operations has, each once."""
        return tuple(dict.fromkeys(name for kind in self.kinds for name in self.of(kind)))

    @cached_property
    def positions(self) -> Positions:
        """The operations, and the values of each argument that one of them has."""
        return (self.operations, *(self.values[name] for name in self.arguments))

    @cached_property
    def size(self) -> int:
        """How many different layers there are."""
        return sum(prod(map(len, self.of(kind).values())) for kind in self.kinds)

    def counts(self, numbers: Combination) -> tuple[bool, ...]:
        """Return for each of the `positions` whether the operation chosen has that argument."""
        return self._having[numbers[0]]

    def gene(self, numbers: Combination) -> Gene:
        """Return the layer with those values; what does not count is ignored."""
        kind = self.kinds[numbers[0]]
        chosen = zip(self.arguments, numbers[1:], strict=True)
        own = {name: self.values[name][number] for name, number in chosen if name in self.of(kind)}
        return kind(**own)  # type: ignore[arg-type]

    def numbers(self, gene: Gene) -> Combination:
        """Return the numbers of the values of a layer, 0 for what it has not; raises `ValueError` for any other."""
        own = self.of(type(gene)) if type(gene) in self.kinds else {}
        return (
            self.kinds.index(type(gene)),
            *(own[name].index(getattr(gene, name)) if name in own else 0 for name in self.arguments),
        )

    @cached_property
    def _of(self) -> Mapping[type[Gene], dict[str, tuple[Value, ...]]]:
        kinds = (*(GENE_TYPES[token] for token in OPERATIONS), FinalLayers)
        return {kind: {field.name: self.values[field.name] for field in fields(kind)} for kind in kinds}

    @cached_property
    def _having(self) -> tuple[tuple[bool, ...], ...]:
        return tuple((True, *(name in self.of(kind) for name in self.arguments)) for kind in self.kinds)


def _check_some(name: str, values: Sequence[Value]) -> None:
    if not values or len(set(values)) != len(values):
        raise GenomeError(f"{name}: expected at least one value and none of them twice, found {list(values)}")


def check_values(argument: Argument, values: Sequence[Value]) -> None:
    """Raise `GenomeError` where the values to choose from for an argument are not some of the language, each once."""
    name = argument.name if argument.name == "filters" else f"{argument.name}s"
    _check_some(name, values)
    for value in values:
        try:
            same = argument.read(str(value)) == value
        except ArgumentError as error:
            raise GenomeError(f"{name}: {error}") from None
        if not same:
            raise GenomeError(f"{name}: {value!r} is not written as in a genome; use {argument.read(str(value))!r}")
