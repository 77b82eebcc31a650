"""Where a training stands, so that it can be continued where it stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasnas.data.files import write_npz
from kerasnas.results import Protocol
from kerasnas.training.epoch import Epoch


@dataclass
class Standing:
    """What the epochs of a training have come to so far.

    Attributes:
        history: the epochs.
        weights: of the best epoch, as `keras.Model.get_weights` gives them.
        held_out: the probabilities of the validation images after that epoch, `(n, classes)`.
    """

    history: list[Epoch] = field(default_factory=list)
    weights: list[np.ndarray] = field(default_factory=list)
    held_out: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def best(self) -> Epoch | None:
        """The epoch with the best validation accuracy, the first of equals."""
        return max(self.history, key=lambda epoch: epoch.merit, default=None)


@dataclass(frozen=True)
class Checkpoint:
    """A file from which a training of the same genome under the same settings goes on for more epochs.

    The result is that of a training that never stopped: the file holds the weights, the optimizer's memory, and all
    epochs; the order of the images follows from the seed.

    Attributes:
        path: of the file, an `.npz`.
        key: what the training is of; a file with another key is none of its checkpoints.
    """

    path: Path
    key: str

    def restore(self, model: keras.Model, optimizer_variables: Sequence[Any]) -> Standing:
        """Set the variables as they were at the last checkpoint, and return where it stands; fresh where there is none.

        A file that is damaged counts for none: the training starts over.
        """
        try:
            with np.load(self.path, allow_pickle=False) as stored:
                arrays = dict(stored)
            if str(arrays["key"]) != self.key:
                return Standing()
            variables = [*model.variables, *optimizer_variables]
            values = [arrays[f"variable{place}"] for place in range(len(variables))]
        except Exception:  # NumPy and zipfile raise all kinds of errors where a file is damaged
            return Standing()
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        history = [Epoch(**epoch) for epoch in json.loads(str(arrays["history"]))]
        weights = [arrays[f"best{place}"] for place in range(len(model.weights))]
        return Standing(history, weights, arrays["held_out"])

    def remove(self) -> None:
        """Remove the file, if there is one."""
        self.path.unlink(missing_ok=True)

    def save(self, model: keras.Model, optimizer_variables: Sequence[Any], standing: Standing) -> None:
        """Write where the training stands; a kill leaves the old file or the new one."""
        variables = [*model.variables, *optimizer_variables]
        arrays: dict[str, Any] = {f"variable{place}": np.asarray(variable) for place, variable in enumerate(variables)}
        arrays |= {f"best{place}": array for place, array in enumerate(standing.weights)}
        history = json.dumps([asdict(epoch) for epoch in standing.history])
        write_npz(self.path, {"key": self.key, "history": history, "held_out": standing.held_out, **arrays})


def training_checkpoint(folder: Path, genome: str, protocol: Protocol) -> Checkpoint:
    """Return the checkpoint, in `folder`, of all trainings of `genome` that differ in when they stop alone."""
    decay_epochs = protocol.decay_epochs or protocol.epochs
    key = json.dumps([genome, asdict(replace(protocol, epochs=decay_epochs, decay_epochs=0))])
    return Checkpoint(folder / f"{hashlib.sha256(key.encode()).hexdigest()[:20]}.npz", key)
