"""Searching by estimates: the options, and the full training of the best at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kerasnas.cli.output import note
from kerasnas.results import OK, Result, ResultsWriter

if TYPE_CHECKING:
    from kerasnas.data import Dataset
    from kerasnas.estimation.estimators import Estimator
    from kerasnas.evaluation import Evaluator, Progress
    from kerasnas.training.settings import TrainingSettings

FINALIST = "finalist"
"""Stands in the column of the strategy where a search by estimates trained a genome in full."""


@dataclass(frozen=True, slots=True)
class EstimateOptions:
    """How a search rates genomes, where not by training each in full; the fields are options."""

    estimate: Annotated[
        str | None,
        typer.Option(
            help="Rate genomes by less than a full training: fidelity[:epochs=0.1,…], curve[:CONFIDENCE], "
            "inheritance[:epochs=0.1], one-shot[:EPOCHS], synflow, naswot, grad-norm, or auto, the best of them.",
            show_default=False,
        ),
    ] = None
    finalists: Annotated[int, typer.Option(min=0, help="With --estimate: train so many of the best in full.")] = 3

    def estimator(self) -> Estimator | None:
        """Return the estimator, None for full trainings; raises `SettingsError` where there is none of that name."""
        if self.estimate is None:
            return None
        from kerasnas.estimation.estimators import read_estimator

        estimator = read_estimator(self.estimate)
        note(f"estimating by {estimator}")
        return estimator


def best_rated(results: Sequence[Result], fitness: Callable[[Result], float], count: int) -> list[str]:
    """Return the genomes of the `count` fittest results, the fittest first."""
    rated = {result.genome: fitness(result) for result in results if result.status == OK}
    return sorted(rated, key=lambda genome: -rated[genome])[:count]


def train_finalists(
    genomes: Sequence[str],
    writer: ResultsWriter,
    known: Sequence[Result],
    data: Dataset,
    settings: TrainingSettings,
    evaluator: Callable[[TrainingSettings, Callable[[Progress], None]], Evaluator],
) -> list[Result]:
    """Train `genomes` in full, those of them that have no row yet, and return the rows of all of them.

    Args:
        genomes: canonical texts.
        writer: of the results file.
        known: the rows that are there.
        data: the images.
        settings: of the full training.
        evaluator: makes what trains, from settings and a receiver of progress.
    """
    from kerasnas.cli.batch_view import BatchView
    from kerasnas.evaluation import Job, plan

    protocol = settings.protocol(data)
    note(f"training the {len(genomes)} best rated in full")
    batch = plan(genomes, known, protocol, retry_failed=False)
    rows = [row for row in known if row.protocol == protocol and row.genome in genomes]
    view = BatchView(batch, protocol)
    with view:
        for result in evaluator(settings, view.progress).evaluate(map(Job, batch.pending)):
            row = replace(result, strategy=FINALIST)
            writer.append(row)
            view.result(row)
            rows.append(row)
    return rows


def state_folder(out: Path, what: str) -> Path:
    """Return the folder beside a results file in which a search keeps `what` it needs to go on."""
    return out.with_name(f"{out.stem}.{what}")
