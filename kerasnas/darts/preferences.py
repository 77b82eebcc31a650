"""One search for every budget: architectures as a function of a resource preference.

Source of the idea: Yakovlev, Grebenkova, Bakhteev, "Neural Architecture Search with Structure Complexity Control",
2021, where a network maps the preference to the architecture. Here the map is piecewise linear, between knots.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from keras import ops

from kerasnas.darts.backend import load
from kerasnas.errors import SettingsError

Tensor = Any

_STREAM = 7919  # keeps the draws apart from those of Gumbel sampling and of perturbations


@dataclass(frozen=True)
class Preferences:
    """The resource preferences lambda that a search covers, on a scale from 0 (least) to 1 (most), logarithmic.

    The loss of the alphas holds lambda times a share of the resource. There is no default range: which preferences
    matter depends on the loss and on the resource.

    Attributes:
        least: the smallest lambda, over 0.
        most: the largest lambda.
        knots: how many architectures are learnt; those of preferences between are interpolated.
        seed: of the draws; a step's draw depends on the seed and the number of the step alone.

    Raises:
        SettingsError: the range is empty, or there are fewer than 2 knots.
    """

    least: float
    most: float
    knots: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.least < self.most:
            raise SettingsError(f"preferences: expected 0 < least < most, found {self.least} and {self.most}.")
        if self.knots < 2:
            raise SettingsError(f"preferences: at least 2 knots are needed, found {self.knots}.")

    def draw(self, step: Tensor, validation: bool, dtype: Any) -> Tensor:
        """Return a place on the scale, uniform from 0 to 1: lambda is log-uniform."""
        seed = 2 * (self.seed + _STREAM) + int(validation)
        return load("kernels").uniform(seed, step, (1,), dtype)[0]

    def strength(self, preference: Tensor) -> Tensor:
        """Return lambda at a place on the scale."""
        return self.least * ops.exp(math.log(self.most / self.least) * preference)

    def weights(self, preference: Tensor, dtype: Any) -> Tensor:
        """Return how far each knot is taken at a place on the scale, [knots]: numbers from 0 to 1 whose sum is 1."""
        place = ops.cast(preference, dtype) * (self.knots - 1)
        return ops.relu(1 - ops.abs(place - ops.arange(self.knots, dtype=dtype)))

    def between(self, knots: Tensor, preference: Tensor) -> Tensor:
        """Return the value at a place on the scale, from values at the knots, [knots, ...]."""
        weights = self.weights(preference, knots.dtype)
        return ops.sum(knots * ops.reshape(weights, (-1,) + (1,) * (len(knots.shape) - 1)), axis=0)
