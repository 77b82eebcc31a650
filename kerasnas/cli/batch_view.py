"""What a user sees of a batch evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasnas.cli.output import note
from kerasnas.cli.progress import duration
from kerasnas.cli.run_view import RunView, outcome
from kerasnas.results import Protocol, Result

if TYPE_CHECKING:
    from kerasnas.evaluation import Batch


class BatchView(RunView):
    """Shows a batch while it runs, and sums it up."""

    def __init__(self, batch: Batch, protocol: Protocol) -> None:
        super().__init__(protocol)
        self._batch = batch
        note(f"{len(batch.pending)} to evaluate, {batch.known} known already, {batch.repeated} repeated")

    @property
    def left(self) -> int:
        """How many genomes are still to be done."""
        return len(self._batch.pending) - self.done

    def line(self, result: Result) -> str:
        """Return the line for a finished genome."""
        place = f"[{self.done}/{len(self._batch.pending)}]"
        return f"{place} {result.genome}  {outcome(result)}  {duration(self._time_left())} left"

    def title(self) -> str:
        """Return what stands over the live table."""
        best = f"best {self.best.validation_accuracy:.2f}%" if self.best else "no result yet"
        return (
            f"{self.done} done, {len(self.failed)} failed, {self.left} left   "
            f"{self.done / max(self.seconds / 60, 1e-9):.1f} a minute, {duration(self._time_left())} left   {best}"
        )

    def summary(self, out: Path) -> dict[str, Any]:
        """Return the figures of the run for `--json`."""
        return {
            "out": str(out),
            "evaluated": self.done,
            "failed": len(self.failed),
            "known_already": self._batch.known,
            "seconds": round(self.seconds, 1),
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
        self.print_failures()
        if self.best:
            print(
                f"best of this run by validation accuracy: {self.best.genome} "
                f"({self.best.parameters:,} parameters, validation {self.best.validation_accuracy:.2f}%)"
            )
        print(f"next: kerasnas hillclimb {summary['out']}")

    def _time_left(self) -> float:
        return self.seconds / max(self.done, 1) * self.left
