"""Selecting operations by what their removal costs (Wang et al., "DARTS-PT", ICLR 2021, arXiv 2108.04392)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from kerasnas.darts.backend import load
from kerasnas.darts.batches import Arrays, PairedBatches
from kerasnas.darts.options import Moment
from kerasnas.darts.outline import Wanted
from kerasnas.darts.supernet import Supernet

Tensor = Any
Mixtures = list[np.ndarray]


@dataclass(frozen=True)
class PerturbationSelection:
    """Edge by edge, in random order: take each operation away in turn, and keep the one whose loss hurts most.

    After each edge the supernet's weights, the edge now discrete, are trained on for some steps. Then each edge is
    taken away in turn, which ranks the edges of a node. Changes the supernet's weights; not its alphas.

    Attributes:
        train: images and labels to tune the weights on.
        valid: images and labels whose accuracy decides.
        batch_size: images of a batch.
        tune_steps: steps of tuning after each edge; the paper tunes for 5 epochs.
        seed: of the order of the edges and of the batches.
        on_edge: called with the cell's name, the edge and the operation chosen.
    """

    train: Arrays
    valid: Arrays
    batch_size: int = 64
    tune_steps: int = 0
    seed: int = 0
    on_edge: Callable[[str, int, str], None] = lambda cell, edge, operation: None

    def __call__(self, supernet: Supernet) -> dict[str, np.ndarray]:
        """Return what `derive` and `derive_cell` take in place of the softmax weights.

        Each edge has one entry over 0, at the operation chosen; it is larger where the edge's removal costs more
        accuracy.
        """
        return _Selection(self, supernet).run()


class _Selection:
    """One run of `PerturbationSelection` on one supernet."""

    def __init__(self, settings: PerturbationSelection, supernet: Supernet) -> None:
        self._settings, self._supernet = settings, supernet
        self._batches = PairedBatches(settings.train, settings.valid, settings.batch_size, settings.seed)
        self._steps_done = 0
        traced_once = load("kernels").traced_once
        self._hits = traced_once(self._hits_of_batch)
        self._step = traced_once(self._weights_step)
        self._optimizer = supernet.tuning_optimizer()
        self._variables = (
            supernet.network_weights,
            supernet.network.non_trainable_variables,
            self._optimizer.variables,
        )
        self._values = [[ops.convert_to_tensor(v.value) for v in group] for group in self._variables]
        values = supernet.architecture_values()
        moment = Moment(ops.convert_to_tensor(1.0), 0, searching=False)
        self._mixtures = [np.array(ops.convert_to_numpy(m)) for m in supernet.architecture.mixtures(values, moment)]

    def run(self) -> dict[str, np.ndarray]:
        shapes = list(self._supernet.architecture.cells.items())
        edges = [(cell, edge) for cell, (_, shape) in enumerate(shapes) for edge in range(shape.edges)]
        generator = np.random.default_rng(self._settings.seed)
        chosen = {}
        for cell, edge in (edges[i] for i in generator.permutation(len(edges))):
            name, shape = shapes[cell]
            count = len(shape.primitives)
            accuracies = [self._accuracy(self._without(cell, edge, [i])) for i in range(count)]
            chosen[cell, edge] = int(np.argmin(accuracies))
            self._mixtures[cell][edge, :count] = np.eye(count)[chosen[cell, edge]]
            self._settings.on_edge(name, edge, shape.primitives[chosen[cell, edge]])
            self._tune()
        whole = self._accuracy(self._mixtures)
        strengths = {name: np.zeros((shape.edges, len(shape.primitives))) for name, shape in shapes}
        for (cell, edge), operation in chosen.items():
            name, shape = shapes[cell]
            drop = whole - self._accuracy(self._without(cell, edge, range(len(shape.primitives))))
            strengths[name][edge, operation] = 2 + drop  # over 0 even where the removal helps
        self._keep_weights()
        return strengths

    def _without(self, cell: int, edge: int, operations: Any) -> Mixtures:
        changed = [m.copy() for m in self._mixtures]
        changed[cell][edge, list(operations)] = 0.0
        return changed

    def _accuracy(self, mixtures: Mixtures) -> float:
        x, y = self._settings.valid
        size = self._settings.batch_size
        weights, statistics, _ = self._values
        tensors = [ops.convert_to_tensor(m) for m in mixtures]
        hits = count = 0
        for first in range(0, len(x) - size + 1, size):
            batch = ops.convert_to_tensor(x[first : first + size]), ops.convert_to_tensor(y[first : first + size])
            hits += int(self._hits(weights, statistics, tensors, *batch))
            count += size
        return hits / count

    def _tune(self) -> None:
        for _ in range(self._settings.tune_steps):
            self._batches.epoch, place = divmod(self._steps_done, len(self._batches))
            (x, y), _ = self._batches[place]
            tensors = [ops.convert_to_tensor(m) for m in self._mixtures]
            self._values = list(self._step(*self._values, tensors, ops.convert_to_tensor(x), ops.convert_to_tensor(y)))
            self._steps_done += 1

    def _keep_weights(self) -> None:
        for variables, values in zip(self._variables, self._values, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)

    def _hits_of_batch(self, weights: Any, statistics: Any, mixtures: Any, x: Tensor, y: Tensor) -> Tensor:
        # With the batch's own statistics, as in the paper's code: the moving ones belong to the whole mixture.
        logits, _ = self._supernet.network.stateless_call(weights, statistics, x, mixtures, training=True)
        return ops.sum(ops.cast(ops.equal(ops.argmax(logits, axis=-1), ops.cast(y, "int32")), "int32"))

    def _weights_step(
        self, weights: Any, statistics: Any, slots: Any, mixtures: Any, x: Tensor, y: Tensor
    ) -> tuple[Any, Any, Any]:
        def loss(values: Any) -> tuple[Tensor, Any]:
            logits, moved = self._supernet.network.stateless_call(
                values, statistics, x, mixtures, training=True, wanted=Wanted.WEIGHTS
            )
            return self._supernet.compute_loss(y=y, y_pred=logits), moved

        (_, moved), gradients = load("autodiff").value_and_grad(loss, list(weights))
        new_weights, new_slots = self._optimizer.stateless_apply(list(slots), gradients, list(weights))
        return new_weights, moved, new_slots
