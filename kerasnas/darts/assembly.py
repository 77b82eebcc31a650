"""From the settings of a search to its supernet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from kerasnas.darts.architecture import Architecture
from kerasnas.darts.factory import darts_supernet, nasbench201_supernet
from kerasnas.darts.images import SearchImages
from kerasnas.darts.optimizers import CoupledAdam, EpochCosine, MomentumSGD
from kerasnas.darts.options import CellShape, SearchOption, read_option
from kerasnas.darts.resources import (
    DerivedNetworks,
    ResourcePenalty,
    ResourcePreference,
    ResourceTarget,
    expected_cost,
)
from kerasnas.darts.settings import SearchSettings
from kerasnas.darts.supernet import Supernet
from kerasnas.errors import DataError, SettingsError

NASBENCH201_NODES = 3


def build_supernet(settings: SearchSettings, images: SearchImages, classes: int) -> Supernet:
    """Return the compiled supernet of a search that begins; its initial weights follow the seed."""
    keras.utils.set_random_seed(settings.seed)
    shape = images.train[0].shape[1:]
    height, width, depth = shape
    whole = (height * settings.shrink, width * settings.shrink, depth)
    preference = settings.read_preference()
    common: dict[str, Any] = {
        "seed": settings.seed,
        "options": [*plain_options(settings), *resource_options(settings, derived_networks(settings, whole, classes))],
        "checkpointing": settings.checkpointing,
        "hypernetwork": settings.choice(),
        "preferences": preference[1] if preference else None,
    }
    if settings.space == "darts":
        supernet = darts_supernet(shape, classes, settings.channels, settings.cells, settings.nodes, **common)
    else:
        supernet = nasbench201_supernet(shape, classes, settings.channels, settings.cells, **common)
    steps = len(images.train[0]) // settings.batch_size
    if not steps:
        raise DataError(
            f"search data: {len(images.train[0])} images for the weights are fewer than one batch of "
            f"{settings.batch_size}; lower the batch size."
        )
    schedule = EpochCosine(
        steps, settings.epochs, settings.weights_learning_rate, min(0.001, settings.weights_learning_rate)
    )
    alphas = CoupledAdam(settings.alphas_learning_rate, weight_decay=settings.alphas_weight_decay)
    supernet.compile(MomentumSGD(schedule), alphas, order=settings.order)
    return supernet


def plain_options(settings: SearchSettings) -> list[SearchOption]:
    """Return the options that need not know what a network costs."""
    return [read_option(text) for text in settings.options]


def resource_options(settings: SearchSettings, networks: DerivedNetworks) -> list[SearchOption]:
    """Return the options that add expected costs to the alphas' loss."""
    found: list[SearchOption] = []
    for text in settings.penalties:
        found.append(ResourcePenalty(*_read(text, "penalty", networks)))
    for text in settings.targets:
        found.append(ResourceTarget(*_read(text, "target", networks)))
    preference = settings.read_preference()
    if preference:
        found.append(ResourcePreference(expected_cost(networks, preference[0]), preference[1]))
    return found


def derived_networks(
    settings: SearchSettings, image_shape: Sequence[int], classes: int, channels: int | None = None
) -> DerivedNetworks:
    """Return the networks that a search can come to, on whole images of this shape.

    Args:
        settings: of the search.
        image_shape: height, width and channels.
        classes: how many there are.
        channels: of the networks' first cells; None for the supernet's.
    """
    height, width, depth = image_shape
    nodes = settings.nodes if settings.space == "darts" else NASBENCH201_NODES
    return DerivedNetworks(
        settings.space, channels or settings.channels, settings.cells, nodes, (height, width, depth), classes
    )


def architecture_of(settings: SearchSettings) -> Architecture:
    """Return the architecture of a search's supernet, without the supernet."""
    networks = derived_networks(settings, (1, 1, 1), 1)
    shape = CellShape(networks.inputs, networks.nodes, networks.primitives)
    preference = settings.read_preference()
    return Architecture(
        dict.fromkeys(networks.cell_names, shape), plain_options(settings), preference[1] if preference else None
    )


def _read(text: str, what: str, networks: DerivedNetworks) -> tuple[Any, float]:
    name, _, value = text.partition("=")
    cost = expected_cost(networks, name)
    try:
        return cost, float(value)
    except ValueError:
        raise SettingsError(f"{what} {text!r}: {value!r} is not a number; write {name}=NUMBER") from None
