"""Joining maps of different shapes.

The rule: the join is as high and as wide as the smallest of its sources, and a sum has as many channels as the last
of them. A source of another shape goes through a 1x1 convolution without bias and batch norm (the projection of He et
al., "Deep Residual Learning", CVPR 2016, arXiv 1512.03385). Its stride is how many times the join's height and width
go into the source's; first as much is cut off at the edges, evenly, as makes the sizes come out.
"""

from __future__ import annotations

from kerasnas.genome.graph import Fragment
from kerasnas.genome.joins import JoinKind
from kerasnas.genome.operations import Add, Concatenate, ConvolveRectangle, Crop, Normalise, Operation, Shape


def add_join(kind: JoinKind, fragment: Fragment) -> int:
    """Append the join of the maps that reach the fragment from earlier layers; return its number.

    That is the map itself where there is only one.
    """
    shapes = [fragment.shape(source) for source in fragment.joined]
    sides = min(shape[0] for shape in shapes), min(shape[1] for shape in shapes)
    maps = []
    for source, shape in zip(fragment.joined, shapes, strict=True):
        channels = shapes[-1][2] if kind == "sum" else shape[2]
        maps.append(_reconciled(fragment, source, (*sides, channels)))
    if len(maps) == 1:
        return maps[0]
    return fragment.add(Add() if kind == "sum" else Concatenate(), *maps)


def _reconciled(fragment: Fragment, source: int, wanted: Shape) -> int:
    """Append what brings a map to the shape `wanted`; return its number."""
    shape = fragment.shape(source)
    if shape == wanted:
        return source
    rows, columns = (side // size for side, size in zip(shape[:2], wanted[:2], strict=True))
    spare = shape[0] - (wanted[0] - 1) * rows - 1, shape[1] - (wanted[1] - 1) * columns - 1
    operations: list[Operation] = [ConvolveRectangle(wanted[2], (1, 1), (rows, columns)), Normalise()]
    if any(spare):
        operations.insert(0, Crop(*((pixels // 2, pixels - pixels // 2) for pixels in spare)))
    return fragment.chain(source, *operations)
