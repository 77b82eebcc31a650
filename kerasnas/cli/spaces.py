"""Which search space the options ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from kerasnas.cli.options import number_range, whole_numbers
from kerasnas.errors import SettingsError
from kerasnas.genome import (
    BranchesSpace,
    CellsSpace,
    ChainSpace,
    HierarchicalSpace,
    NasBench201Space,
    SearchSpace,
    VariableChainSpace,
)
from kerasnas.genome.arguments import suggestion
from kerasnas.genome.chain import DEFAULT_SHAPE
from kerasnas.genome.layer_choices import DEFAULT_FILTERS

SPACES = ("chain", "branches", "cells", "nasbench201", "hierarchical")

_ONLY_OF = {
    "layers": ("chain", "branches"),
    "operations": ("chain", "branches", "hierarchical"),
    "stages": ("hierarchical",),
}
"""Options that make no sense for other spaces."""


@dataclass(frozen=True, slots=True)
class SpaceOptions:
    """A search space by name, with what the options say of it; None leaves a number as the space has it.

    Attributes:
        space: one of `SPACES`.
        shape: the layers of a chain that is fixed.
        filters: the numbers of filters that layers, or stages, choose from, joined by commas.
        channels: of the first cells.
        cells: how many; for nasbench201 in each of its three stages; for hierarchical in a stage at most.
        nodes: of a cell, for cells and hierarchical.
        imagenet: whether cells have the stem for large images.
        layers: how many layers a chain that varies or a network with branches has, such as 2-6.
        operations: what the layers, or a hierarchical network's edges, choose from, joined by commas.
        stages: how many stages a hierarchical network has, such as 1-4.
    """

    space: Annotated[
        str, typer.Option(help="The search space: chain, branches, cells, nasbench201 or hierarchical.")
    ] = "chain"
    shape: Annotated[str, typer.Option(help="The layers of a chain, where they are fixed.")] = DEFAULT_SHAPE
    filters: Annotated[str, typer.Option(help="What layers, or stages, choose from, joined by commas.")] = ",".join(
        map(str, DEFAULT_FILTERS)
    )
    channels: Annotated[
        int | None, typer.Option(help="Of the first cells; as the space has it.", show_default=False)
    ] = None
    cells: Annotated[
        int | None,
        typer.Option(
            help="How many cells; for nasbench201 in each stage, for hierarchical at most.", show_default=False
        ),
    ] = None
    nodes: Annotated[int | None, typer.Option(help="Nodes of a cell.", show_default=False)] = None
    imagenet: Annotated[bool, typer.Option("--imagenet", help="Give cells the stem for large images.")] = False
    layers: Annotated[
        str | None,
        typer.Option(help="Let a chain's number of layers vary, as 2-6 does; also for branches.", show_default=False),
    ] = None
    operations: Annotated[
        str | None,
        typer.Option(
            help="What those layers choose from, as NC,RC,MP does; for hierarchical, a cell's edges.",
            show_default=False,
        ),
    ] = None
    stages: Annotated[
        str | None, typer.Option(help="How many stages a hierarchical network has, as 1-4.", show_default=False)
    ] = None

    def made(self, input_shape: tuple[int, int, int], classes: int) -> SearchSpace[Any]:
        """Return the space for images of `input_shape` `(height, width, channels)` of so many classes.

        Raises:
            SettingsError: there is no such space, the filters are not numbers, or two options contradict each other.
            GenomeError: the space cannot be on such images.
        """
        self._check_options()
        if self.space == "chain" and not self.layers:
            return ChainSpace(input_shape, classes, shape=self.shape, filters=self._filters)
        if self.space in ("chain", "branches"):
            kind = VariableChainSpace if self.space == "chain" else BranchesSpace
            return kind(input_shape, classes, filters=self._filters, **self._layers)
        if self.space == "hierarchical":
            return HierarchicalSpace(input_shape, classes, widths=self._filters, **self._stages)
        if self.space == "cells":
            numbers = _given(channels=self.channels, cells=self.cells, nodes=self.nodes)
            return CellsSpace(input_shape, classes, imagenet=self.imagenet, **numbers)
        if self.space == "nasbench201":
            return NasBench201Space(**_given(width=self.channels, cells=self.cells))
        raise SettingsError(
            f"unknown search space {self.space!r}, expected one of {', '.join(SPACES)}" + suggestion(self.space, SPACES)
        )

    @property
    def _filters(self) -> tuple[int, ...]:
        return tuple(whole_numbers(self.filters, "--filters"))

    @property
    def _layers(self) -> dict[str, Any]:
        return _given(
            layers=number_range(self.layers, "--layers") if self.layers else None,
            operations=tuple(self.operations.upper().split(",")) if self.operations else None,
        )

    @property
    def _stages(self) -> dict[str, Any]:
        return _given(
            stages=number_range(self.stages, "--stages") if self.stages else None,
            cells=None if self.cells is None else (1, self.cells),
            nodes=self.nodes,
            operations=tuple(self.operations.lower().split(",")) if self.operations else None,
        )

    def _check_options(self) -> None:
        for option, spaces in _ONLY_OF.items():
            if getattr(self, option) is not None and self.space in SPACES and self.space not in spaces:
                raise SettingsError(
                    f"--{option} is for --space {' or '.join(spaces)}, not for {self.space}; leave it out"
                )
        if self.space == "chain" and self.layers and self.shape != DEFAULT_SHAPE:
            raise SettingsError("--shape fixes the layers of a chain and --layers lets them vary; give one of them")
        if self.space == "chain" and self.operations and not self.layers:
            raise SettingsError("--operations needs a chain that varies; give --layers too, such as --layers 2-6")


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
