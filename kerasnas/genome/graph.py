"""Putting the operations of one gene together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kerasnas.genome.operations import Operation, Shape

INPUT = -1
"""The number of what reaches a gene, among the nodes of its fragment."""

EARLIER_INPUT = -2
"""The number of the map before that one, which a gene of two inputs reads besides; mostly the same map."""


class MisfitError(ValueError):
    """A gene cannot take the maps that reach it. The message says which sizes do not fit, and what would."""


class Step(NamedTuple):
    """One operation of a fragment; the fields are those of a network's node, which has the layer besides.

    `inputs` are numbers of earlier steps of the same fragment, or of its inputs, which are negative.
    """

    operation: Operation
    inputs: tuple[int, ...]
    shape: Shape
    trainable_parameters: int
    other_parameters: int
    macs: int


class Fragment:
    """The operations of one gene, in the order in which they are computed.

    Args:
        shape: the shape of what reaches the gene, without the batch.
        earlier: the shape of the map before that; the same unless given.
        joined: the shapes of the maps of earlier layers that a join reads.

    Attributes:
        joined: the numbers of the maps that a join reads.
        steps: the operations so far.
        hands_on: the number of the map that the gene hands on before its output; None where that is the output.
        edges: the numbers of the steps that end an edge of a cell, which drop-path may drop.
        auxiliary_source: the number of the step that an auxiliary head would read, or None.
    """

    def __init__(self, shape: Shape, earlier: Shape | None = None, joined: Sequence[Shape] = ()) -> None:
        self.steps: list[Step] = []
        self.hands_on: int | None = None
        self.edges: list[int] = []
        self.auxiliary_source: int | None = None
        self.joined = tuple(EARLIER_INPUT - place for place in range(1, len(joined) + 1))
        self._input_shapes = {
            INPUT: shape,
            EARLIER_INPUT: earlier or shape,
            **dict(zip(self.joined, joined, strict=True)),
        }

    def shape(self, source: int) -> Shape:
        """Return the shape of a step's output, or of an input."""
        return self.steps[source].shape if source >= 0 else self._input_shapes[source]

    def add(self, operation: Operation, *sources: int) -> int:
        """Append `operation` on the outputs of `sources`; return its number."""
        shapes = [self.shape(source) for source in sources]
        trainable, other = operation.parameters(*shapes)
        self.steps.append(
            Step(operation, sources, operation.output_shape(*shapes), trainable, other, operation.macs(*shapes))
        )
        return len(self.steps) - 1

    def chain(self, source: int, *operations: Operation) -> int:
        """Append `operations`, each on the output of the one before; return the last one's number."""
        for operation in operations:
            source = self.add(operation, source)
        return source
