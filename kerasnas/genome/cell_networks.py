"""What cells and stacks of them mean: the operations that they stand for."""

from __future__ import annotations

from kerasnas.genome.cells import Cell, Edge, TwoInputCell
from kerasnas.genome.genes import CellPairStack
from kerasnas.genome.graph import EARLIER_INPUT, INPUT, Fragment, MisfitError
from kerasnas.genome.operations import (
    Activate,
    Add,
    AveragePool,
    AveragePoolGlobally,
    Concatenate,
    Connect,
    Convolve,
)
from kerasnas.genome.primitives import (
    NORMALISE,
    RELU,
    add_primitive,
    factorized_reduction,
    relu_convolve_normalise,
)

_AUXILIARY_WINDOW = 5


def add_cell(cell: Cell, fragment: Fragment, source: int) -> int:
    """Append the operations of `cell` on the output of `source`; return the number of the cell's output."""
    states = [source]
    for node in _needed_edges(cell):
        states.append(_add_node(node, fragment, states, [1] * len(states)))
    return states[-1]


def add_cell_pair_stack(gene: CellPairStack, fragment: Fragment) -> int:
    """Append the cells of `gene`; return the number of the last one's output."""
    before, last, channels = EARLIER_INPUT, INPUT, gene.channels
    for number in range(gene.cells):
        reduces = number in gene.reductions
        if reduces:
            channels *= 2
            if min(fragment.shape(last)[:2]) < 2:
                height, width, _ = fragment.shape(last)
                raise MisfitError(
                    f"reduction cell {number + 1} cannot halve the {height}x{width} map that reaches it; use larger "
                    f"images or fewer reductions before it"
                )
        cell = gene.reduction if reduces else gene.normal
        before, last = last, _add_two_input_cell(cell, fragment, before, last, channels, 2 if reduces else 1)
        if reduces:
            fragment.auxiliary_source = last
    fragment.hands_on = before
    return last


def add_auxiliary_head(fragment: Fragment, classes: int, normalise_last: bool) -> int:
    """Append the classifier that DARTS hangs on the last reduction cell in training; return its output's number.

    ReLU; mean over 5x5 windows, as far apart as leaves 2x2 of them but at most 3; 1x1 convolution to 128 channels,
    batch norm, ReLU; 2x2 convolution to 768, batch norm, ReLU; global average pooling, which 8x8 and 7x7 maps need
    not; softmax classifier.

    Args:
        fragment: what reaches it is the output of the reduction cell.
        classes: the width of the softmax.
        normalise_last: whether batch norm follows the 2x2 convolution; in the paper's ImageNet network none does.

    Raises:
        MisfitError: the map is too small.
    """
    height, width, _ = fragment.shape(INPUT)
    stride = min(3, min(height, width) - _AUXILIARY_WINDOW)
    if stride < 1:
        raise MisfitError(
            f"the auxiliary head needs a map of at least 6x6 after the last reduction cell, found "
            f"{height}x{width}; use larger images, or train without it"
        )
    features = fragment.chain(
        INPUT,
        RELU,
        AveragePool(_AUXILIARY_WINDOW, stride, "valid"),
        Convolve(128, 1, 1, "same", bias=False),
        NORMALISE,
        RELU,
        Convolve(768, 2, 1, "valid", bias=False),
        *((NORMALISE,) if normalise_last else ()),
        RELU,
        AveragePoolGlobally(),
    )
    return fragment.chain(features, Connect(classes), Activate("softmax"))


def _add_two_input_cell(
    cell: TwoInputCell, fragment: Fragment, before: int, last: int, channels: int, stride: int
) -> int:
    if fragment.shape(before)[:2] == fragment.shape(last)[:2]:
        first = fragment.chain(before, *relu_convolve_normalise(channels, 1))
    else:
        first = factorized_reduction(fragment, before, channels)
    states = [first, fragment.chain(last, *relu_convolve_normalise(channels, 1))]
    strides = [stride, stride] + [1] * len(cell.nodes)
    for node in _needed_edges(cell):
        states.append(_add_node(node, fragment, states, strides))
    outputs = [states[number] for number in cell.concat]
    return outputs[0] if len(outputs) == 1 else fragment.add(Concatenate(), *outputs)


def _add_node(edges: tuple[Edge, ...], fragment: Fragment, states: list[int], strides: list[int]) -> int:
    """Append the edges of one node, and their sum; return its number."""
    ends = []
    for edge in edges:
        source = states[edge.source]
        end = add_primitive(edge.primitive, fragment, source, strides[edge.source])
        if end != source:
            fragment.edges.append(end)
        ends.append(end)
    return ends[0] if len(ends) == 1 else fragment.add(Add(), *ends)


def _needed_edges(cell: Cell | TwoInputCell) -> list[tuple[Edge, ...]]:
    """Return the edges of each node, less those of `none` that nothing would miss.

    An edge of `none` stays where its source has no other reader, so that the network keeps every convolution of
    the cell, as the reference and its parameter counts do; and where its node has no other edge.
    """
    read = {edge.source for edge in cell.edges if edge.primitive != "none"}
    if isinstance(cell, TwoInputCell):
        read |= set(cell.concat)
    return [
        tuple(edge for edge in node if edge.primitive != "none" or edge.source not in read) or node[:1]
        for node in cell.nodes
    ]
