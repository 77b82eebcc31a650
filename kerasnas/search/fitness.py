"""One number for a model that balances accuracy with size."""

from __future__ import annotations

from math import log10

DEFAULT_PENALTY = 2.0
"""Points of accuracy that a model ten times as large must gain to be worth as much."""


def fitness(accuracy: float, size: float, penalty: float = DEFAULT_PENALTY) -> float:
    """Return `accuracy - penalty * log10(size)`.

    A model ten times as large has to be `penalty` points more accurate to be as fit.

    Args:
        accuracy: percent.
        size: parameters or multiply-adds; 0 counts as 1.
        penalty: points of accuracy per tenfold of size.
    """
    return accuracy - penalty * log10(max(size, 1))
