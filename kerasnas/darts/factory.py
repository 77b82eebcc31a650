"""The supernets of two search spaces, ready to compile."""

from collections.abc import Sequence

import keras

from kerasnas.darts.architecture import Architecture
from kerasnas.darts.hypernetworks import HypernetworkChoice
from kerasnas.darts.hypernetworks.supernet import HyperSupernet
from kerasnas.darts.network import DartsNetwork, NasBench201Network, reduction_cells
from kerasnas.darts.options import CellShape, SearchOption
from kerasnas.darts.options.base import MakeEdges
from kerasnas.darts.outline import OutlinedCalls
from kerasnas.darts.preferences import Preferences
from kerasnas.darts.primitives import DARTS_PRIMITIVES, NASBENCH201_PRIMITIVES, lookup
from kerasnas.darts.state import StateEdges
from kerasnas.darts.supernet import Supernet
from kerasnas.errors import SettingsError


def darts_supernet(
    input_shape: tuple[int, int, int] = (32, 32, 3),
    classes: int = 10,
    channels: int = 16,
    layers: int = 8,
    nodes: int = 4,
    primitives: Sequence[str] = DARTS_PRIMITIVES,
    seed: int | None = None,
    options: Sequence[SearchOption] = (),
    checkpointing: bool = False,
    hypernetwork: HypernetworkChoice | None = None,
    preferences: Preferences | None = None,
) -> Supernet:
    """The search network of DARTS (Liu, Simonyan, Yang, ICLR 2019).

    Args:
        input_shape: height, width and channels of the images.
        classes: number of classes.
        channels: channels of the first cells, an even number.
        layers: number of cells, two of which reduce.
        nodes: nodes per cell, 2 to 5.
        primitives: names of the operations, in the order of the alphas' columns.
        seed: of the initial alphas.
        options: what changes plain DARTS.
        checkpointing: whether gradients compute each state's edges anew instead of keeping what is inside
            them (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost"): less memory, more time.
        hypernetwork: makes the weights; None for weights that are trained themselves.
        preferences: the resource preferences to search for all at once; None for one architecture.

    Raises:
        SettingsError: one of these makes no network.
    """
    _require(layers >= 3, f"layers: {layers} is too few; a DARTS network has at least 3 cells.")
    _require(2 <= nodes <= 5, f"nodes: {nodes} is out of range; expected 2 to 5.")
    _require(channels > 0 and channels % 2 == 0, f"channels: {channels} is not a positive even number.")
    _check_halvings(input_shape, len(reduction_cells(layers)))
    operations = lookup(primitives)
    shape = CellShape(2, nodes, tuple(primitives))
    architecture = Architecture({"normal": shape, "reduce": shape}, options, preferences)
    network = DartsNetwork(
        operations,
        channels,
        layers,
        nodes,
        input_shape[-1],
        classes,
        OutlinedCalls(checkpointing),
        _edges(options),
    )
    return _supernet(network, architecture, hypernetwork, seed)


def nasbench201_supernet(
    input_shape: tuple[int, int, int] = (32, 32, 3),
    classes: int = 10,
    channels: int = 16,
    cells_per_stage: int = 5,
    nodes: int = 3,
    primitives: Sequence[str] = NASBENCH201_PRIMITIVES,
    seed: int | None = None,
    options: Sequence[SearchOption] = (),
    checkpointing: bool = False,
    hypernetwork: HypernetworkChoice | None = None,
    preferences: Preferences | None = None,
) -> Supernet:
    """The supernet of NAS-Bench-201's space (Dong and Yang, ICLR 2020).

    Args:
        input_shape: height, width and channels of the images.
        classes: number of classes.
        channels: channels of the first stage.
        cells_per_stage: cells of each of the three stages.
        nodes: nodes of a cell besides its input.
        primitives: names of the operations, in the order of the alphas' columns.
        seed: of the initial alphas.
        options: what changes plain DARTS.
        checkpointing: whether gradients compute each state's edges anew instead of keeping what is inside
            them (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost"): less memory, more time.
        hypernetwork: makes the weights; None for weights that are trained themselves.
        preferences: the resource preferences to search for all at once; None for one architecture.

    Raises:
        SettingsError: one of these makes no network.
    """
    _require(cells_per_stage >= 1, f"cells_per_stage: {cells_per_stage} is too few; expected at least 1.")
    _require(nodes >= 1, f"nodes: {nodes} is too few; expected at least 1.")
    _require(channels > 0, f"channels: {channels} is not a positive number.")
    _check_halvings(input_shape, 2)
    operations = lookup(primitives)
    architecture = Architecture({"cell": CellShape(1, nodes, tuple(primitives))}, options, preferences)
    network = NasBench201Network(
        operations,
        channels,
        cells_per_stage,
        nodes,
        input_shape[-1],
        classes,
        OutlinedCalls(checkpointing),
        _edges(options),
    )
    return _supernet(network, architecture, hypernetwork, seed)


def _supernet(
    network: keras.layers.Layer, architecture: Architecture, hypernetwork: HypernetworkChoice | None, seed: int | None
) -> Supernet:
    if hypernetwork is None:
        return Supernet(network, architecture, seed)
    return HyperSupernet(network, architecture, hypernetwork, seed)


def _edges(options: Sequence[SearchOption]) -> MakeEdges:
    make: MakeEdges = StateEdges
    for option in options:
        make = option.make_edges(make)
    return make


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise SettingsError(message)


def _check_halvings(input_shape: tuple[int, int, int], count: int) -> None:
    factor = 2**count
    if any(size % factor for size in input_shape[:2]):
        raise SettingsError(
            f"input_shape: {input_shape} cannot be halved {count} times; height and width must be "
            f"multiples of {factor}, so pad or resize the images."
        )
