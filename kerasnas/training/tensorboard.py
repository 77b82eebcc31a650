"""Training curves for TensorBoard, written by its own package, so that no TensorFlow is needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from kerasnas.errors import SettingsError

if TYPE_CHECKING:
    from kerasnas.training.epoch import Epoch

OnEpoch = Callable[["Epoch"], None]

_SCALARS = ("training_loss", "training_accuracy", "validation_loss", "validation_accuracy", "seconds")


@contextmanager
def logged(on_epoch: OnEpoch, folder: Path | None, genome: str) -> Iterator[OnEpoch]:
    """Give a function that does what `on_epoch` does and, unless `folder` is None, writes the epoch there first."""
    if folder is None:
        yield on_epoch
        return
    with EpochLog(folder, genome) as log:

        def log_and_report(epoch: Epoch) -> None:
            log.write(epoch)
            on_epoch(epoch)

        yield log_and_report


class EpochLog:
    """Writes each epoch's figures into a folder of the genome's own, as it ends; a context manager."""

    def __init__(self, folder: Path, genome: str) -> None:
        try:
            from tensorboard.summary.writer.event_file_writer import EventFileWriter
        except ImportError:
            raise SettingsError("--tensorboard needs its own package; pip install 'kerasnas[tensorboard]'") from None

        name = re.sub(r"[^A-Za-z0-9]+", "_", genome)[:200]
        self._writer = EventFileWriter(str(folder / name))

    def __enter__(self) -> EpochLog:
        return self

    def __exit__(self, *error: object) -> None:
        self._writer.close()

    def write(self, epoch: Epoch) -> None:
        """Write the figures of one epoch and send them to the disk."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        figures = asdict(epoch)
        values = [Summary.Value(tag=name, simple_value=figures[name]) for name in _SCALARS]
        self._writer.add_event(Event(step=epoch.epoch, summary=Summary(value=values)))
        self._writer.flush()
