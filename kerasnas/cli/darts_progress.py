"""The epochs of a differentiable search on stderr."""

from __future__ import annotations

import time
from typing import Any

import keras

from kerasnas.cli.output import note
from kerasnas.cli.progress import duration


class SearchProgress(keras.callbacks.Callback):
    """Prints a line an epoch with the time left."""

    def __init__(self) -> None:
        super().__init__()
        self._started, self._first = 0.0, 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the clock with the first epoch of this run."""
        if not self._started:
            self._started, self._first = time.monotonic(), epoch

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Print the line."""
        epochs, logs = self.params["epochs"], logs or {}
        left = (time.monotonic() - self._started) / (epoch + 1 - self._first) * (epochs - epoch - 1)
        figures = "  ".join(f"{name} {value:.4g}" for name, value in logs.items())
        note(f"epoch {epoch + 1}/{epochs}  {figures}  {duration(left)} left")
