"""The reference network's parameter names and PyTorch layouts for the tensors of a DARTS supernet."""

from collections.abc import Iterator

import numpy as np

from kerasnas.darts.cell import edge_row
from kerasnas.darts.network import DartsNetwork

Named = tuple[str, np.ndarray]


def views(network: DartsNetwork, arrays: list[np.ndarray]) -> Iterator[Named]:
    """Every parameter by its reference name, as a view in PyTorch's layout.

    Args:
        network: gives the structure.
        arrays: one per trainable variable of `network`, in their order; what the views show.
    """
    array_of = {id(v): a for v, a in zip(network.trainable_variables, arrays, strict=True)}

    def of(variable):
        return array_of[id(variable)]

    yield "stem.0.weight", of(network.stem.kernel).transpose(3, 2, 0, 1)
    yield "stem.1.weight", of(network.stem.norm.gamma)
    yield "stem.1.bias", of(network.stem.norm.beta)
    for i, cell in enumerate(network.cells):
        for name in ("preprocess0", "preprocess1"):
            yield from _block(f"cells.{i}.{name}", getattr(cell, name), of)
        for state, leaving in enumerate(cell.mixed.leaving):
            for edge, node in enumerate(cell.mixed.destinations(state)):
                prefix = f"cells.{i}._ops.{edge_row(2, node, state)}._ops"
                yield from _edge(prefix, leaving, edge, of)
    yield "classifier.weight", of(network.classifier.dense.kernel).T
    yield "classifier.bias", of(network.classifier.dense.bias)


def _block(prefix, block, of):
    if hasattr(block, "kernel"):
        yield f"{prefix}.op.1.weight", of(block.kernel).transpose(3, 2, 0, 1)
    else:
        yield from _reduction(prefix, block, 0, of)


def _reduction(prefix, layer, copy, of):
    for name, weights in (("conv_1", layer.even), ("conv_2", layer.odd)):
        yield f"{prefix}.{name}.weight", of(weights)[:, copy, :].T[:, :, None, None]


def _edge(prefix, leaving, edge, of):
    names = [primitive.name for primitive in leaving.structure[0]]
    channels = leaving.structure[1]
    mine = slice(edge * channels, (edge + 1) * channels)
    for name, layer in leaving.learnt.items():
        for repeat, (depthwise, pointwise) in enumerate(zip(layer.depthwise, layer.pointwise, strict=True)):
            place = f"{prefix}.{names.index(name)}.op"
            yield f"{place}.{4 * repeat + 1}.weight", of(depthwise)[:, :, mine].transpose(2, 3, 0, 1)
            yield f"{place}.{4 * repeat + 2}.weight", of(pointwise)[:, :, :, mine].transpose(3, 2, 0, 1)
    for name, layer in leaving.reductions.items():
        yield from _reduction(f"{prefix}.{names.index(name)}", layer, edge, of)
