"""Progress on stderr: a live line or table in a terminal, plain lines in a pipe."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from kerasnas.cli.output import note

if TYPE_CHECKING:
    from kerasnas.training.epoch import Epoch


def in_terminal() -> bool:
    """Tell whether stderr is a terminal."""
    return sys.stderr.isatty()


def duration(seconds: float) -> str:
    """Return a time such as `1:02:03` or `4:05`."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


class LoadProgress:
    """Shows how many image files have been read or decoded: a live line in a terminal, quarters in a pipe."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show that `done` of `total` files are done."""
        quarter = 4 * done // total
        if in_terminal():
            if done == total or done % 20 == 0:
                line = f"{what} images: {done:,} of {total:,}"
                print(f"\r\x1b[K{line}", end="\n" if done == total else "", file=sys.stderr, flush=True)
        elif what == "decoding" and quarter > 4 * (done - 1) // total:
            note(f"{what} images: {done:,} of {total:,}")


class EpochProgress:
    """Shows the epochs of one training with the time left; call it with each epoch."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def __call__(self, epoch: Epoch) -> None:
        """Show one epoch."""
        left = (time.monotonic() - self._started) / epoch.epoch * (epoch.epochs - epoch.epoch)
        line = (
            f"epoch {epoch.epoch}/{epoch.epochs}  "
            f"training {epoch.training_accuracy:.2f}% (loss {epoch.training_loss:.3f})  "
            f"validation {epoch.validation_accuracy:.2f}% (loss {epoch.validation_loss:.3f})  "
            f"{duration(left)} left"
        )
        if in_terminal():
            print(f"\r\x1b[K{line}", end="" if epoch.epoch < epoch.epochs else "\n", file=sys.stderr, flush=True)
        else:
            note(line)
