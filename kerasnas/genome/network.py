"""The network that a genome stands for: a graph of primitive operations with known shapes.

Everything that needs to know what a genome means reads this graph: its cost, the Keras model, a drawing. So they
cannot disagree, and a new kind of genome has to be explained once only.
"""

from __future__ import annotations

from typing import NamedTuple

from kerasnas.genome.operations import Operation, Shape


class Node(NamedTuple):
    """One operation in its place.

    Attributes:
        operation: what is computed.
        inputs: the numbers of the nodes that it reads; -1 is the network's input.
        shape: the shape of its output, without the batch.
        layer: the place in the genome, from 0, of the gene that it belongs to.
        trainable_parameters: how many of its weights training changes.
        other_parameters: its other weights, such as batch norm's moving statistics.
        macs: its multiply-adds for one image.
    """

    operation: Operation
    inputs: tuple[int, ...]
    shape: Shape
    layer: int
    trainable_parameters: int
    other_parameters: int
    macs: int


class Network(NamedTuple):
    """The operations of a genome in the order in which they are computed; the last is the output.

    Attributes:
        input_shape: the shape of one image, `(height, width, channels)`.
        nodes: the operations; each reads earlier ones only.
        edges: the numbers of the nodes that end an edge of a cell other than the identity; drop-path drops there.
        auxiliary: the numbers of the nodes of the auxiliary head, the last of them its output; empty where
            there is none.
        outputs: for each gene, the number of the node whose output it hands on; -1 is the network's input.
    """

    input_shape: Shape
    nodes: tuple[Node, ...]
    edges: tuple[int, ...] = ()
    auxiliary: range = range(0)
    outputs: tuple[int, ...] = ()

    def shape(self, number: int) -> Shape:
        """Return the shape of the output of node `number`, of the network's input for -1."""
        return self.nodes[number].shape if number >= 0 else self.input_shape
