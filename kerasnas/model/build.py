"""From a genome to a Keras model of stock layers."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from kerasnas.genome import Genome, expand
from kerasnas.genome.operations import Operation
from kerasnas.model.layers import LayerFactory, layer_arguments


def build(
    genome: Genome,
    input_shape: Sequence[int],
    classes: int,
    *,
    seed: int | None = None,
    batch_norm: LayerFactory = keras.layers.BatchNormalization,
) -> keras.Model:
    """Return a Keras model of `genome`, with fresh weights.

    The model maps images `(batch, height, width, channels)`, scaled to 0..1, to class probabilities
    `(batch, classes)`.

    Args:
        genome: the architecture.
        input_shape: the shape of one image, `(height, width, channels)`.
        classes: the number of classes.
        seed: makes the initial weights repeatable; each layer draws from a generator of its own.
        batch_norm: the layer that normalises; a replacement must compute the same function with the same
            weights.

    Raises:
        GenomeError: the network cannot exist on such images.
    """
    network = expand(genome, input_shape, classes)
    tensors = [keras.Input(network.input_shape, name="image")]
    for number, node in enumerate(network.nodes):
        layer = keras_layer(node.operation, f"layer{node.layer + 1}", number, seed, batch_norm)
        inputs = [tensors[i + 1] for i in node.inputs]
        tensors.append(layer(inputs[0] if len(inputs) == 1 else inputs))
    return keras.Model(tensors[0], tensors[-1], name="genome")


def keras_layer(
    operation: Operation, prefix: str, number: int, seed: int | None, batch_norm: LayerFactory
) -> keras.Layer:
    """Return the Keras layer that computes `operation`, named after its place in the genome."""
    kind, arguments = layer_arguments(operation)
    if kind is keras.layers.BatchNormalization:
        kind = batch_norm
    elif "units" in arguments or "filters" in arguments:
        layer_seed = None if seed is None else (seed * 1_000_003 + number) % 2**31
        arguments["kernel_initializer"] = keras.initializers.GlorotUniform(seed=layer_seed)
    suffix = arguments.get("activation", type(operation).__name__.lower())
    return kind(name=f"{prefix}_{number}_{suffix}", **arguments)
