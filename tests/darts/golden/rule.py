"""The rule by which both sides of a golden comparison make the same weights and inputs. Numpy alone.

A parameter's values come from a generator seeded by the CRC-32 of its name in the reference network.
"""

import math
import zlib
from collections.abc import Sequence

import numpy as np

CHANNELS, LAYERS, NODES, CLASSES, SIZE, BATCH = 4, 3, 2, 10, 8, 6
EDGES, OPERATIONS = 5, 8
STEPS = 2
LEARNING_RATE = 0.025
ALPHA_SPREAD = 0.3


def parameter(name: str, shape: Sequence[int]) -> np.ndarray:
    """Values of the parameter `name`, whose shape is in PyTorch's order [out, in, height, width]."""
    draws = np.random.default_rng(zlib.crc32(name.encode())).uniform(-1, 1, tuple(shape))
    if name == "stem.1.weight":
        draws = 1 + 0.1 * draws
    elif len(shape) > 1:
        draws = draws / math.sqrt(math.prod(shape[1:]))
    return draws.astype(np.float32)


def alpha(name: str) -> np.ndarray:
    """Alphas of the cell `name`, [EDGES, OPERATIONS]."""
    generator = np.random.default_rng(zlib.crc32(f"alphas.{name}".encode()))
    return (ALPHA_SPREAD * generator.normal(size=(EDGES, OPERATIONS))).astype(np.float32)


def batch(which: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Images [BATCH, 3, SIZE, SIZE] and labels of the training (0) or validation (1) batch of a step."""
    generator = np.random.default_rng((which, step))
    images = generator.normal(size=(BATCH, 3, SIZE, SIZE)).astype(np.float32)
    return images, generator.integers(0, CLASSES, BATCH)
