"""The weights that all paths of a one-shot chain share, and how a step changes the slices of one path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from kerasnas.estimation.path import Slice, weight_name, weight_shapes
from kerasnas.genome import ChainSpace, VariableChainSpace
from kerasnas.genome.genes import GENE_TYPES, FinalLayers, Gene
from kerasnas.genome.graph import Fragment
from kerasnas.genome.layers import add_layer
from kerasnas.genome.operations import Shape
from kerasnas.training.adam import BETA_1, BETA_2, EPSILON

Space = ChainSpace | VariableChainSpace

_ROOM = 1000
"""The side of a map on which every layer fits."""


def initial_weights(space: Space, seed: int) -> dict[str, np.ndarray]:
    """Return fresh weights, float32, large enough for every genome of `space`, by their names.

    Each operation that a place may have has weights of its own there, of the largest kernel and number of filters.
    Kernels as Glorot and Bengio (AISTATS 2010) draw them, scales one, all else zero.
    """
    rng = np.random.default_rng(seed)
    weights = {}
    for name, shape in _shapes(space).items():
        what = name.split()[-1]
        if len(shape) == 1:
            values = np.ones(shape) if what == "scale" else np.zeros(shape)
        else:
            taps = np.prod(shape[:-2])
            inputs, outputs = (1, 1) if what == "depthwise" else shape[-2:]
            limit = np.sqrt(6 / (taps * (inputs + outputs)))
            values = rng.uniform(-limit, limit, shape)
        weights[name] = values.astype(np.float32)
    return weights


def _shapes(space: Space) -> dict[str, Shape]:
    shapes: dict[str, Shape] = {}
    channels = space.input_shape[-1]
    for place, kinds in enumerate(_places(space)):
        for kind in kinds:
            gene = _largest(kind, space)
            fragment = Fragment((_ROOM, _ROOM, channels))
            add_layer(gene, fragment, space.classes)
            for number, step in enumerate(fragment.steps):
                for what, shape in weight_shapes(step.operation, fragment.shape(step.inputs[0])).items():
                    shapes[weight_name("last" if kind is FinalLayers else place, gene, number, what)] = shape
        # A pooling layer hands on the image's channels, which may be more than there are filters.
        channels = max(channels, *space.filters)
    return shapes


def _places(space: Space) -> list[tuple[type[Gene], ...]]:
    """Return the types that the layer at each place may have."""
    if isinstance(space, ChainSpace):
        return [(kind,) for kind in space.gene_types]
    kinds = tuple(GENE_TYPES[token] for token in space.operations)
    return [kinds] * space.lengths[1] + [(FinalLayers,)]


def _largest(kind: type[Gene], space: Space) -> Gene:
    values = {
        "filters": max(space.filters),
        "kernel": max(space.kernels),
        "activation": space.activations[0],
        "window": space.windows[0],
        "percent": space.percents[0],
        "units": None,
    }
    return kind(**{field.name: values[field.name] for field in fields(kind)})  # type: ignore[arg-type]


class SliceAdam:
    """Adam (Kingma and Ba, ICLR 2015) for weights of which each step changes some slices.

    Moments and the number of steps are each element's own: what is not part of a step's path neither moves by its
    old moments nor forgets them, and the first step that it is part of is as large as any.

    Args:
        weights: what is trained, in place.
    """

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        self._weights = weights
        self._state = {name: [np.zeros_like(values) for _ in range(3)] for name, values in weights.items()}

    def step(self, path: Sequence[Slice], gradients: Sequence[np.ndarray], rate: float) -> None:
        """Change the slices of a path; `gradients` are in their shapes."""
        with np.errstate(over="ignore", invalid="ignore"):  # the loss tells of what is not finite
            self._step(path, gradients, rate)

    def _step(self, path: Sequence[Slice], gradients: Sequence[np.ndarray], rate: float) -> None:
        for (name, index), gradient in zip(path, gradients, strict=True):
            first, second, steps = (values[index] for values in self._state[name])
            steps += 1
            first += (1 - BETA_1) * (gradient - first)
            second += (1 - BETA_2) * (gradient**2 - second)
            deviation = np.sqrt(second / (1 - BETA_2**steps)) + EPSILON
            self._weights[name][index] -= rate * first / (1 - BETA_1**steps) / deviation
