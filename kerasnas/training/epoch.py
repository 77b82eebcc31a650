"""One epoch of a training."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch, counted from 1, of at most `epochs` came to.

    Losses are mean cross-entropies, accuracies percentages.
    """

    epoch: int
    epochs: int
    training_loss: float
    training_accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float

    @property
    def merit(self) -> tuple[float, float]:
        """What epochs are ordered by: validation accuracy, and of equals the validation loss."""
        return self.validation_accuracy, -self.validation_loss
