"""Weight inheritance: a child starts with the weights of its parent, as far as they fit."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

import keras
import numpy as np

from kerasnas.errors import GenomeError
from kerasnas.estimation.alignment import align, gene_change, is_chain
from kerasnas.estimation.slices import centre
from kerasnas.genome import Genome
from kerasnas.genome.arguments import abbreviate
from kerasnas.genome.genes import Convolution, Dropout, Gene, SeparableConvolution
from kerasnas.model.cost import cost

Done = Literal["kept", "widened", "deepened", "cropped", "fresh"]

_NON_NEGATIVE = ("relu", "sigmoid")
"""Activations after which a ReLU changes nothing."""

_STRIDE_ONE = (Convolution, SeparableConvolution)


@dataclass(frozen=True)
class Inherited:
    """What a child took over from its parent.

    Attributes:
        layers: of each layer of the child that has weights, by its name, what was done: `kept`, the parent's weights as
            they are; `widened`, all of them, and more filters, inputs, or kernel around them; `cropped`, a part of
            them; `deepened`, a layer that the parent lacks, set to the identity; `fresh`, the weights that the child
            was built with.
        preserved: whether the child computes what its parent computes, in inference, within 1e-5. In training batch
            norm uses the statistics of the batch, so that a deepened child differs there.
    """

    layers: dict[str, Done]
    preserved: bool


def inherit(
    child: keras.Model, child_genome: Genome, parent: keras.Model, parent_genome: Genome, seed: int = 0
) -> Inherited:
    """Give `child` the weights of each layer that it shares with `parent`, and the overlap of those that it changed.

    Layers of chains are aligned (see `align` and `gene_change`). Then, layer by layer:

    - more filters: some of the parent's are repeated at random, and the next layer's weights for a repeated one are
      divided among the copies, in random shares that add up to one. Net2Net divides evenly and adds noise, since equal
      copies would learn the same for ever; random shares tell them apart, and the outputs stay.
    - a larger kernel: the parent's in its centre (see `centre`), zeros around it. Outputs stay where the stride is 1,
      and where the stride is 2, padding valid, if the kernel begins at 0 and the map stays as large.
    - fewer filters, a smaller kernel: the first filters, the centre of the kernel; outputs change.
    - a layer that the parent lacks: the identity, if it is an `NC` or `SC` with ReLU, wide enough, after a ReLU or
      sigmoid (and what pooling or dropout follows that); else fresh.
    - another activation or stride: weights are kept, outputs change. Dropout changes nothing in inference.

    In all other networks, layers with weights of the same type and shapes are kept as they come in the same order.

    Args:
        child: the model of `kerasnas.model.build.build`, with fresh weights, which are changed.
        child_genome: its genome.
        parent: such a model, trained; it is not changed.
        parent_genome: its genome.
        seed: decides which filters are repeated, and the shares.

    Raises:
        GenomeError: a model is not of its genome, or the two are for different images or classes.

    Source: Chen, Goodfellow and Shlens, "Net2Net", ICLR 2016, arXiv 1511.05641.
    """
    if (child.input_shape, child.outputs[0].shape) != (parent.input_shape, parent.outputs[0].shape):
        raise GenomeError(
            f"a child inherits from a parent for the same images and classes; the child takes {child.input_shape[1:]} "
            f"and gives {child.outputs[0].shape[-1]} classes, the parent {parent.input_shape[1:]} and "
            f"{parent.outputs[0].shape[-1]}"
        )
    _check(child, child_genome, "child")
    _check(parent, parent_genome, "parent")
    if is_chain(child_genome) and is_chain(parent_genome):
        chains = _Chains(child, child_genome, parent, parent_genome, np.random.default_rng(seed))
        return chains.inherited()
    return _inherit_by_shape(child, parent, child_genome == parent_genome)


def _weighted(model: keras.Model, prefix: str = r"(layer\d+|auxiliary)") -> list[keras.Layer]:
    """Return the layers with weights that operations of the genome stand for, in the genome's order."""
    found = [(re.match(rf"{prefix}_(\d+)_", layer.name), layer) for layer in model.layers if layer.weights]
    return [layer for _, layer in sorted((int(match[match.lastindex or 0]), layer) for match, layer in found if match)]


def _check(model: keras.Model, genome: Genome, which: str) -> None:
    shape, classes = model.input_shape[1:], model.outputs[0].shape[-1]
    expected = cost(genome, shape, classes, auxiliary=len(model.outputs) > 1).parameters
    found = sum(layer.count_params() for layer in _weighted(model))
    if found != expected:
        raise GenomeError(
            f"the {which} model is not the one that is built of {abbreviate(str(genome), 90)!r}: "
            f"it has {found:,} parameters, expected {expected:,}"
        )


@dataclass
class _Reached:
    """The map that reaches a layer of the child, beside the parent's.

    Attributes:
        channels: for each of the child's, which of the parent's it is; -1 for none.
        width: how many the parent has.
        non_negative: whether no value of it can be under 0.
        preserved: whether each channel equals the parent's.
    """

    channels: np.ndarray
    width: int
    non_negative: bool = False
    preserved: bool = True

    def broken(self, child_width: int, parent_width: int) -> None:
        """From here on nothing corresponds, but for the numbers of the channels."""
        numbers = np.arange(child_width)
        self.channels, self.width = np.where(numbers < parent_width, numbers, -1), parent_width
        self.preserved = False


@dataclass
class _Chains:
    """A child and its parent, both chains, gone through from the image on."""

    child: keras.Model
    child_genome: Genome
    parent: keras.Model
    parent_genome: Genome
    rng: np.random.Generator
    done: dict[str, Done] = field(default_factory=dict)
    reached: _Reached = field(init=False)

    def __post_init__(self) -> None:
        width = self.child.input_shape[-1]
        self.reached = _Reached(np.arange(width), width)

    def inherited(self) -> Inherited:
        for own, theirs in align(self.child_genome.genes, self.parent_genome.genes, gene_change):
            gene = None if own is None else self.child_genome.genes[own]
            parent_gene = None if theirs is None else self.parent_genome.genes[theirs]
            layers = [] if own is None else _weighted(self.child, f"layer{own + 1}")
            parent_layers = [] if theirs is None else _weighted(self.parent, f"layer{theirs + 1}")
            if gene is None:
                self._pass_over(parent_gene, parent_layers)
            elif parent_gene is None:
                self._insert(gene, layers)
            else:
                self._take_over(gene, layers, parent_gene, parent_layers)
            if layers:
                self.reached.non_negative = getattr(gene, "activation", "") in _NON_NEGATIVE
        return Inherited(self.done, self.reached.preserved)

    def _pass_over(self, gene: Gene | None, layers: list[keras.Layer]) -> None:
        """Go past a layer that only the parent has."""
        if layers:
            self.reached.broken(len(self.reached.channels), layers[-1].weights[0].shape[-1])
        elif not isinstance(gene, Dropout):
            self.reached.preserved = False

    def _insert(self, gene: Gene, layers: list[keras.Layer]) -> None:
        """Set a layer that only the child has to the identity, where it can be that."""
        if not layers:
            self.reached.preserved &= isinstance(gene, Dropout)
            return
        if (
            isinstance(gene, _STRIDE_ONE)
            and gene.activation == "relu"
            and self.reached.non_negative
            and gene.filters >= self.reached.width
        ):
            for layer in layers:
                self._transfer(layer, _identity(layer, self.reached.width))
                self.done[layer.name] = "deepened"
            return
        for layer in layers:
            self.done[layer.name] = "fresh"
        self.reached.broken(layers[-1].weights[0].shape[-1], self.reached.width)

    def _take_over(
        self, gene: Gene, layers: list[keras.Layer], parent_gene: Gene, parent_layers: list[keras.Layer]
    ) -> None:
        """Give a layer the weights of the parent's."""
        for layer, other in zip(layers, parent_layers, strict=True):
            self.done[layer.name] = self._transfer(layer, other.get_weights())
            self.reached.preserved &= self.done[layer.name] != "cropped" and _same_windows(layer, other)
        if isinstance(gene, Dropout):
            return
        activations = [getattr(each, "activation", None) for each in (gene, parent_gene)]
        self.reached.preserved &= type(gene) is type(parent_gene) and activations[0] == activations[1]
        self.reached.preserved &= bool(layers) or gene == parent_gene

    def _transfer(self, layer: keras.Layer, weights: list[np.ndarray]) -> Done:
        """Set the weights of `layer` from those of the parent, `weights`, and say what that came to."""
        fresh, reached = layer.get_weights(), self.reached
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([values[reached.channels] for values in weights])
        elif isinstance(layer, keras.layers.DepthwiseConv2D):
            kernel = _resized(weights[0], fresh[0].shape[0])[:, :, reached.channels]
            layer.set_weights([np.where(reached.channels[:, None] >= 0, kernel, fresh[0])])
        else:
            kernel = weights[0] if weights[0].ndim == 2 else _resized(weights[0], fresh[0].shape[0])
            outputs = self._repeated(kernel.shape[-1], fresh[0].shape[-1])
            kernel = self._divided(kernel[..., outputs], fresh[0])
            layer.set_weights([kernel, *(bias[outputs] for bias in weights[1:])])
            reached.channels, reached.width = outputs, weights[0].shape[-1]
        sizes = list(zip(fresh[0].shape, weights[0].shape, strict=True))
        if all(own == other for own, other in sizes):
            return "kept"
        return "cropped" if any(own < other for own, other in sizes) else "widened"

    def _repeated(self, width: int, wider: int) -> np.ndarray:
        """Return which of `width` outputs each of the child's is: the first ones, then some once more."""
        more = self.rng.integers(0, width, max(wider - width, 0))
        return np.concatenate([np.arange(min(width, wider)), more])

    def _divided(self, kernel: np.ndarray, fresh: np.ndarray) -> np.ndarray:
        """Return a kernel `(…, inputs, outputs)` for the child's inputs: copies of one share its weights."""
        channels = self.reached.channels
        copies = (channels[:, None] == channels).astype(float)
        shares = self.rng.uniform(0.5, 1.5, fresh.shape)
        taken = kernel[..., channels, :] * (shares / (copies @ shares))
        return np.where(channels[:, None] >= 0, taken, fresh)


def _resized(kernel: np.ndarray, size: int) -> np.ndarray:
    """Return a kernel `(k, k, …)` as one of `(size, size, …)`: centred in zeros, or its centre."""
    old = len(kernel)
    if size <= old:
        start = centre(old, size)
        return kernel[start : start + size, start : start + size]
    start = centre(size, old)
    margin = (start, size - old - start)
    return np.pad(kernel, (margin, margin, (0, 0), (0, 0)))


def _identity(layer: keras.Layer, width: int) -> list[np.ndarray]:
    """Return the weights of a layer like `layer` that hands on `width` channels as they are."""
    if isinstance(layer, keras.layers.BatchNormalization):
        ones, zeros = np.ones(width), np.zeros(width)
        return [ones, zeros, zeros, ones - layer.epsilon]
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return [np.ones((1, 1, width, 1))]
    return [np.eye(width)[None, None], np.zeros(width)]


def _same_windows(layer: keras.Layer, other: keras.Layer) -> bool:
    """Tell whether a kernel that is no smaller than the parent's, centred, reads what that one reads."""
    if not hasattr(layer, "kernel_size") or layer.kernel_size == other.kernel_size or layer.padding == "same":
        return True
    start = centre(layer.kernel_size[0], other.kernel_size[0])
    return start == 0 and layer.output.shape[1:3] == other.output.shape[1:3]


def _inherit_by_shape(child: keras.Model, parent: keras.Model, same: bool) -> Inherited:
    """Keep the weights of layers of the same type and shapes that come in the same order in both models."""
    own, theirs = _weighted(child), _weighted(parent)
    done: dict[str, Done] = {}
    alike, parents_alike = list(map(_likeness, own)), list(map(_likeness, theirs))
    for place, other in align(alike, parents_alike, lambda one, another: 0 if one == another else None):
        if place is not None:
            done[own[place].name] = "fresh" if other is None else "kept"
            if other is not None:
                own[place].set_weights(theirs[other].get_weights())
    return Inherited(done, same)


def _likeness(layer: keras.Layer) -> tuple[str, tuple[tuple[int, ...], ...]]:
    """Return the name without its numbers, and the shapes of the weights."""
    return re.sub(r"\d+", "", layer.name), tuple(weight.shape for weight in layer.weights)
