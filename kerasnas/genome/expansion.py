"""From a genome to its network of operations, and whether that network can exist."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from kerasnas.errors import GenomeError
from kerasnas.genome.genes import Gene, Genome
from kerasnas.genome.graph import INPUT, Fragment
from kerasnas.genome.language import format_gene
from kerasnas.genome.layers import add_layer
from kerasnas.genome.network import Network, Node
from kerasnas.genome.operations import Shape

MAX_SIDE = 16_384
MAX_CLASSES = 100_000


def expand(genome: Genome, input_shape: Sequence[int], classes: int) -> Network:
    """Return the network that `genome` stands for.

    Args:
        genome: the architecture.
        input_shape: the shape of one image, `(height, width, channels)`.
        classes: the number of classes, the width of the softmax.

    Raises:
        GenomeError: a layer cannot take the map that reaches it; names the layer and both sizes.
    """
    shape = checked_input_shape(input_shape, classes)
    nodes: list[Node] = []
    reached = -1
    for layer, gene in enumerate(genome.genes):
        new_nodes, reached = _layer(gene, layer, len(nodes), reached, shape, classes)
        nodes += new_nodes
        shape = nodes[reached].shape if reached >= 0 else shape
    return Network(tuple(input_shape), tuple(nodes))


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


@lru_cache(maxsize=65536)
def _layer(
    gene: Gene, layer: int, start: int, reached: int, shape: Shape, classes: int
) -> tuple[tuple[Node, ...], int]:
    """Return the nodes of a gene, numbered from `start`, that read node `reached`, and the number of its output."""
    _check_fits(gene, layer, shape)
    fragment = Fragment(shape)
    output = add_layer(gene, fragment, classes)
    nodes = []
    for step in fragment.steps:
        inputs = tuple(reached if source == INPUT else start + source for source in step.inputs)
        nodes.append(Node(step.operation, inputs, step.shape, layer, *step[3:]))
    return tuple(nodes), reached if output == INPUT else start + output


def _check_fits(gene: Gene, layer: int, shape: Shape) -> None:
    kernel = getattr(gene, "kernel", 1)
    if kernel <= min(shape[:2]):
        return
    raise GenomeError(
        f"layer {layer + 1} ({format_gene(gene)!r}): the {kernel}x{kernel} kernel is larger than the "
        f"{shape[0]}x{shape[1]} map that reaches it; use a kernel of at most {min(shape[:2])}, fewer reductions "
        f"before it, or larger images"
    )
