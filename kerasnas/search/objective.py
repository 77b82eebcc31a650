"""What a strategy climbs: accuracy, less what the network costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from kerasnas.errors import ResultsError, SettingsError
from kerasnas.results import Result
from kerasnas.search.fitness import fitness

FAILED = -math.inf
"""The fitness of a genome that could not be evaluated: worse than any that could."""


@dataclass(frozen=True, slots=True)
class Fitness:
    """Validation accuracy less `penalty` points for every tenfold of cost: `accuracy - penalty * log10(cost)`.

    Attributes:
        penalty: percentage points of accuracy that a network ten times as costly has to gain; 0 ignores cost.
        cost: what counts as cost.

    Raises:
        SettingsError: the penalty is negative or not a number, or there is no such cost.
    """

    penalty: float = 0.0
    cost: Literal["parameters", "macs"] = "parameters"

    def __post_init__(self) -> None:
        if not 0 <= self.penalty < math.inf:
            raise SettingsError(
                f"the penalty is in points of accuracy per tenfold of cost, 0 or more, not {self.penalty}"
            )
        if self.cost not in ("parameters", "macs"):
            raise SettingsError(f"what is penalised is parameters or macs, not {self.cost!r}")

    def __call__(self, result: Result) -> float:
        """Return the fitness of `result`, `FAILED` where it has no accuracy; a score counts where it has that instead.

        Raises:
            ResultsError: cost is penalised, and the result does not say it.
        """
        accuracy = result.score if result.validation_accuracy is None else result.validation_accuracy
        if not result.ok or accuracy is None or not math.isfinite(accuracy):
            return FAILED
        if not self.penalty:
            return accuracy
        cost = getattr(result, self.cost)
        if cost is None:
            raise ResultsError(f"{result.genome}: the result has no {self.cost} to penalise; use a penalty of 0")
        return fitness(accuracy, cost, self.penalty)
