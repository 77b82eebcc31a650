"""From a genome to its network of operations, and whether that network can exist."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from kerasnas.errors import GenomeError
from kerasnas.genome.arguments import abbreviate
from kerasnas.genome.cell_networks import add_auxiliary_head
from kerasnas.genome.genes import Gene, Genome, ImageNetStem, Join
from kerasnas.genome.graph import EARLIER_INPUT, INPUT, Fragment, MisfitError
from kerasnas.genome.language import format_gene
from kerasnas.genome.layers import add_layer
from kerasnas.genome.network import Network, Node
from kerasnas.genome.operations import Shape

MAX_SIDE = 16_384
MAX_CLASSES = 100_000


class OversizedError(GenomeError):
    """A kernel or a window is larger than the map that reaches it.

    Attributes:
        layer: number of the gene, from 0.
        what: the field of the gene, `kernel` or `window`.
        most: the largest that fits.
    """

    def __init__(self, message: str, layer: int = 0, what: str = "kernel", most: int = 1) -> None:
        super().__init__(message)
        self.layer, self.what, self.most = layer, what, most


def expand(genome: Genome, input_shape: Sequence[int], classes: int, *, auxiliary: bool = False) -> Network:
    """Return the network that `genome` stands for.

    Args:
        genome: the architecture.
        input_shape: the shape of one image, `(height, width, channels)`.
        classes: the number of classes, the width of the softmax.
        auxiliary: whether to add the auxiliary head, which stands in training only.

    Raises:
        GenomeError: a layer cannot take the map that reaches it; names the layer and both sizes. Or there is nothing
            that an auxiliary head could read.
    """
    shape = checked_input_shape(input_shape, classes)
    nodes: list[Node] = []
    edges: list[int] = []
    reached = _Reached(-1, -1, shape, shape)
    handed_on: list[tuple[int, Shape]] = [(-1, shape)]
    auxiliary_source = None
    head = range(0)
    for layer, gene in enumerate(genome.genes):
        if auxiliary and layer == len(genome.genes) - 1:
            head = _add_auxiliary(genome, nodes, auxiliary_source, classes)
        joined = tuple(handed_on[number] for number in gene.sources.numbers) if isinstance(gene, Join) else ()
        expanded = _layer(gene, layer, len(nodes), reached, joined, classes)
        nodes += expanded.nodes
        edges += expanded.edges
        reached = expanded.reached
        handed_on.append((reached.last, reached.last_shape))
        auxiliary_source = expanded.auxiliary_source or auxiliary_source
    outputs = tuple(number for number, _ in handed_on[1:])
    return Network(tuple(input_shape), tuple(nodes), tuple(edges), head, outputs)


def validate(genome: Genome, input_shape: Sequence[int], classes: int) -> None:
    """Raise `GenomeError` where the network that `genome` stands for cannot be built on these images."""
    expand(genome, input_shape, classes)


def checked_input_shape(input_shape: Sequence[int], classes: int) -> Shape:
    """Return `input_shape` as a tuple; raises `GenomeError` where it or `classes` makes no sense."""
    shape = tuple(input_shape)
    if len(shape) != 3 or not all(isinstance(side, int) and 1 <= side <= MAX_SIDE for side in shape):
        raise GenomeError(
            f"an input shape is height,width,channels, each from 1 to {MAX_SIDE}, for example 28,28,1; "
            f"found {','.join(map(str, shape))}"
        )
    if not 2 <= classes <= MAX_CLASSES:
        raise GenomeError(f"the number of classes must be from 2 to {MAX_CLASSES}, found {classes}")
    return shape


class _Reached(NamedTuple):
    """What the next gene can read: the number of the last map and of the one before it, and their shapes."""

    earlier: int
    last: int
    earlier_shape: Shape
    last_shape: Shape


class _Layer(NamedTuple):
    """A gene in its place: its nodes, with the numbers that they have in the network."""

    nodes: tuple[Node, ...]
    edges: tuple[int, ...]
    reached: _Reached
    auxiliary_source: int | None


@lru_cache(maxsize=65536)
def _layer(
    gene: Gene, layer: int, start: int, reached: _Reached, joined: tuple[tuple[int, Shape], ...], classes: int
) -> _Layer:
    """Return the nodes of a gene, numbered from `start`, and what it hands on.

    `joined` are the nodes that a join reads, with the shapes of their outputs.
    """
    _check_fits(gene, layer, reached.last_shape)
    fragment = Fragment(reached.last_shape, reached.earlier_shape, [shape for _, shape in joined])
    try:
        output = add_layer(gene, fragment, classes)
    except MisfitError as error:
        raise GenomeError(f"layer {layer + 1} ({abbreviate(format_gene(gene))!r}): {error}") from None
    earlier = output if fragment.hands_on is None else fragment.hands_on
    numbers = {INPUT: reached.last, EARLIER_INPUT: reached.earlier}
    numbers |= {place: number for place, (number, _) in zip(fragment.joined, joined, strict=True)}
    source = fragment.auxiliary_source
    return _Layer(
        _numbered(fragment, layer, start, numbers),
        tuple(start + step for step in fragment.edges),
        _Reached(
            numbers.get(earlier, start + earlier),
            numbers.get(output, start + output),
            fragment.shape(earlier),
            fragment.shape(output),
        ),
        None if source is None else start + source,
    )


def _numbered(fragment: Fragment, layer: int, start: int, numbers: dict[int, int]) -> tuple[Node, ...]:
    """Return the fragment's steps as nodes numbered from `start`; `numbers` are those of its inputs."""
    return tuple(
        Node(
            step.operation,
            tuple(numbers[source] if source < 0 else start + source for source in step.inputs),
            step.shape,
            layer,
            *step[3:],
        )
        for step in fragment.steps
    )


def _add_auxiliary(genome: Genome, nodes: list[Node], source: int | None, classes: int) -> range:
    """Append the auxiliary head, which reads node `source`, and return the numbers of its nodes."""
    if source is None:
        raise GenomeError(
            f"{abbreviate(str(genome))!r} has no stack of normal and reduction cells (NR), which the auxiliary "
            f"classifier needs; leave it out"
        )
    layer = nodes[source].layer
    fragment = Fragment(nodes[source].shape)
    imagenet = any(isinstance(gene, ImageNetStem) for gene in genome.genes)
    try:
        add_auxiliary_head(fragment, classes, normalise_last=not imagenet)
    except MisfitError as error:
        raise GenomeError(f"layer {layer + 1} ({abbreviate(format_gene(genome.genes[layer]))!r}): {error}") from None
    start = len(nodes)
    nodes += _numbered(fragment, layer, start, {INPUT: source})
    return range(start, len(nodes))


def _check_fits(gene: Gene, layer: int, shape: Shape) -> None:
    for what in ("kernel", "window"):
        size = getattr(gene, what, 1)
        if size > min(shape[:2]):
            raise OversizedError(
                f"layer {layer + 1} ({format_gene(gene)!r}): the {size}x{size} {what} is larger than the "
                f"{shape[0]}x{shape[1]} map that reaches it; use a {what} of at most {min(shape[:2])}, fewer "
                f"reductions before it, or larger images",
                layer,
                what,
                min(shape[:2]),
            )
