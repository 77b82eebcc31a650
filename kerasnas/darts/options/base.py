"""What an option of a search can change, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras

Tensor = Any
MakeEdges = Callable[..., keras.layers.Layer]
"""Builds the layer of all edges that leave one state; takes the arguments of `StateEdges`."""

MIDDLE = 0.5
"""The middle of the scale of the resource preference: what is reported while a search runs."""


class Moment(NamedTuple):
    """Where in a search a pass through the supernet happens.

    Attributes:
        progress: share of the epochs that are done, a scalar from 0 to 1.
        step: number of the search step, an integer scalar.
        searching: whether the pass is part of a search step, and no evaluation.
        validation: whether it is on the alphas' data.
        preference: place on the scale of the resource preference, a scalar from 0 to 1 (`Preferences`); without
            effect where the search has none.
    """

    progress: Tensor
    step: Tensor
    searching: bool = True
    validation: bool = False
    preference: Tensor = MIDDLE


@dataclass(frozen=True)
class CellShape:
    """What an option may know of a cell.

    Attributes:
        inputs: input states of the cell.
        nodes: nodes of the cell.
        primitives: names of the operations, in the order of the alphas' columns.
    """

    inputs: int
    nodes: int
    primitives: tuple[str, ...]

    @property
    def sources(self) -> tuple[int, ...]:
        """How many edges enter each node; the edges stand node by node."""
        return tuple(self.inputs + node for node in range(self.nodes))

    @property
    def edges(self) -> int:
        """How many edges the cell has."""
        return sum(self.sources)


class SearchOption:
    """One change to plain DARTS; a supernet takes any number of them.

    Every hook does nothing unless a subclass says otherwise. The hooks on tensors are pure functions of
    their arguments, written in `keras.ops`, and run inside the compiled step.

    Attributes:
        stage: options change a mixture in rising order of it, whatever order they are given in.
    """

    stage: int = 0

    def check(self, shape: CellShape) -> None:
        """Raise `SettingsError` where the option makes no sense in such a cell."""

    def make_edges(self, make: MakeEdges) -> MakeEdges:
        """Return what builds the edges, given what would build them without the option."""
        return make

    def parameters(self, shape: CellShape) -> tuple[int, ...] | None:
        """Return the shape of a further architecture parameter of each cell, or None for no such parameter."""
        return None

    def mix(self, mixture: Tensor, parameter: Tensor, shape: CellShape, moment: Moment) -> Tensor:
        """Return the weights of the operations in a pass, [edges, columns].

        Args:
            mixture: [edges, columns], as the options of lower stages left it; the first of them sees the
                softmax of alpha, [edges, operations].
            parameter: the value of this option's parameter of the cell, None where it has none.
            shape: of the cell.
            moment: when.
        """
        return mixture

    def strength(self, mixture: Tensor, parameter: Tensor, shape: CellShape) -> Tensor:
        """Return what deriving ranks by, [edges, operations], from the softmax of alpha in the same shape."""
        return mixture

    def penalty(self, alphas: Sequence[Tensor], moment: Moment) -> Tensor:
        """Return a scalar that is added to the loss on the alphas' data."""
        return 0.0

    def moves_alphas(self, moment: Moment) -> Tensor | None:
        """Return whether this step moves the alphas, a boolean scalar; None for always."""
        return None
