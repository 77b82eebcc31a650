"""Where a learning curve leads: a small family of parametric curves, fitted to its beginning.

Source: Domhan, Springenberg and Hutter, "Speeding up Automatic Hyperparameter Optimization of Deep Neural Networks by
Extrapolation of Learning Curves", IJCAI 2015, whose curves these are; fitted here by least squares, not sampled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from scipy.stats import norm

LEAST_EPOCHS = 3
"""So many accuracies are needed for curves of three parameters."""

LEAST_SPREAD = 0.3
"""Percentage points: curves that agree to the last digit still do not know the noise of a single epoch."""


@dataclass(frozen=True)
class Curve:
    """A function of the epoch and three parameters; the bounds keep it rising and finite."""

    name: str
    formula: Callable[[np.ndarray, np.ndarray], np.ndarray]
    lowest: tuple[float, float, float]
    highest: tuple[float, float, float]
    start: tuple[float, float, float]


# x is the share of the epochs, over 0 and up to 1; accuracies are shares as well.
CURVES = (
    Curve("pow3", lambda x, p: p[0] - p[1] * x ** -p[2], (0, 0, 0.01), (1, 2, 3), (0.9, 0.1, 0.5)),
    Curve("exp3", lambda x, p: p[0] - p[1] * np.exp(-p[2] * x), (0, 0, 0.05), (1, 2, 30), (0.9, 0.5, 3)),
    Curve("log power", lambda x, p: p[0] / (1 + (x / p[1]) ** -p[2]), (0, 1e-3, 0.05), (1, 2, 5), (0.9, 0.05, 0.7)),
    Curve("hyperbola", lambda x, p: p[0] - p[1] / (x + p[2]), (0, 0, 1e-3), (1, 2, 3), (0.9, 0.1, 0.2)),
)


@dataclass(frozen=True)
class Extrapolation:
    """A normal distribution of the best accuracy that a training will have had at its end, in percent."""

    mean: float
    spread: float

    def chance_over(self, accuracy: float) -> float:
        """Return the probability, 0 to 1, that the training ends over `accuracy`, in percent."""
        return float(norm.sf(accuracy, self.mean, self.spread))


def extrapolate(accuracies: Sequence[float], epochs: int) -> Extrapolation | None:
    """Return where the accuracies of the first epochs lead, or None where there are too few of them to say.

    Every curve is fitted to all the accuracies, later ones weighing more; the prediction is their mean, a better fit
    weighing more. Its spread holds the curves' disagreement and what they do not explain of the epochs so far.

    Args:
        accuracies: validation accuracies in percent, of epochs 1, 2, and so on.
        epochs: how many there are to be.
    """
    if len(accuracies) < LEAST_EPOCHS or len(accuracies) >= epochs:
        return None
    reached = np.asarray(accuracies, float) / 100
    x = np.arange(1, len(reached) + 1) / epochs
    weights = np.sqrt(np.arange(1, len(reached) + 1))
    ends, errors = zip(*(_end_and_error(curve, x, reached, weights) for curve in CURVES), strict=True)
    trust = np.exp(-(np.array(errors) ** 2) / (2 * max(min(errors), LEAST_SPREAD / 100) ** 2))
    trust /= trust.sum()
    mean = float(trust @ np.array(ends))
    disagreement = float(trust @ (np.array(ends) - mean) ** 2)
    unexplained = float(trust @ np.array(errors)) ** 2
    spread = max(100 * np.sqrt(disagreement + unexplained), LEAST_SPREAD)
    return Extrapolation(max(100 * mean, float(np.max(accuracies))), float(spread))


def _end_and_error(curve: Curve, x: np.ndarray, reached: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Return the fitted curve's value at the last epoch, and the root of its mean squared error so far."""

    def misses(parameters: np.ndarray) -> np.ndarray:
        return weights * (curve.formula(x, parameters) - reached)

    start = np.array(curve.start)
    start[0] = min(0.99, reached.max() + 0.02)
    found = least_squares(misses, np.clip(start, curve.lowest, curve.highest), bounds=(curve.lowest, curve.highest))
    end = float(np.clip(curve.formula(np.array([1.0]), found.x)[0], 0, 1))
    error = float(np.sqrt(np.average((curve.formula(x, found.x) - reached) ** 2, weights=weights**2)))
    return end, error


@dataclass(frozen=True)
class StopUnlikely:
    """Tells a training to stop that is unlikely to reach a target.

    Attributes:
        target: the validation accuracy, in percent, that it has to beat; None never stops.
        confidence: stop where the chance of beating it is under 1 - `confidence`.
        epochs: how many there are to be.
    """

    target: float | None
    confidence: float
    epochs: int

    def __call__(self, accuracies: Sequence[float]) -> bool:
        """Tell from the validation accuracies so far, in percent, whether to stop."""
        if self.target is None or max(accuracies, default=0.0) > self.target:
            return False
        found = extrapolate(accuracies, self.epochs)
        return found is not None and found.chance_over(self.target) < 1 - self.confidence


@dataclass(frozen=True)
class StoppingRecord:
    """What stopping unlikely trainings would have done to a row of trainings that were run to their ends.

    Attributes:
        trainings: how many there were.
        stopped: how many of them would have been stopped.
        would_have_won: how many of those ended over the best that had been seen before them.
        epochs_saved: share of all epochs, 0 to 1.
        kept_best: whether the best of all trainings was run to its end.
    """

    trainings: int
    stopped: int
    would_have_won: int
    epochs_saved: float
    kept_best: bool


def replay_stopping(curves: Sequence[Sequence[float]], confidence: float) -> StoppingRecord:
    """Return what stopping would have done, the trainings coming one after the other.

    Args:
        curves: the validation accuracies of every training, epoch by epoch, in percent, all of them of equal length.
        confidence: see `StopUnlikely`.
    """
    best: float | None = None
    stopped = would_have_won = saved = 0
    ran_to_end = []
    for accuracies in curves:
        stop = StopUnlikely(best, confidence, len(accuracies))
        seen = next((n for n in range(1, len(accuracies)) if stop(accuracies[:n])), len(accuracies))
        final = max(accuracies)
        if seen < len(accuracies):
            stopped, saved = stopped + 1, saved + len(accuracies) - seen
            would_have_won += best is not None and final > best
        else:
            ran_to_end.append(final)
            best = final if best is None else max(best, final)
    return StoppingRecord(
        len(curves),
        stopped,
        would_have_won,
        saved / max(1, sum(map(len, curves))),
        max(ran_to_end, default=-1.0) == max(map(max, curves), default=0.0),
    )
