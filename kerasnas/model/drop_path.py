"""Dropping whole edges of cells in training."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


class DropPath(keras.layers.Layer):
    """Drops its input, image by image, in training; the others are divided by the share that is kept.

    It has no trainable weights and in inference does nothing, so that a trained model is exported without it.

    Args:
        seed: of the masks.

    Attributes:
        rate: the probability that an image's map is dropped, a variable, at first 0; a training raises it.

    Call arguments:
        inputs: `(batch, …)`; the output has the same shape.
        training: whether to drop.

    Source: Larsson et al., "FractalNet", ICLR 2017, arXiv 1605.07648; as scheduled drop-path, Zoph et al., CVPR 2018,
    arXiv 1707.07012.
    """

    def __init__(self, seed: int | None = None, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.rate = self.add_weight(name="rate", shape=(), initializer="zeros", trainable=False)
        self._generator = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the inputs, in training less what is dropped."""
        if not training:
            return inputs
        kept = 1 - ops.convert_to_tensor(self.rate)
        draws = keras.random.uniform((ops.shape(inputs)[0], *[1] * (len(inputs.shape) - 1)), seed=self._generator)
        return ops.where(draws < kept, inputs / kept, ops.zeros_like(inputs))


def set_drop_path(model: keras.Model, rate: float) -> None:
    """Let every `DropPath` of `model` drop with probability `rate`."""
    for layer in model.layers:
        if isinstance(layer, DropPath):
            layer.rate.assign(rate)
