"""What a user sees of a live search."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasnas.cli.data_options import DataOptions
from kerasnas.cli.expand import words
from kerasnas.cli.output import note, print_table
from kerasnas.cli.progress import duration
from kerasnas.cli.run_view import RunView, outcome
from kerasnas.cli.training_options import TrainingOptions
from kerasnas.results import Protocol, Result
from kerasnas.search.candidates import best_result

if TYPE_CHECKING:
    from kerasnas.search.live import LiveSearch

_BARS = "▁▂▃▄▅▆▇█"
_CURVE_WIDTH = 40
RETRAIN_EPOCHS = 30


class SearchView(RunView):
    """Shows a search while it runs, and sums it up.

    Args:
        search: the search.
        protocol: its protocol.
        known: how many rows there are already.
    """

    def __init__(self, search: LiveSearch, protocol: Protocol, known: int) -> None:
        super().__init__(protocol)
        self._search = search
        if known:
            note(f"{known} rows of this protocol are there already; trials that are among them are not trained again")

    def line(self, result: Result) -> str:
        """Return the line for a finished genome."""
        best = max(_accuracies(self._search.results), default=0.0)
        size = f"{result.parameters:,} parameters" if result.parameters is not None else ""
        return f"[trial {result.trial}] {result.genome}  {outcome(result)}  {size}  (best {best:.2f}%)"

    def title(self) -> str:
        """Return what stands over the live table: figures, the best genome, and how the best grew with the trials."""
        results = self._search.results
        head = f"{len(results)} trials, {self.done} trained now, {len(self.failed)} failed, {duration(self.seconds)}"
        best = best_result(results)
        if best is None:
            return head
        return (
            f"{head}\nbest {best.validation_accuracy:.2f}% with {best.parameters:,} parameters: {best.genome}\n"
            f"{curve(_accuracies(results))}"
        )

    def summary(self, out: Path, finalists: Sequence[Result] = ()) -> dict[str, Any]:
        """Return the figures of the search for `--json`.

        Args:
            out: the results file.
            finalists: the rows that were trained in full where the search went by estimates: the best is one of them.
        """
        results = self._search.results
        shown = list(finalists) or results
        best = best_result(shown)
        return {
            "out": str(out),
            "ended": self._search.ended,
            "trials": len(results),
            "trained_now": self.done,
            "finalists": len(finalists),
            "failed": sum(not result.ok for result in results),
            "seconds": round(self.seconds, 1),
            "best": None if best is None else _figures(best),
            "pareto_front": [_figures(result) for result in pareto_front(shown)],
        }

    def print_summary(self, summary: dict[str, Any], retrain: str) -> None:
        """Print what came of the search, and the command that retrains the best."""
        print(
            f"{summary['trials']} trials ({summary['failed']} failed), {summary['trained_now']} trained now, in "
            f"{duration(summary['seconds'])}; {summary['ended']}; results in {summary['out']}"
        )
        self.print_failures()
        best = summary["best"]
        if best is None:
            return
        print(f"\nbest genome          {best['genome']}")
        print(f"parameters           {best['parameters']:,}")
        print(f"validation accuracy  {best['validation_accuracy']:.2f}%")
        print("\nPareto front, validation accuracy against parameters")
        print_table(
            ("parameters", "validation", "genome"),
            [(f["parameters"], f["validation_accuracy"], f["genome"]) for f in summary["pareto_front"]],
        )
        print(f"\nnext: {retrain}")


def pareto_front(results: list[Result]) -> list[Result]:
    """Return the results that no other beats in both validation accuracy and parameters, the smallest first."""
    from kerasnas.search.candidates import pareto_front as front
    from kerasnas.search.table_climb import Candidate

    rows = {
        Candidate(result.genome, result.validation_accuracy, result.parameters): result
        for result in results
        if result.ok and result.validation_accuracy is not None and result.parameters is not None
    }
    return [rows[candidate] for candidate in front(list(rows))]


def curve(accuracies: list[float]) -> str:
    """Return the best accuracy so far against trials, as a line of bars with its ends in figures."""
    best = list(accumulate(accuracies, max))
    step = max(1, -(-len(best) // _CURVE_WIDTH))
    shown = best[step - 1 :: step] or best
    low, high = shown[0], shown[-1]
    bars = "".join(_BARS[round((value - low) / ((high - low) or 1.0) * (len(_BARS) - 1))] for value in shown)
    return f"{low:.2f}% {bars} {high:.2f}%"


def retrain_command(best: dict[str, Any], data: DataOptions, training: TrainingOptions) -> str:
    """Return the command that trains the best genome on all images, otherwise as it was trained in the search."""
    fuller = replace(training, epochs=RETRAIN_EPOCHS, train_fraction=1.0)
    return shlex.join(
        ["kerasnas", "train-genome", best["genome"], *words(data, "dataset"), *words(fuller), "--out", "runs/best"]
    )


def _accuracies(results: list[Result]) -> list[float]:
    return [r.validation_accuracy for r in results if r.ok and r.validation_accuracy is not None]


def _figures(result: Result) -> dict[str, Any]:
    return {
        "genome": result.genome,
        "parameters": result.parameters,
        "macs": result.macs,
        "validation_accuracy": result.validation_accuracy,
        "testing_accuracy": result.testing_accuracy,
        "trial": result.trial,
    }
