"""A network gene by gene: what each hands on, what it costs, and which others it reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kerasnas.genome import Genome, Network
from kerasnas.genome.language import format_gene
from kerasnas.genome.operations import Shape

IMAGE = -1
"""The number of the network's input, among layers."""


class LayerRow(NamedTuple):
    """One gene of a network.

    Attributes:
        layer: the gene's text.
        output_shape: of the map that it hands on, without the batch.
        parameters: as Keras counts them.
        macs: multiply-adds for one image.
        reads: the numbers of the genes whose maps it reads, `IMAGE` for the image.
    """

    layer: str
    output_shape: Shape
    parameters: int
    macs: int
    reads: tuple[int, ...]


def layer_table(genome: Genome, network: Network) -> list[LayerRow]:
    """Return a row for each gene of `genome`, and one for the auxiliary head where `network` has one."""
    head = set(network.auxiliary)
    members: list[list[int]] = [[] for _ in genome.genes]
    for number, node in enumerate(network.nodes):
        if number not in head:
            members[node.layer].append(number)
    rows = [
        _row(format_gene(gene), network, numbers, output)
        for gene, numbers, output in zip(genome.genes, members, network.outputs, strict=True)
    ]
    if head:
        rows.append(_row("auxiliary head", network, sorted(head), max(head)))
    return rows


def _row(title: str, network: Network, numbers: list[int], output: int) -> LayerRow:
    nodes = [network.nodes[number] for number in numbers]
    # A gene without operations hands on what another one computed.
    sources = {source for node in nodes for source in node.inputs} or {output}
    outside = sources - set(numbers)
    return LayerRow(
        title,
        network.shape(output),
        sum(node.trainable_parameters + node.other_parameters for node in nodes),
        sum(node.macs for node in nodes),
        _layers(network, outside),
    )


def _layers(network: Network, sources: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({IMAGE if source < 0 else network.nodes[source].layer for source in sources}))
