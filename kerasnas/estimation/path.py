"""One path through a one-shot chain: which slices of the shared weights it has, and what it computes with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import singledispatch
from itertools import groupby
from math import prod
from typing import Any, Literal, NamedTuple

import keras
import numpy as np
from keras import ops

from kerasnas.darts.backend import load
from kerasnas.estimation.slices import centre
from kerasnas.genome import Genome, Network
from kerasnas.genome.genes import Gene
from kerasnas.genome.operations import (
    Activate,
    AveragePool,
    AveragePoolGlobally,
    Connect,
    Convolve,
    ConvolveDepthwise,
    Drop,
    MaxPool,
    Normalise,
    Operation,
    Shape,
)

Tensor = Any


class Slice(NamedTuple):
    """A part of one of the shared weights: its name, and what is taken along each axis."""

    name: str
    taken: tuple[slice, ...]


class Statistics(NamedTuple):
    """The mean and the variance of each channel that a batch norm subtracts and divides by, `(channels,)` both."""

    mean: Tensor
    variance: Tensor


def weight_name(place: int | Literal["last"], gene: Gene, step: int, what: str) -> str:
    """Return the name of a shared weight.

    Args:
        place: the layer's number in the chain, from 0, but for the last layer, whose weights chains of all lengths
            share.
        gene: the layer.
        step: the number of the operation in the layer, from 0.
        what: what the operation calls it, see `weight_shapes`.
    """
    return f"{place} {gene.token} {step} {what}"


def slices(genome: Genome, network: Network, shared: dict[str, np.ndarray]) -> list[Slice]:
    """Return the slices that make up the trainable weights of a path, in the order of the Keras model's.

    Of filters, units and channels they are the first ones; of kernels the centre, see `centre`.

    Args:
        genome: a chain.
        network: what it expands to.
        shared: the weights of all paths, by their names.
    """
    found = []
    last = len(genome.genes) - 1
    for place, nodes in groupby(network.nodes, lambda node: node.layer):
        for step, node in enumerate(nodes):
            for what, shape in weight_shapes(node.operation, network.shape(node.inputs[0])).items():
                name = weight_name("last" if place == last else place, genome.genes[place], step, what)
                found.append(Slice(name, _index(shared[name].shape, shape)))
    return found


def _index(whole: Shape, part: Shape) -> tuple[slice, ...]:
    spatial = 2 if len(whole) == 4 else 0
    starts = [centre(large, small) for large, small in zip(whole[:spatial], part, strict=False)]
    starts += [0] * (len(whole) - spatial)
    return tuple(slice(start, start + size) for start, size in zip(starts, part, strict=True))


@singledispatch
def weight_shapes(operation: Operation, shape: Shape) -> dict[str, Shape]:
    """Return the shapes of the trainable weights of `operation` on a map of `shape`, by what they are."""
    return {}


@weight_shapes.register
def _(operation: Convolve, shape: Shape) -> dict[str, Shape]:
    size = operation.kernel
    return {"kernel": (size, size, shape[2], operation.filters), "bias": (operation.filters,)}


@weight_shapes.register
def _(operation: ConvolveDepthwise, shape: Shape) -> dict[str, Shape]:
    return {"depthwise": (operation.kernel, operation.kernel, shape[2], 1)}


@weight_shapes.register
def _(operation: Normalise, shape: Shape) -> dict[str, Shape]:
    return {"scale": shape[-1:], "shift": shape[-1:]}


@weight_shapes.register
def _(operation: Connect, shape: Shape) -> dict[str, Shape]:
    return {"kernel": (shape[0], operation.units), "bias": (operation.units,)}


def logits(
    network: Network,
    weights: Sequence[Tensor],
    images: Tensor,
    statistics: Sequence[Statistics] | None = None,
    dropout: keras.random.SeedGenerator | None = None,
) -> tuple[Tensor, list[Statistics]]:
    """Return what goes into the softmax, `(batch, classes)`, and the statistics of this batch, layer by layer.

    Args:
        network: a chain.
        weights: the slices of `slices`.
        images: `(batch, height, width, channels)`, float32, a tensor or an array.
        statistics: for each batch norm; None for those of this batch.
        dropout: the generator for dropout; None for none.
    """
    pending, given = iter(weights), iter(statistics or ())
    seen: list[Statistics] = []
    x = ops.convert_to_tensor(images)
    for node in network.nodes[:-1]:  # but for the softmax
        operation = node.operation
        if isinstance(operation, Normalise):
            scale, shift = next(pending), next(pending)
            if statistics is None:
                values = prod(x.shape[:-1])
                x, mean, unbiased = load("kernels").batch_norm(x, scale, shift, operation.epsilon)
                seen.append(Statistics(mean, unbiased * ((values - 1) / values)))
            else:
                mean, variance = next(given)
                factor = scale / ops.sqrt(variance + operation.epsilon)
                x = x * factor + (shift - mean * factor)
        elif isinstance(operation, Drop):
            x = x if dropout is None else keras.random.dropout(x, operation.percent / 100, seed=dropout)
        else:
            x = _compute(operation, x, pending)
    return x, seen


@singledispatch
def _compute(operation: Operation, x: Tensor, weights: Iterator[Tensor]) -> Tensor:
    raise TypeError(f"{operation!r} is not part of a chain")


@_compute.register
def _(operation: Convolve, x: Tensor, weights: Iterator[Tensor]) -> Tensor:
    stride = operation.stride
    if operation.kernel == 1:
        x, stride = x[:, ::stride, ::stride], 1  # see SubsamplingConv2D in kerasnas.training.backend.tensorflow
    return ops.conv(x, next(weights), stride, operation.padding) + next(weights)


@_compute.register
def _(operation: ConvolveDepthwise, x: Tensor, weights: Iterator[Tensor]) -> Tensor:
    return ops.depthwise_conv(x, next(weights), operation.stride, operation.padding)


@_compute.register
def _(operation: Activate, x: Tensor, weights: Iterator[Tensor]) -> Tensor:
    return keras.activations.get(operation.function)(x)


@_compute.register
def _(operation: MaxPool, x: Tensor, weights: Iterator[Tensor]) -> Tensor:
    return ops.max_pool(x, operation.size, operation.stride, operation.padding)


@_compute.register
def _(operation: AveragePool, x: Tensor, weights: Iterator[Tensor]) -> Tensor:
    return ops.average_pool(x, operation.size, operation.stride, operation.padding)


@_compute.register
def _(operation: AveragePoolGlobally, x: Tensor, weights: Iterator[Tensor]) -> Tensor:
    return ops.mean(x, (1, 2))


@_compute.register
def _(operation: Connect, x: Tensor, weights: Iterator[Tensor]) -> Tensor:
    return ops.matmul(x, next(weights)) + next(weights)
