"""Which search space the options ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from kerasnas.cli.options import whole_numbers
from kerasnas.errors import SettingsError
from kerasnas.genome import CellsSpace, ChainSpace, NasBench201Space, SearchSpace
from kerasnas.genome.arguments import suggestion
from kerasnas.genome.chain import DEFAULT_FILTERS, DEFAULT_SHAPE

SPACES = ("chain", "cells", "nasbench201")


@dataclass(frozen=True, slots=True)
class SpaceOptions:
    """A search space by name, with what the options say of it; None leaves a number as the space has it.

    Attributes:
        space: one of `SPACES`.
        shape: the layers of a chain.
        filters: the numbers of filters that a chain's layers choose from, joined by commas.
        channels: of the first cells.
        cells: how many; for nasbench201 in each of its three stages.
        nodes: of a cell, for cells.
        imagenet: whether cells have the stem for large images.
    """

    space: Annotated[str, typer.Option(help="The search space: chain, cells or nasbench201.")] = "chain"
    shape: Annotated[str, typer.Option(help="The layers of a chain.")] = DEFAULT_SHAPE
    filters: Annotated[str, typer.Option(help="What a chain's layers choose from, joined by commas.")] = ",".join(
        map(str, DEFAULT_FILTERS)
    )
    channels: Annotated[
        int | None, typer.Option(help="Of the first cells; as the space has it.", show_default=False)
    ] = None
    cells: Annotated[
        int | None, typer.Option(help="How many cells; for nasbench201 in each stage.", show_default=False)
    ] = None
    nodes: Annotated[int | None, typer.Option(help="Nodes of a cell.", show_default=False)] = None
    imagenet: Annotated[bool, typer.Option("--imagenet", help="Give cells the stem for large images.")] = False

    def made(self, input_shape: tuple[int, int, int], classes: int) -> SearchSpace[Any]:
        """Return the space for images of `input_shape` `(height, width, channels)` of so many classes.

        Raises:
            SettingsError: there is no such space, or the filters are not numbers.
            GenomeError: the space cannot be on such images.
        """
        if self.space == "chain":
            filters = tuple(whole_numbers(self.filters, "--filters"))
            return ChainSpace(input_shape, classes, shape=self.shape, filters=filters)
        if self.space == "cells":
            numbers = _given(channels=self.channels, cells=self.cells, nodes=self.nodes)
            return CellsSpace(input_shape, classes, imagenet=self.imagenet, **numbers)
        if self.space == "nasbench201":
            return NasBench201Space(**_given(width=self.channels, cells=self.cells))
        raise SettingsError(
            f"unknown search space {self.space!r}, expected one of {', '.join(SPACES)}" + suggestion(self.space, SPACES)
        )


def _given(**numbers: int | None) -> dict[str, Any]:
    return {name: number for name, number in numbers.items() if number is not None}
