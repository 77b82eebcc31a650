"""The DARTS authors' names of the tensors of an evaluation network, and their layouts in PyTorch."""

from collections.abc import Callable, Iterator, Sequence

import keras
import numpy as np

from kerasnas.genome.genes import CellPairStack
from kerasnas.genome.genotype import Edges, Genotype

Rule = Callable[[str, Sequence[int]], np.ndarray]

PREPROCESSING = ("op.1", "op.2")
FACTORIZED_REDUCTION = ("conv_1", "conv_2", "bn")
LEAVES = {"sep_conv": ("op.1", "op.2", "op.3", "op.5", "op.6", "op.7"), "dil_conv": ("op.1", "op.2", "op.3")}


def set_reference_weights(
    model: keras.Model, genotype: Genotype, stack: CellPairStack, imagenet: bool, rule: Rule
) -> None:
    """Give every layer of `model` the values that `rule` has for the tensor of that name and shape."""
    layers = [layer for layer in model.layers if layer.weights]
    body = sorted((x for x in layers if x.name.startswith("layer")), key=_number)
    head = sorted((x for x in layers if x.name.startswith("auxiliary")), key=_number)
    for layer, name in zip(body, _names(genotype, stack, imagenet), strict=True):
        layer.set_weights(list(_values(layer, name, rule)))
    for layer, name in zip(head, _head_names(imagenet), strict=True):
        layer.set_weights(list(_values(layer, f"auxiliary_head.{name}", rule)))


def _number(layer: keras.Layer) -> int:
    return int(layer.name.split("_")[1])


def _names(genotype: Genotype, stack: CellPairStack, imagenet: bool) -> Iterator[str]:
    yield from ("stem0.0", "stem0.1", "stem0.3", "stem0.4", "stem1.1", "stem1.2") if imagenet else ("stem.0", "stem.1")
    halved = imagenet
    for number in range(stack.cells):
        reduces = number in stack.reductions
        for leaf in FACTORIZED_REDUCTION if halved else PREPROCESSING:
            yield f"cells.{number}.preprocess0.{leaf}"
        for leaf in PREPROCESSING:
            yield f"cells.{number}.preprocess1.{leaf}"
        for place, primitive, source in _in_genome_order(genotype.reduce if reduces else genotype.normal):
            for leaf in _leaves(primitive, reduces and source < 2):
                yield f"cells.{number}._ops.{place}.{leaf}"
        halved = reduces
    yield "classifier"


def _in_genome_order(edges: Edges) -> list[tuple[int, str, int]]:
    """Return place, operation and source of each edge: a genome sorts the edges of a node."""
    placed = [(place, primitive, source) for place, (primitive, source) in enumerate(edges)]
    return sorted(placed, key=lambda edge: (edge[0] // 2, edge[2], edge[1]))


def _leaves(primitive: str, halves: bool) -> Sequence[str]:
    if primitive == "conv_7x1_1x7":
        return ("1", "2", "3")
    if primitive == "skip_connect" and halves:
        return FACTORIZED_REDUCTION
    return LEAVES.get(primitive[:8], ())


def _head_names(imagenet: bool) -> tuple[str, ...]:
    last_norm = () if imagenet else ("features.6",)
    return ("features.2", "features.3", "features.5", *last_norm, "classifier")


def _values(layer: keras.Layer, name: str, rule: Rule) -> Iterator[np.ndarray]:
    """Return the layer's weights in Keras' order and layout."""
    shapes = [tuple(weight.shape) for weight in layer.weights]
    if isinstance(layer, keras.layers.BatchNormalization):
        for tensor, shape in zip(("weight", "bias", "running_mean", "running_var"), shapes, strict=True):
            yield rule(f"{name}.{tensor}", shape)
    elif isinstance(layer, keras.layers.Dense):
        yield rule(f"{name}.weight", shapes[0][::-1]).T
        yield rule(f"{name}.bias", shapes[1])
    else:
        height, width, *channels = shapes[0]
        depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        out_in = tuple(channels) if depthwise else tuple(channels[::-1])
        values = rule(f"{name}.weight", (*out_in, height, width))
        yield values.transpose(2, 3, 0, 1) if depthwise else values.transpose(2, 3, 1, 0)
