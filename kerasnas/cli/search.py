"""`kerasnas search`: a strategy proposes, workers train, every result is a row; run it again to go on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kerasnas.cli import options
from kerasnas.cli.data_options import DataOptions
from kerasnas.cli.expand import with_options
from kerasnas.cli.finalists import EstimateOptions, best_rated, state_folder, train_finalists
from kerasnas.cli.limit_options import LimitOptions
from kerasnas.cli.output import note, print_json
from kerasnas.cli.places import Places, stop_on_terminate
from kerasnas.cli.spaces import SpaceOptions
from kerasnas.cli.training_options import TrainingOptions, warn_of_flips
from kerasnas.errors import SearchError

if TYPE_CHECKING:
    from kerasnas.cli.search_view import SearchView
    from kerasnas.data import Dataset
    from kerasnas.evaluation import Evaluator, Progress
    from kerasnas.results import Result
    from kerasnas.search.live import Budget
    from kerasnas.search.strategy import AnyStrategy
    from kerasnas.training.settings import TrainingSettings

DEFAULT_TRIALS = 50
DEFAULT_SPACE, DEFAULT_DATA, DEFAULT_TRAINING = SpaceOptions(), DataOptions(), TrainingOptions()
NO_LIMITS, HERE, IN_FULL = LimitOptions(), Places(), EstimateOptions()


@with_options
def search(
    out: Annotated[Path, typer.Option(help="The results CSV; rows are appended.", show_default=False)],
    strategy: Annotated[
        str,
        typer.Option(
            help="random, hill-climb, hill-climb-steepest, evolution, nsga2, reinforce, predictor; bayesian or "
            "hyperband (KerasTuner's)."
        ),
    ] = "evolution",
    strategy_option: Annotated[
        list[str] | None, typer.Option(help="For the strategy, as name=value; repeatable.", show_default=False)
    ] = None,
    space: SpaceOptions = DEFAULT_SPACE,
    data: DataOptions = DEFAULT_DATA,
    budget: Annotated[
        int | None, typer.Option(min=1, help=f"Trials; {DEFAULT_TRIALS} unless a budget is set.", show_default=False)
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Propose no more after so many minutes.", show_default=False)
    ] = None,
    epochs_budget: Annotated[
        int | None, typer.Option(min=1, help="Propose no more after so many epochs of training.", show_default=False)
    ] = None,
    penalty: Annotated[float, typer.Option(min=0, help="Points of accuracy per tenfold of cost.")] = 0.0,
    penalize: Annotated[str, typer.Option(help="What counts as cost: parameters or macs.")] = "parameters",
    limits: LimitOptions = NO_LIMITS,
    training: TrainingOptions = DEFAULT_TRAINING,
    rating: EstimateOptions = IN_FULL,
    places: Places = HERE,
    retry_failed: options.RetryFailed = False,
    json: options.Json = False,
) -> None:
    """Search for the best genome, and append a row for each that is trained; run it again to go on.

    Example: kerasnas search --strategy evolution --dataset digits --budget 50 --out results/mine.csv
    """
    from kerasnas.cli.search_view import retrain_command
    from kerasnas.cli.strategies import made_strategy
    from kerasnas.search.live import Budget
    from kerasnas.search.objective import Fitness

    settings = training.settings()
    if budget is None and minutes is None and epochs_budget is None:
        budget = DEFAULT_TRIALS
    ends = Budget(budget, minutes, epochs_budget)
    fitness = Fitness(penalty, penalize)  # type: ignore[arg-type]
    dataset = data.load()
    warn_of_flips(settings, dataset)
    admits = limits.limits(dataset.image_shape, dataset.classes)
    searched = space.made(dataset.image_shape, dataset.classes)
    proposer = made_strategy(strategy, searched, fitness, admits, strategy_option or ())
    summary, view = _run(proposer, dataset, settings, ends, places, rating, out, retry_failed)
    if not summary["trials"]:
        raise SearchError(f"nothing was searched: {summary['ended']}")
    if summary["best"]:
        summary["retrain"] = retrain_command(summary["best"], data, training)
    if json:
        print_json(summary)
    else:
        view.print_summary(summary, summary.get("retrain", ""))


def _run(
    strategy: AnyStrategy,
    data: Dataset,
    full: TrainingSettings,
    budget: Budget,
    places: Places,
    rating: EstimateOptions,
    out: Path,
    retry_failed: bool,
) -> tuple[dict[str, Any], SearchView]:
    from kerasnas.cli.search_view import SearchView
    from kerasnas.evaluation import existing_results
    from kerasnas.results import ResultsWriter
    from kerasnas.search.live import LiveSearch

    estimator = rating.estimator()
    settings = estimator.settings(full) if estimator else full
    protocol = settings.protocol(data)
    stop_on_terminate()
    with ResultsWriter(out) as writer, tempfile.TemporaryDirectory(prefix="kerasnas-data-") as folder:
        if writer.damaged:
            note(f"{out}: a torn last line was set aside into {writer.damaged}; its genome is evaluated again")
        kept = state_folder(out, "estimates")
        if estimator:
            estimator.prepare(data, strategy.space, full, kept, note)
        rows = existing_results(out, places.measures)
        known = [row for row in rows if row.ok or not retry_failed]
        workers = places.at_once(budget.trials)
        search = LiveSearch(strategy, protocol, budget, workers=workers, known=known, precedents=estimator is not None)
        view = SearchView(search, protocol, known=sum(row.protocol == protocol for row in known))
        evaluator = places.evaluator(
            data,
            settings,
            Path(folder),
            view.progress,
            budget.trials,
            checkpoints=state_folder(out, "checkpoints") if strategy.continues else None,
            estimate=estimator.estimate(strategy.space, full, kept) if estimator else None,
        )
        finals: list[Result] = []
        try:
            with view:
                for result in evaluator.evaluate(search.jobs()):
                    recorded = search.record(result)
                    writer.append(recorded)
                    view.result(recorded)
            if estimator and rating.finalists:

                def trainer(settings: TrainingSettings, on_progress: Callable[[Progress], None]) -> Evaluator:
                    return places.evaluator(data, settings, Path(folder), on_progress, rating.finalists)

                best = best_rated(search.results, strategy.fitness, rating.finalists)
                finals = train_finalists(best, writer, rows, data, full, trainer)
        except KeyboardInterrupt:
            note(f"\nstopped: {view.done} rows written; run the same command to go on")
            raise
    return view.summary(out, finals), view
