"""Expected costs in the alphas' loss: as a penalty, as a target, and times a preference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras import ops

from kerasnas.darts.options.base import Moment, SearchOption
from kerasnas.darts.preferences import Preferences
from kerasnas.darts.resources.expected import ExpectedCost
from kerasnas.errors import SettingsError

Tensor = Any


class ResourcePenalty(SearchOption):
    """Adds `weight` times the share that the expected cost has of the way from the cheapest network to the dearest.

    Args:
        cost: of the resource.
        weight: in units of the loss, for the dearest network.
    """

    def __init__(self, cost: ExpectedCost, weight: float) -> None:
        if weight < 0:
            raise SettingsError(f"penalty: the weight of {cost.resource} must be at least 0, found {weight}.")
        self.cost, self.weight = cost, weight

    def penalty(self, alphas: Sequence[Tensor], moment: Moment) -> Tensor:
        """See `SearchOption`."""
        return self.weight * self.cost.share(_mixtures(alphas))


class ResourceTarget(SearchOption):
    """Adds `weight` times the square of how far the expected cost is over the target, relative to the target.

    Args:
        cost: of the resource.
        target: in the unit of the resource.
        weight: in units of the loss, at twice the target.

    Raises:
        SettingsError: no network of the space is within the target.
    """

    def __init__(self, cost: ExpectedCost, target: float, weight: float = 10.0) -> None:
        least, _ = cost.range
        if target < least:
            raise SettingsError(
                f"target: the cheapest network of the space has {least:,} {cost.resource}, more than {target:,.0f}; "
                "raise the target, or use fewer channels or cells."
            )
        self.cost, self.target, self.weight = cost, target, weight

    def penalty(self, alphas: Sequence[Tensor], moment: Moment) -> Tensor:
        """See `SearchOption`."""
        return self.weight * ops.square(ops.relu(self.cost(_mixtures(alphas)) / self.target - 1))


class ResourcePreference(SearchOption):
    """Adds lambda times the share of the expected cost; lambda is what the step drew.

    Args:
        cost: of the resource.
        preferences: the range of lambda.
    """

    def __init__(self, cost: ExpectedCost, preferences: Preferences) -> None:
        self.cost, self.preferences = cost, preferences

    def penalty(self, alphas: Sequence[Tensor], moment: Moment) -> Tensor:
        """See `SearchOption`."""
        return self.preferences.strength(moment.preference) * self.cost.share(_mixtures(alphas))


def _mixtures(alphas: Sequence[Tensor]) -> list[Tensor]:
    return [ops.softmax(alpha, axis=-1) for alpha in alphas]
