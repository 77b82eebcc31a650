"""The architectures around the present one at which a hypernetwork is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from keras import ops

from kerasnas.darts.backend import load
from kerasnas.errors import SettingsError

Tensor = Any
Tensors = list[Any]

_STREAM = 104729  # keeps the draws apart from those of Gumbel sampling and of preferences


@dataclass(frozen=True)
class Perturbation:
    """Normal noise on the alphas, the same standard deviation for all of them.

    A tuned scale moves with the alphas, on their data, as in Self-Tuning Networks (MacKay et al. 2019, equation 15):
    the loss is then taken at perturbed alphas, less `entropy` times the mean entropy of the noise, which keeps the
    scale from falling to 0.

    Attributes:
        scale: the standard deviation, in units of alpha; where it is tuned, at the start.
        tuned: whether it is tuned.
        entropy: weight of the entropy where it is tuned, in units of the loss.
        seed: of the draws; a step's draw depends on the seed and the number of the step alone.

    Raises:
        SettingsError: the scale is not over 0, or the weight of the entropy is negative.
    """

    scale: float = 0.5
    tuned: bool = False
    entropy: float = 1e-3
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.scale > 0:
            raise SettingsError(f"perturbation: the scale must be over 0, found {self.scale}.")
        if self.entropy < 0:
            raise SettingsError(f"perturbation: the weight of the entropy must be at least 0, found {self.entropy}.")

    def draw(self, step: Tensor, validation: bool, like: Tensors) -> Tensors:
        """Return standard normal noise in the shapes of `like`."""
        sizes = [math.prod(t.shape) for t in like]
        seed = 2 * (self.seed + _STREAM) + int(validation)
        uniform = load("kernels").uniform(seed, step, (sum(sizes),), like[0].dtype)
        # A draw at either end of (0, 1) would be infinite.
        normal = math.sqrt(2) * ops.erfinv(ops.clip(2 * uniform - 1, -1 + 1e-6, 1 - 1e-6))
        pieces = load("kernels").split(normal, sizes)
        return [ops.reshape(piece, tuple(t.shape)) for piece, t in zip(pieces, like, strict=True)]

    def apply(self, values: Tensors, log_factor: Tensor | None, step: Tensor, validation: bool) -> Tensors:
        """Return perturbed values.

        Args:
            values: the alphas and what options add to them.
            log_factor: the logarithm of what tuning has made of the scale, [1]; None where it is not tuned.
            step: number of the search step.
            validation: whether this is on the alphas' data.
        """
        scale = self.scale if log_factor is None else self.scale * ops.exp(log_factor[0])
        noise = self.draw(step, validation, values)
        return [value + scale * n for value, n in zip(values, noise, strict=True)]
