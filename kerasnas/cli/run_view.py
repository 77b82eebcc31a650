"""What a user sees of a run of many genomes: a live table in a terminal, plain lines in a pipe."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from kerasnas.cli.output import note
from kerasnas.cli.progress import in_terminal
from kerasnas.results import Protocol, Result

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

    from kerasnas.evaluation import Progress


class RunView(ABC):
    """Shows a run. A context manager around the running.

    Attributes:
        done: how many genomes have been evaluated.
        failed: the results of those that failed.
        best: the result with the best validation accuracy.
    """

    def __init__(self, protocol: Protocol) -> None:
        self._started = time.monotonic()
        self._running: dict[int, Progress] = {}
        self._live: Live | None = None
        self.done = 0
        self.failed: list[Result] = []
        self.best: Result | None = None
        note(f"protocol: {protocol}")

    @abstractmethod
    def line(self, result: Result) -> str:
        """Return the line for a finished genome."""

    @abstractmethod
    def title(self) -> str:
        """Return what stands over the live table."""

    @property
    def seconds(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._started

    def __enter__(self) -> RunView:
        if in_terminal():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(self._table(), console=Console(stderr=True), refresh_per_second=4)
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._live:
            self._live.update(self._table())
            self._live.stop()

    def progress(self, progress: Progress) -> None:
        """Take in how far a running genome is."""
        self._running[progress.worker] = progress
        self._refresh()

    def result(self, result: Result) -> None:
        """Take in a finished genome, whose row is on the disk."""
        self.done += 1
        self._running = {w: p for w, p in self._running.items() if p.genome != result.genome}
        if not result.ok:
            self.failed.append(result)
        elif self.best is None or (result.validation_accuracy or 0) > (self.best.validation_accuracy or 0):
            self.best = result
        if self._live is None:
            note(self.line(result))
        self._refresh()

    def print_failures(self) -> None:
        """Print a line for each of the first failures."""
        for result in self.failed[:10]:
            print(f"  {result.status}: {result.genome}: {result.reason}")

    def _refresh(self) -> None:
        if self._live:
            self._live.update(self._table())

    def _table(self) -> Table:
        from rich.markup import escape
        from rich.table import Table

        table = Table(title=self.title())
        table.add_column("running")
        table.add_column("epoch", justify="right")
        table.add_column("validation", justify="right")
        for progress in self._running.values():
            table.add_row(
                escape(progress.genome), f"{progress.epoch}/{progress.epochs}", f"{progress.validation_accuracy:.2f}%"
            )
        return table


def outcome(result: Result) -> str:
    """Return what came of a genome, in a few words."""
    if not result.ok:
        return f"{result.status}: {result.reason}"
    if result.validation_accuracy is not None:
        return f"validation {result.validation_accuracy:.2f}%"
    return "trained" if result.score is None else f"score {result.score:.4g}"
