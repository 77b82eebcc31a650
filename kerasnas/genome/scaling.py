"""A smaller network of the same architecture: fewer filters, fewer cells, kernels that fit smaller images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kerasnas.errors import SettingsError
from kerasnas.genome.expansion import OversizedError, expand
from kerasnas.genome.genes import CellPairStack, CellStack, FinalLayers, Gene, Genome, ImageNetStem

LEAST_CELLS = 3
"""A stack of normal and reduction cells needs as many to have both kinds where they belong."""


def scaled(genome: Genome, *, channels: float = 1.0, cells: float = 1.0) -> Genome:
    """Return `genome` with so many of its filters and of its cells; what is 1 stays as it is.

    Every width is rounded to the nearest whole number, even where the gene wants that, but never under 1 or 2.

    Args:
        genome: the architecture.
        channels: share of the filters of every layer, over 0 and up to 1.
        cells: share of the repeats of every stack of cells, over 0 and up to 1.

    Raises:
        SettingsError: a share is out of range.
    """
    for name, share in (("channels", channels), ("cells", cells)):
        if not 0 < share <= 1:
            raise SettingsError(f"the share of {name} must be over 0 and at most 1, found {share:g}")
    return Genome(tuple(_with_cells(_with_channels(gene, channels), cells) for gene in genome.genes))


def fitted(genome: Genome, image_shape: Sequence[int]) -> Genome:
    """Return `genome` with every kernel and window that is larger than the map that reaches it cut to that map.

    Raises:
        GenomeError: the network cannot exist on images of `image_shape` for another reason.
    """
    for _ in genome.genes:
        try:
            expand(genome, image_shape, classes=2)
        except OversizedError as error:
            genes = list(genome.genes)
            genes[error.layer] = replace(genes[error.layer], **{error.what: error.most})  # type: ignore[arg-type]
            genome = Genome(tuple(genes))
        else:
            break
    return genome


def _with_channels(gene: Gene, share: float) -> Gene:
    if share == 1:
        return gene
    if isinstance(gene, CellPairStack | ImageNetStem):
        return replace(gene, channels=2 * max(1, round(gene.channels * share / 2)))
    if isinstance(gene, FinalLayers):
        return gene if gene.units is None else replace(gene, units=max(1, round(gene.units * share)))
    filters = getattr(gene, "filters", None)
    return gene if filters is None else replace(gene, filters=max(1, round(filters * share)))


def _with_cells(gene: Gene, share: float) -> Gene:
    if isinstance(gene, CellStack):
        return replace(gene, repeats=max(1, round(gene.repeats * share)))
    if isinstance(gene, CellPairStack):
        return replace(gene, cells=max(min(gene.cells, LEAST_CELLS), round(gene.cells * share)))
    return gene
