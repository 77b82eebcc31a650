"""From a genome to a Keras model of stock layers."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from kerasnas.errors import GenomeError
from kerasnas.genome import Genome, expand
from kerasnas.genome.arguments import abbreviate
from kerasnas.genome.operations import Operation
from kerasnas.model.layers import STOCK, LayerFactory, Replacements, layer_arguments

_INITIALIZERS = {
    keras.layers.Conv2D: "kernel_initializer",
    keras.layers.DepthwiseConv2D: "depthwise_initializer",
    keras.layers.Dense: "kernel_initializer",
}


def build(
    genome: Genome,
    input_shape: Sequence[int],
    classes: int,
    *,
    seed: int | None = None,
    replacements: Replacements = STOCK,
    auxiliary: bool = False,
    drop_path: LayerFactory | None = None,
) -> keras.Model:
    """Return a Keras model of `genome`, with fresh weights.

    The model maps images `(batch, height, width, channels)`, scaled to 0..1, to class probabilities
    `(batch, classes)`; with the auxiliary head, to two of those. A layer of the genome has the same name and, of the
    same seed, the same weights whether or not the model has an auxiliary head or drop-path.

    Args:
        genome: the architecture.
        input_shape: the shape of one image, `(height, width, channels)`.
        classes: the number of classes.
        seed: makes the initial weights and dropout repeatable; each layer draws from a generator of its own.
        replacements: what stands for stock layers, by their class; each must compute the same function with the same
            weights.
        auxiliary: whether to add the auxiliary head, which stands in training only.
        drop_path: makes, of a name and a seed, the layer that follows each edge of a cell but the identity; none is
            added unless given.

    Raises:
        GenomeError: the network cannot exist on such images, or has nothing that an auxiliary head or drop-path needs.
    """
    network = expand(genome, input_shape, classes, auxiliary=auxiliary)
    if drop_path and not network.edges:
        raise GenomeError(
            f"{abbreviate(str(genome))!r} has no cell with an edge that drop-path could drop; leave it out"
        )
    head, edges = network.auxiliary, set(network.edges)
    body = iter(range(len(network.nodes)))
    tensors = [keras.Input(network.input_shape, name="image")]
    for place, node in enumerate(network.nodes):
        if place in head:
            number = len(network.nodes) - head.stop + place  # the head's numbers come after all others'
            layer = keras_layer(node.operation, "auxiliary", number, seed, replacements)
        else:
            number = next(body)
            layer = keras_layer(node.operation, f"layer{node.layer + 1}", number, seed, replacements)
        inputs = [tensors[i + 1] for i in node.inputs]
        output = layer(inputs[0] if len(inputs) == 1 else inputs)
        if drop_path and place in edges:
            output = drop_path(name=f"drop_path_{number}", seed=_layer_seed(seed, number))(output)
        tensors.append(output)
    outputs = [tensors[-1], tensors[head.stop]] if head else tensors[-1]
    return keras.Model(tensors[0], outputs, name="genome")


def keras_layer(
    operation: Operation, prefix: str, number: int, seed: int | None, replacements: Replacements = STOCK
) -> keras.Layer:
    """Return the Keras layer that computes `operation`, named after its place in the genome."""
    kind, arguments = layer_arguments(operation)
    if kind in _INITIALIZERS:
        arguments[_INITIALIZERS[kind]] = keras.initializers.GlorotUniform(seed=_layer_seed(seed, number))
    elif kind is keras.layers.Dropout:
        arguments["seed"] = _layer_seed(seed, number)
    suffix = arguments.get("activation", type(operation).__name__.lower())
    factory = replacements.get(kind, kind)
    return factory(name=f"{prefix}_{number}_{suffix}", **arguments)


def _layer_seed(seed: int | None, number: int) -> int | None:
    return None if seed is None else (seed * 1_000_003 + number) % 2**31
