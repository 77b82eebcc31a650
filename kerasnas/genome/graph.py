"""Putting the operations of one gene together."""

from __future__ import annotations

from typing import NamedTuple

from kerasnas.genome.operations import Operation, Shape

INPUT = -1
"""The number of what reaches a gene, among the nodes of its fragment."""


class Step(NamedTuple):
    """One operation of a fragment; the fields are those of a network's node, which has the layer besides.

    `inputs` are numbers of earlier steps of the same fragment, or `INPUT`.
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
    """

    def __init__(self, shape: Shape) -> None:
        self.steps: list[Step] = []
        self._input_shape = shape

    def shape(self, source: int) -> Shape:
        """Return the shape of a step's output, or of the input."""
        return self._input_shape if source == INPUT else self.steps[source].shape

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
