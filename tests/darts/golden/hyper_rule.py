"""The rule by which both backends make the same search step with a hypernetwork. Numpy alone.

The golden numbers are those of one backend, TensorFlow; what they show is that the other does the same.
"""

import zlib

import numpy as np

SIZE, CHANNELS, CLASSES, BATCH, STEPS = 4, 2, 3, 4, 2
PRIMITIVES = ("none", "skip_connect", "nor_conv_1x1")
KINDS = ("linear", "mlp", "structured")


def values(name, shape, spread=0.3):
    """Values of the variable `name`."""
    generator = np.random.default_rng(zlib.crc32(name.encode()))
    return (spread * generator.normal(size=tuple(shape))).astype("float32")


def uniform(seed, step, shape, dtype=None):
    """In place of the backends' own draws, which differ from one another; the same in every step."""
    del step
    return np.random.default_rng(seed).uniform(0.01, 0.99, shape).astype("float32")


def batch(which, step):
    """Images and labels of the training (0) or validation (1) batch of a step."""
    generator = np.random.default_rng((7, which, step))
    images = generator.normal(size=(BATCH, SIZE, SIZE, 3)).astype("float32")
    return images, generator.integers(0, CLASSES, BATCH).astype("int32")
