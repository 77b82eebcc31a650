"""What a user sees of a batch evaluation: a live table in a terminal, plain lines in a pipe, a summary."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasnas.cli.output import note
from kerasnas.cli.progress import duration, in_terminal
from kerasnas.results import Protocol, Result

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

    from kerasnas.evaluation import Batch, Progress


class BatchView:
    """Shows a batch while it runs. A context manager around the running."""

    def __init__(self, batch: Batch, protocol: Protocol) -> None:
        self._batch = batch
        self._started = time.monotonic()
        self._running: dict[int, Progress] = {}
        self._live: Live | None = None
        self.done = 0
        self.failed: list[Result] = []
        self.best: Result | None = None
        note(f"protocol: {protocol}")
        note(f"{len(batch.pending)} to evaluate, {batch.known} known already, {batch.repeated} repeated")

    @property
    def left(self) -> int:
        """How many genomes are still to be done."""
        return len(self._batch.pending) - self.done

    def __enter__(self) -> BatchView:
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
            note(self._line(result))
        self._refresh()

    def summary(self, out: Path) -> dict[str, Any]:
        """Return the figures of the run for `--json`."""
        return {
            "out": str(out),
            "evaluated": self.done,
            "failed": len(self.failed),
            "known_already": self._batch.known,
            "seconds": round(time.monotonic() - self._started, 1),
            "best": None
            if self.best is None
            else {
                "genome": self.best.genome,
                "parameters": self.best.parameters,
                "validation_accuracy": self.best.validation_accuracy,
                "testing_accuracy": self.best.testing_accuracy,
            },
        }

    def print_summary(self, summary: dict[str, Any]) -> None:
        """Print what came of the run, and what to do next."""
        print(
            f"{summary['evaluated']} evaluated ({summary['failed']} failed), {summary['known_already']} known already, "
            f"in {duration(summary['seconds'])}; results in {summary['out']}"
        )
        for result in self.failed[:10]:
            print(f"  {result.status}: {result.genome}: {result.reason}")
        if self.best:
            print(
                f"best of this run by validation accuracy: {self.best.genome} "
                f"({self.best.parameters:,} parameters, validation {self.best.validation_accuracy:.2f}%)"
            )
        print(f"next: kerasnas hillclimb {summary['out']}")

    def _line(self, result: Result) -> str:
        outcome = f"{result.status}: {result.reason}"
        if result.ok:
            outcome = f"validation {result.validation_accuracy:.2f}%"
        place = f"[{self.done}/{len(self._batch.pending)}]"
        return f"{place} {result.genome}  {outcome}  {duration(self._time_left())} left"

    def _time_left(self) -> float:
        return (time.monotonic() - self._started) / max(self.done, 1) * self.left

    def _refresh(self) -> None:
        if self._live:
            self._live.update(self._table())

    def _table(self) -> Table:
        from rich.markup import escape
        from rich.table import Table

        minutes = (time.monotonic() - self._started) / 60
        best = f"best {self.best.validation_accuracy:.2f}%" if self.best else "no result yet"
        table = Table(
            title=f"{self.done} done, {len(self.failed)} failed, {self.left} left   "
            f"{self.done / max(minutes, 1e-9):.1f} a minute, {duration(self._time_left())} left   {best}"
        )
        table.add_column("running")
        table.add_column("epoch", justify="right")
        table.add_column("validation", justify="right")
        for progress in self._running.values():
            table.add_row(
                escape(progress.genome), f"{progress.epoch}/{progress.epochs}", f"{progress.validation_accuracy:.2f}%"
            )
        return table
