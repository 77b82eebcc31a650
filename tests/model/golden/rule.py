"""The rule by which both sides of a golden comparison make the same networks, weights and images. Numpy alone.

A tensor's values come from a generator seeded by the CRC-32 of its name in the reference network.
"""

import math
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

CLASSES = 10
BATCH = 4

DARTS_V1 = (
    "Genotype(normal=[('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 0), ('sep_conv_3x3', 1), "
    "('skip_connect', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 2)], normal_concat=[2, 3, 4, 5], "
    "reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 0), ('max_pool_3x3', 0), "
    "('skip_connect', 2), ('skip_connect', 2), ('avg_pool_3x3', 0)], reduce_concat=[2, 3, 4, 5])"
)
DARTS_V2 = (
    "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), "
    "('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5], "
    "reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), "
    "('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])"
)
AMOEBANET = (
    "Genotype(normal=[('avg_pool_3x3', 0), ('max_pool_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_5x5', 2), "
    "('sep_conv_3x3', 0), ('avg_pool_3x3', 3), ('sep_conv_3x3', 1), ('skip_connect', 1), ('skip_connect', 0), "
    "('avg_pool_3x3', 1)], normal_concat=[4, 5, 6], reduce=[('avg_pool_3x3', 0), ('sep_conv_3x3', 1), "
    "('max_pool_3x3', 0), ('sep_conv_7x7', 2), ('sep_conv_7x7', 0), ('avg_pool_3x3', 1), ('max_pool_3x3', 0), "
    "('max_pool_3x3', 1), ('conv_7x1_1x7', 0), ('sep_conv_3x3', 5)], reduce_concat=[3, 4, 6])"
)
EVERY_OPERATION = (
    "Genotype(normal=[('dil_conv_5x5', 1), ('none', 0), ('conv_7x1_1x7', 0), ('skip_connect', 1), ('sep_conv_7x7', 3), "
    "('dil_conv_3x3', 2)], normal_concat=[2, 4], reduce=[('dil_conv_5x5', 1), ('skip_connect', 0), "
    "('dil_conv_3x3', 0), ('none', 1), ('sep_conv_5x5', 3), ('avg_pool_3x3', 1)], reduce_concat=[2, 4])"
)
"""No paper's: has the operations at stride 2 that the published cells have at stride 1 only."""


class Case(NamedTuple):
    """One network: its cells, channels, number of cells, stem, and the side of its images in pixels."""

    genotype: str
    channels: int
    cells: int
    imagenet: bool
    side: int


# With 3 cells the reference's auxiliary head, whose first ReLU works in place, would change what the classifier reads.
CASES = {
    "darts_v2": Case(DARTS_V2, 8, 5, False, 32),
    "amoebanet": Case(AMOEBANET, 8, 5, False, 32),
    "every_operation": Case(EVERY_OPERATION, 4, 4, False, 32),
    "imagenet": Case(DARTS_V1, 4, 4, True, 224),
}


def tensor(name: str, shape: Sequence[int]) -> np.ndarray:
    """Values of the weight or statistic `name`, whose shape is in PyTorch's order [out, in, height, width]."""
    draws = np.random.default_rng(zlib.crc32(name.encode())).uniform(-1, 1, tuple(shape))
    if len(shape) > 1:
        draws = draws * math.sqrt(3 / math.prod(shape[1:]))
    elif name.endswith("running_var"):
        draws = 1 + 0.5 * draws
    elif name.endswith("weight"):
        draws = 1 + 0.3 * draws
    else:
        draws = 0.3 * draws
    return draws.astype(np.float32)


def images(side: int) -> np.ndarray:
    """Images [BATCH, 3, side, side]."""
    return np.random.default_rng(side).normal(size=(BATCH, 3, side, side)).astype(np.float32)
