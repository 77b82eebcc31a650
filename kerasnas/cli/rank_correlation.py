"""`kerasnas rank-correlation`: how well cheaper estimates rank genomes, and what they cost."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kerasnas.cli import options
from kerasnas.cli.artifacts import write_table
from kerasnas.cli.data_options import DataOptions
from kerasnas.cli.expand import with_options
from kerasnas.cli.output import note, print_json, print_table
from kerasnas.cli.places import Places, stop_on_terminate
from kerasnas.cli.spaces import SpaceOptions
from kerasnas.cli.training_options import TrainingOptions, warn_of_flips
from kerasnas.errors import SettingsError

if TYPE_CHECKING:
    from kerasnas.data import Dataset
    from kerasnas.estimation.estimators import Estimator
    from kerasnas.estimation.rank_correlation import Agreement
    from kerasnas.evaluation import Batch
    from kerasnas.evaluation.evaluator import Job
    from kerasnas.evaluation.task import Estimate
    from kerasnas.genome import SearchSpace
    from kerasnas.results import Protocol, Result, ResultsWriter
    from kerasnas.training.epoch import Epoch
    from kerasnas.training.settings import TrainingSettings

RESULTS, TABLE, PICTURE, STATE = "results.csv", "table.csv", "table.png", "state"
DEFAULT_ESTIMATES = ("auto", "fidelity", "inheritance", "one-shot", "synflow", "naswot", "grad-norm")
CONFIDENCES = (0.8, 0.9, 0.95, 0.99)
DEFAULT_SPACE = SpaceOptions()


@with_options
def rank_correlation(
    genomes: Annotated[list[str], typer.Argument(help="Genomes, or files with one a line.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder for results.csv, table.csv, table.png.", show_default=False)],
    data: DataOptions,
    training: TrainingOptions,
    places: Places,
    estimate: Annotated[
        list[str] | None,
        typer.Option(help=f"As for search, again for more; unless set {', '.join(DEFAULT_ESTIMATES)}."),
    ] = None,
    space: SpaceOptions = DEFAULT_SPACE,
    json: options.Json = False,
) -> None:
    """Train genomes in full and by each estimate; print Kendall's tau of each, and its share of the CPU time.

    Learning curves cost nothing more: those of the full trainings are extrapolated from their beginnings.

    Example: kerasnas rank-correlation genomes/mine.txt --dataset fashion_mnist --epochs 20 --out results/ranks
    """
    from kerasnas.estimation.estimators import read_estimator
    from kerasnas.evaluation import read_genomes
    from kerasnas.genome import parse
    from kerasnas.report.plots import plot_agreement

    full = training.settings()
    if full.fidelity or full.estimator:
        raise SettingsError("rank-correlation compares with full trainings; leave out --fidelity")
    estimators = [read_estimator(text) for text in estimate or DEFAULT_ESTIMATES]
    texts = list(dict.fromkeys(str(parse(text)) for text in read_genomes(genomes)))
    dataset = data.load()
    warn_of_flips(full, dataset)
    searched = space.made(dataset.image_shape, dataset.classes)
    stop_on_terminate()
    run = _Run(texts, dataset, full, searched, places, out)
    run.do(estimators)
    table, stopping = run.table(estimators), run.stopping()
    if table:
        write_table([rounded(row) for row in table], out / TABLE)
        plot_agreement(table, out / PICTURE)
    if json:
        print_json({"out": str(out), "table": [asdict(row) for row in table], "stopping": stopping})
    else:
        _print(table, stopping, out)


@dataclass(frozen=True)
class _Run:
    texts: Sequence[str]
    dataset: Dataset
    full: TrainingSettings
    space: SearchSpace
    places: Places
    out: Path

    def do(self, estimators: Sequence[Estimator]) -> None:
        """Append a row for every genome, trained in full and by every estimate, but for those that are there."""
        from kerasnas.estimation.estimates import RecordedTraining
        from kerasnas.results import ResultsWriter

        state = self.out / STATE
        with (
            ResultsWriter(self.out / RESULTS) as writer,
            tempfile.TemporaryDirectory(prefix="kerasnas-data-") as name,
        ):
            shared = Path(name)
            self._rows_of(writer, shared, self._plan(writer, self.full), self.full, RecordedTraining(state / "curves"))
            for estimator in estimators:
                note(f"estimating by {estimator}")
                settings = estimator.settings(self.full)
                batch = self._plan(writer, settings)
                if batch.pending:
                    estimator.prepare(self.dataset, self.space, self.full, state, note)
                self._rows_of(writer, shared, batch, settings, estimator.estimate(self.space, self.full, state))

    def table(self, estimators: Sequence[Estimator]) -> list[Agreement]:
        """Return how each estimate agrees with full training, those of learning curves last."""
        from kerasnas.estimation.rank_correlation import agreement_of_curves, agreement_of_rows
        from kerasnas.results import read

        known = read(self.out / RESULTS).results
        full = self._successful(known, self.full.protocol(self.dataset))
        rows = []
        for estimator in estimators:
            estimated = self._successful(known, estimator.settings(self.full).protocol(self.dataset))
            row = agreement_of_rows(str(estimator), full, estimated, estimator.cpu_seconds_once(self.out / STATE))
            rows += [row] if row else []
        return [*rows, *agreement_of_curves(self._curves(), full)]

    def stopping(self) -> list[dict[str, Any]]:
        """Return what stopping unlikely trainings would have done to these, for some confidences."""
        from kerasnas.estimation.learning_curve import replay_stopping

        curves = [[epoch.validation_accuracy for epoch in curve] for curve in self._curves().values()]
        return [{"confidence": share, **asdict(replay_stopping(curves, share))} for share in CONFIDENCES]

    def _plan(self, writer: ResultsWriter, settings: TrainingSettings) -> Batch:
        from kerasnas.evaluation import existing_results, plan

        return plan(self.texts, existing_results(writer.path), settings.protocol(self.dataset), retry_failed=False)

    def _rows_of(
        self, writer: ResultsWriter, shared: Path, batch: Batch, settings: TrainingSettings, estimate: Estimate | None
    ) -> None:
        from kerasnas.cli.batch_view import BatchView
        from kerasnas.evaluation import evaluate_into

        view = BatchView(batch, settings.protocol(self.dataset))
        if not batch.pending:
            return
        with view:
            evaluator = self.places.evaluator(
                self.dataset, settings, shared, view.progress, len(batch.pending), estimate=estimate
            )
            evaluate_into(writer, evaluator, self._jobs(batch.pending), view.result)

    def _jobs(self, pending: Sequence[str]) -> Iterator[Job]:
        """Yield a job a genome; it may inherit from those that stand before it in the list, done long since."""
        from kerasnas.evaluation import Job
        from kerasnas.results import Result
        from kerasnas.search.precedent import most_alike

        number = {genome: place for place, genome in enumerate(self.texts)}
        for genome in pending:
            before = self.texts[: max(0, number[genome] - 2 * self.places.at_once())]
            yield Job(genome, ancestor=most_alike(genome, [Result(text) for text in before]))

    def _successful(self, known: Sequence[Result], protocol: Protocol) -> dict[str, Result]:
        wanted = set(self.texts)
        return {row.genome: row for row in known if row.ok and row.protocol == protocol and row.genome in wanted}

    def _curves(self) -> dict[str, list[Epoch]]:
        from kerasnas.estimation.estimates import read_curve

        found = {genome: read_curve(self.out / STATE / "curves", genome) for genome in self.texts}
        return {genome: curve for genome, curve in found.items() if curve and len(curve) == self.full.epochs}


def rounded(row: Agreement) -> dict[str, Any]:
    """Return the columns of the table with four digits behind the point."""
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(row).items()}


def _print(table: Sequence[Agreement], stopping: Sequence[dict[str, Any]], out: Path) -> None:
    print_table(
        ("estimate", "genomes", "tau", "95% from", "to", "share of the time", "regret"),
        [(r.estimator, r.genomes, r.tau, r.low, r.high, round(r.cost, 4), r.regret) for r in table],
    )
    if stopping:
        print("\nstopping trainings that are unlikely to beat the best so far")
        print_table(
            ("confidence", "trainings", "stopped", "would have won", "epochs saved", "best one kept"),
            [tuple(record.values()) for record in stopping],
        )
    print(f"\nwritten: {out / RESULTS}, {out / TABLE}, {out / PICTURE}")
