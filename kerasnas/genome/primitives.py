"""What a cell means: the operations of its edges and nodes, as NAS-Bench-201 defines them (arXiv 2001.00326)."""

from __future__ import annotations

from kerasnas.genome.cells import Cell, Edge
from kerasnas.genome.graph import Fragment
from kerasnas.genome.operations import Activate, Add, AveragePool, Convolve, Normalise, Operation, Zero


def relu_convolve_normalise(filters: int, kernel: int) -> tuple[Operation, ...]:
    """Return ReLU, a convolution of stride 1 without bias, and batch norm."""
    return Activate("relu"), Convolve(filters, kernel, 1, "same", bias=False), Normalise()


def primitive_operations(primitive: str, channels: int) -> tuple[Operation, ...]:
    """Return the operations, one after the other, of an edge; none of them for `skip_connect`.

    Args:
        primitive: one of `kerasnas.genome.cells.PRIMITIVES`.
        channels: of the edge's input and output.
    """
    if primitive == "none":
        return (Zero(),)
    if primitive == "skip_connect":
        return ()
    if primitive == "avg_pool_3x3":
        return (AveragePool(3, 1),)
    if primitive == "nor_conv_1x1":
        return relu_convolve_normalise(channels, 1)
    if primitive == "nor_conv_3x3":
        return relu_convolve_normalise(channels, 3)
    raise TypeError(f"no operations are known for {primitive!r}")


def add_cell(cell: Cell, fragment: Fragment, source: int) -> int:
    """Append the operations of `cell` on the output of `source`; return the number of the cell's output."""
    channels = fragment.shape(source)[-1]
    outputs = [source]
    for node in _needed_edges(cell):
        ends = [fragment.chain(outputs[edge.source], *primitive_operations(edge.primitive, channels)) for edge in node]
        outputs.append(ends[0] if len(ends) == 1 else fragment.add(Add(), *ends))
    return outputs[-1]


def _needed_edges(cell: Cell) -> list[tuple[Edge, ...]]:
    """Return the edges of each node, less those of `none` that nothing would miss.

    An edge of `none` stays where its source has no other reader, so that the network keeps every convolution of
    the cell, as the reference and its parameter counts do; and where its node has no other edge.
    """
    read = {edge.source for edge in cell.edges if edge.primitive != "none"}
    return [
        tuple(edge for edge in node if edge.primitive != "none" or edge.source not in read) or node[:1]
        for node in cell.nodes
    ]
