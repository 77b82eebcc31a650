"""The discretisation gap: what a supernet loses when its mixtures become the operations that are derived."""

from __future__ import annotations

import numpy as np
from keras import ops

from kerasnas.darts.backend import load
from kerasnas.darts.batches import Arrays
from kerasnas.darts.cell import edge_row
from kerasnas.darts.derive import EDGES_PER_NODE
from kerasnas.darts.run import SearchRun
from kerasnas.darts.supernet import Supernet
from kerasnas.data import Dataset
from kerasnas.genome.cells import Cell
from kerasnas.genome.genotype import Genotype


def discretisation_gap(run: SearchRun, dataset: Dataset) -> tuple[float, float]:
    """Return two accuracies on the validation half, in percent: the supernet's, and that of its discrete part.

    The discrete part has the supernet's own weights: the derived operations at weight 1, all others at 0. Both use
    the statistics of each batch, since the moving ones belong to the mixture.

    Args:
        run: a search with at least one epoch done.
        dataset: that it searched on.
    """
    images = run.images(dataset)
    x, y = images.valid
    supernet = run.supernet(dataset)
    mixture = run.strengths()[-1]
    discrete = one_hot(run.derive(), mixture, run.primitives)
    valid = (images.preparation(x), y)
    size = run.settings.batch_size
    return (
        100 * accuracy(supernet, None, valid, size),
        100 * accuracy(supernet, discrete, valid, size),
    )


def one_hot(cell: Genotype | Cell, like: dict[str, np.ndarray], primitives: tuple[str, ...]) -> list[np.ndarray]:
    """Return mixtures, [edges, operations] of each cell, that are 1 at what `cell` keeps and 0 elsewhere."""
    arrays = {name: np.zeros(array.shape, "float32") for name, array in like.items()}
    if isinstance(cell, Genotype):
        for name, edges in (("normal", cell.normal), ("reduce", cell.reduce)):
            for i, (operation, state) in enumerate(edges):
                arrays[name][edge_row(2, i // EDGES_PER_NODE, state), primitives.index(operation)] = 1.0
    else:
        for node, edges_in in enumerate(cell.nodes):
            for edge in edges_in:
                arrays["cell"][edge_row(1, node, edge.source), primitives.index(edge.primitive)] = 1.0
    return list(arrays.values())


def accuracy(supernet: Supernet, discrete: list[np.ndarray] | None, data: Arrays, batch_size: int) -> float:
    """Return the share of images that the supernet gets right, with the statistics of each batch.

    Args:
        supernet: whose weights are used.
        discrete: mixtures in place of the supernet's own, [edges, operations]; None for its own.
        data: images, prepared, and labels; what is left over after the last full batch is not used.
        batch_size: images a batch.
    """
    weights, moving = (
        [ops.convert_to_tensor(v.value) for v in group]
        for group in (supernet.network_weights, supernet.network.non_trainable_variables)
    )
    mixtures = supernet.evaluation_mixtures(supernet.architecture_values())
    if discrete is not None:
        count = len(supernet.primitives)
        mixtures = [
            ops.concatenate([ops.convert_to_tensor(d), ops.ones_like(m[:, count:])], axis=-1)
            for d, m in zip(discrete, mixtures, strict=True)
        ]

    def hits(w, s, m, x, y):  # type: ignore[no-untyped-def]
        logits, _ = supernet.network.stateless_call(w, s, x, m, training=True)
        return ops.sum(ops.cast(ops.equal(ops.argmax(logits, axis=-1), ops.cast(y, "int32")), "int32"))

    run = load("kernels").traced_once(hits)
    x, y = data
    total = count_of = 0
    for first in range(0, len(x) - batch_size + 1, batch_size):
        rows = slice(first, first + batch_size)
        total += int(run(weights, moving, mixtures, ops.convert_to_tensor(x[rows]), ops.convert_to_tensor(y[rows])))
        count_of += batch_size
    return total / max(count_of, 1)
