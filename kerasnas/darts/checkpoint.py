"""A checkpoint per epoch that a kill at any moment leaves whole."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import keras

from kerasnas.errors import ResultsError

_SUFFIX = ".weights.h5"
_NAME = re.compile(r"epoch-(\d{5})(-last)?\.weights\.h5")


class EpochCheckpoint(keras.callbacks.Callback):
    """After each epoch keeps all that a search changes: weights, alphas, optimizers, moving statistics.

    Unlike Keras' `BackupAndRestore`, which writes the weights and the number of the epoch one after the other, a
    checkpoint is one file that appears under its final name at once.

    Args:
        folder: for the checkpoints; only the newest stays.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the checkpoint of this epoch, then drop the older ones."""
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"part{_SUFFIX}"
        self.model.save_weights(part)
        last = self.model.stop_training or epoch + 1 == self.params["epochs"]
        os.replace(part, self._folder / f"epoch-{epoch + 1:05d}{'-last' if last else ''}{_SUFFIX}")
        for old in checkpoints(self._folder)[:-1]:
            old.unlink()


def checkpoints(folder: Path) -> list[Path]:
    """The whole checkpoints in `folder`, oldest first."""
    return sorted(path for path in folder.glob(f"*{_SUFFIX}") if _NAME.fullmatch(path.name))


class Standing(NamedTuple):
    """How far a search has come: the epochs done, and whether it is at its end."""

    epochs: int = 0
    finished: bool = False


def restore(model: keras.Model, folder: Path) -> Standing:
    """Load the newest checkpoint, where there is one, and return how far it is.

    Raises:
        ResultsError: the checkpoint is not one of such a model.
    """
    found = checkpoints(folder)
    if not found:
        return Standing()
    try:
        model.load_weights(found[-1])
    except (ValueError, OSError, KeyError) as error:
        raise ResultsError(f"{found[-1]}: is no checkpoint of this search ({str(error).splitlines()[0]})") from None
    match = _NAME.fullmatch(found[-1].name)
    assert match is not None
    return Standing(int(match[1]), match[2] is not None)
