"""The architecture parameters of a supernet and what the search's options make of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from keras import ops

from kerasnas.darts.options import CellShape, Moment, SearchOption
from kerasnas.darts.preferences import Preferences

Tensor = Any
Tensors = list[Any]


class Architecture:
    """Pure functions of the architecture parameters: alphas first, then what options add, option by option.

    With preferences each parameter is a row of knots, and a resource preference picks its value between them
    (`Preferences`); what is called values here is what it picks, in the shapes without knots.

    Args:
        cells: the cells by name; each has one alpha, [edges, operations].
        options: what changes plain DARTS.
        preferences: None for one architecture; otherwise there is one for each resource preference.

    Raises:
        SettingsError: an option makes no sense in one of the cells.
    """

    def __init__(
        self,
        cells: dict[str, CellShape],
        options: Sequence[SearchOption] = (),
        preferences: Preferences | None = None,
    ) -> None:
        self.cells = dict(cells)
        self.preferences = preferences
        self.options = tuple(sorted(options, key=lambda option: option.stage))
        for option in self.options:
            for shape in self.cells.values():
                option.check(shape)
        self.alphas_shapes = {name: (shape.edges, len(shape.primitives)) for name, shape in self.cells.items()}
        self.further_shapes: dict[str, tuple[int, ...]] = {}
        self._places: dict[tuple[int, int], int] = {}
        for i, option in enumerate(self.options):
            for j, (name, shape) in enumerate(self.cells.items()):
                parameter = option.parameters(shape)
                if parameter is not None:
                    self._places[i, j] = len(self.cells) + len(self.further_shapes)
                    self.further_shapes[f"{type(option).__name__}_{name}"] = parameter

    @property
    def count(self) -> int:
        """How many architecture parameters there are, each a tensor."""
        return len(self.alphas_shapes) + len(self.further_shapes)

    @property
    def size(self) -> int:
        """How many numbers the values of the architecture parameters are."""
        return sum(map(math.prod, (*self.alphas_shapes.values(), *self.further_shapes.values())))

    def parameter_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the parameter whose values have this shape."""
        return shape if self.preferences is None else (self.preferences.knots, *shape)

    def values(self, parameters: Tensors, preference: Tensor) -> Tensors:
        """Return the values that the parameters have at a preference from 0 to 1."""
        if self.preferences is None:
            return list(parameters)
        return [self.preferences.between(parameter, preference) for parameter in parameters]

    def mixtures(self, values: Tensors, moment: Moment) -> Tensors:
        """Return the weights of the operations in a pass, a tensor [edges, columns] for each cell.

        Args:
            values: of the architecture parameters, see `values`.
            moment: when.
        """
        mixtures = self._softmax(values)
        for i, option in enumerate(self.options):
            for j, shape in enumerate(self.cells.values()):
                mixtures[j] = option.mix(mixtures[j], self._parameter(values, i, j), shape, moment)
        return mixtures

    def strengths(self, values: Tensors) -> Tensors:
        """Return what deriving ranks by, a tensor [edges, operations] for each cell."""
        strengths = self._softmax(values)
        for i, option in enumerate(self.options):
            for j, shape in enumerate(self.cells.values()):
                strengths[j] = option.strength(strengths[j], self._parameter(values, i, j), shape)
        return strengths

    def penalty(self, values: Tensors, moment: Moment) -> Tensor:
        """Return what the options add to the loss on the alphas' data, a scalar."""
        return sum((option.penalty(values[: len(self.cells)], moment) for option in self.options), start=0.0)

    def moves_alphas(self, moment: Moment) -> Tensor | None:
        """Return whether this step moves the alphas; None for always."""
        found = [moves for option in self.options if (moves := option.moves_alphas(moment)) is not None]
        return ops.all(ops.stack(found)) if found else None

    def _softmax(self, values: Tensors) -> Tensors:
        return [ops.softmax(alpha, axis=-1) for alpha in values[: len(self.cells)]]

    def _parameter(self, values: Tensors, option: int, cell: int) -> Tensor:
        place = self._places.get((option, cell))
        return None if place is None else values[place]
