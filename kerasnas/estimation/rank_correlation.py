"""How well estimates rank genomes: Kendall's tau against full trainings, and what they cost beside those."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import kendalltau

from kerasnas.estimation.learning_curve import LEAST_EPOCHS, extrapolate
from kerasnas.results import Result
from kerasnas.training.epoch import Epoch

RESAMPLES = 1000
CURVE_SHARES = (0.15, 0.3, 0.5)
"""After which shares of the epochs a learning curve is extrapolated."""


@dataclass(frozen=True)
class Agreement:
    """How an estimate compares with full training, over the same genomes.

    Attributes:
        estimator: its name.
        genomes: how many there are.
        tau: Kendall's tau-b, -1 to 1.
        low, high: the middle 95% of tau over bootstrap samples of the genomes.
        cost: what all estimates took, as a share of what all full trainings took.
        regret: percentage points of validation accuracy between the best genome and that which the estimate rates best,
            both trained in full.
    """

    estimator: str
    genomes: int
    tau: float
    low: float
    high: float
    cost: float
    regret: float


def agreement(estimator: str, full: Sequence[float], estimated: Sequence[float], cost: float) -> Agreement:
    """Return how estimates agree with accuracies, given in the same order of genomes.

    Args:
        estimator: its name.
        full: validation accuracies after full training, percent.
        estimated: what the estimator says, larger is better, in any unit.
        cost: see `Agreement`.
    """
    truth, guess = np.asarray(full, float), np.asarray(estimated, float)
    generator = np.random.default_rng(0)
    samples = [generator.integers(0, len(truth), len(truth)) for _ in range(RESAMPLES)]
    taus = [tau for chosen in samples if not math.isnan(tau := _tau(truth[chosen], guess[chosen]))]
    low, high = np.percentile(taus, [2.5, 97.5]) if taus else (math.nan, math.nan)
    regret = float(truth.max() - truth[int(np.argmax(guess))])
    return Agreement(estimator, len(truth), _tau(truth, guess), float(low), float(high), cost, regret)


def agreement_of_rows(
    estimator: str, full: Mapping[str, Result], estimated: Mapping[str, Result], once: float = 0.0
) -> Agreement | None:
    """Return how the rows of an estimator agree with those of full training, None where they share under two genomes.

    Args:
        estimator: its name.
        full, estimated: successful rows by genome.
        once: CPU seconds that the estimator needs once, for all genomes together.
    """
    shared = [genome for genome in full if genome in estimated and _rating(estimated[genome]) is not None]
    if len(shared) < 2:
        return None
    spent = once + sum(estimated[genome].cpu_seconds or 0.0 for genome in shared)
    in_full = sum(full[genome].cpu_seconds or 0.0 for genome in shared)
    return agreement(
        estimator,
        [full[genome].validation_accuracy or 0.0 for genome in shared],
        [_rating(estimated[genome]) or 0.0 for genome in shared],
        spent / in_full if in_full else math.nan,
    )


def agreement_of_curves(curves: Mapping[str, Sequence[Epoch]], rows: Mapping[str, Result]) -> list[Agreement]:
    """Return how the ends to which the beginnings of learning curves are extrapolated agree with the real ones.

    Args:
        curves: the epochs of every full training, by genome; all of the same number of epochs.
        rows: the rows of the same trainings.
    """
    found = []
    names = [name for name in curves if name in rows]
    epochs = len(curves[names[0]]) if names else 0
    for seen in sorted({max(LEAST_EPOCHS, round(share * epochs)) for share in CURVE_SHARES}):
        if seen >= epochs or len(names) < 2:
            continue
        ends = [extrapolate([e.validation_accuracy for e in curves[name][:seen]], epochs) for name in names]
        saved = sum(sum(e.seconds for e in curves[name][seen:]) for name in names)
        total = sum(rows[name].seconds or 0.0 for name in names)
        found.append(
            agreement(
                f"curve after {seen} of {epochs} epochs",
                [rows[name].validation_accuracy or 0.0 for name in names],
                [end.mean for end in ends if end is not None],
                1 - saved / total if total else math.nan,
            )
        )
    return found


def _rating(result: Result) -> float | None:
    return result.score if result.validation_accuracy is None else result.validation_accuracy


def _tau(truth: np.ndarray, guess: np.ndarray) -> float:
    return float(kendalltau(truth, guess).statistic)
