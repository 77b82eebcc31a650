"""Ending a search before it collapses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from kerasnas.darts.batches import Arrays
from kerasnas.darts.derive import SKIP, derive, derive_cell
from kerasnas.darts.eigenvalue import DominantEigenvalue
from kerasnas.errors import SettingsError


def count_skips(mixture: dict[str, np.ndarray], primitives: Sequence[str]) -> int:
    """The skips of the cell that would be derived now; of a pair of cells, those of the normal one."""
    if "normal" in mixture:
        genotype = derive(mixture["normal"], mixture["reduce"], primitives)
        return sum(name == SKIP for name, _ in genotype.normal)
    (weights,) = mixture.values()
    return sum(edge.primitive == SKIP for edge in derive_cell(weights, primitives).edges)


class StopOnSkips(keras.callbacks.Callback):
    """Ends the search when the derived cell has come to have so many skips (Liang et al., "DARTS+", arXiv 1909.06035).

    The first cells may have as many by chance, since all operations weigh the same at the start; so it takes a rise: an
    epoch before must have had fewer. Adds `skips` to the epoch's logs.

    Args:
        most: the number of skips that ends the search; the paper's is 2.
    """

    def __init__(self, most: int = 2) -> None:
        super().__init__()
        if most < 1:
            raise SettingsError(f"StopOnSkips: most must be at least 1, found {most}.")
        self.most = most
        self.skips: list[int] = []

    def recall(self, skips: Sequence[int]) -> None:
        """Take over what the epochs of an interrupted search came to, all from the first epoch on."""
        self.skips = list(skips)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Count, and stop."""
        self.skips.append(count_skips(self.model.mixture(), self.model.primitives))
        if logs is not None:
            logs["skips"] = self.skips[-1]
        if min(self.skips) < self.most <= self.skips[-1]:
            self.model.stop_training = True


class StopOnEigenvalue(keras.callbacks.Callback):
    """Ends the search when the dominant eigenvalue rises fast, and returns to the alphas before it did (DARTS-ES).

    With l(i) the mean of the eigenvalues of the last `window` epochs: stops at epoch i where
    l(i - window) / l(i) < ratio, and restores the alphas of epoch i - window (Zela et al., ICLR 2020, section 4.3).
    Adds `eigenvalue` to the epoch's logs.

    Args:
        valid: images and labels of the alphas' data; the first batch of them is used.
        window: epochs; the paper's is 5.
        ratio: the paper's is 0.75.
        batch_size: images of the batch.
    """

    def __init__(self, valid: Arrays, window: int = 5, ratio: float = 0.75, batch_size: int = 64) -> None:
        super().__init__()
        if window < 1 or ratio <= 0:
            raise SettingsError(f"StopOnEigenvalue: window {window} and ratio {ratio} must be over 0.")
        self._batch = valid[0][:batch_size], valid[1][:batch_size]
        self.window, self.ratio = window, ratio
        self.eigenvalues: list[float] = []
        self.alphas: list[list[np.ndarray]] = []
        self._compute: DominantEigenvalue | None = None

    def recall(self, eigenvalues: Sequence[float], alphas: Sequence[list[np.ndarray]]) -> None:
        """Take over what the epochs of an interrupted search came to, all from the first epoch on."""
        self.eigenvalues, self.alphas = list(eigenvalues), list(alphas)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Compute, and stop."""
        self._compute = self._compute or DominantEigenvalue(self.model)
        self.eigenvalues.append(self._compute(*self._batch))
        self.alphas.append([keras.ops.convert_to_numpy(v) for v in self.model.architecture_parameters])
        if logs is not None:
            logs["eigenvalue"] = self.eigenvalues[-1]
        if self._rises():
            for variable, value in zip(self.model.architecture_parameters, self.alphas[-1 - self.window], strict=True):
                variable.assign(value)
            self.model.stop_training = True

    def _rises(self) -> bool:
        if len(self.eigenvalues) < 2 * self.window:
            return False
        before = np.mean(self.eigenvalues[-2 * self.window : -self.window])
        now = np.mean(self.eigenvalues[-self.window :])
        return bool(now > 0 and before / now < self.ratio)
