"""`kerasnas search`: a strategy proposes, workers train, every result is a row; run it again to go on."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.output import note, print_json
from kerasnas.cli.places import Places, stop_on_terminate
from kerasnas.cli.spaces import SpaceOptions
from kerasnas.errors import SearchError
from kerasnas.training.settings import PAPER_AUXILIARY_WEIGHT, TrainingSettings

if TYPE_CHECKING:
    from kerasnas.cli.search_view import SearchView
    from kerasnas.data import Dataset
    from kerasnas.search.live import Budget
    from kerasnas.search.strategy import AnyStrategy

DEFAULT_TRIALS = 50
DEFAULT_SPACE = SpaceOptions("chain")


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
    space: options.Space = "chain",
    shape: options.Shape = DEFAULT_SPACE.shape,
    filters: options.Filters = DEFAULT_SPACE.filters,
    channels: options.Channels = None,
    cells: options.Cells = None,
    nodes: options.Nodes = None,
    imagenet: options.ImageNet = False,
    layers: options.Layers = None,
    operations: options.Operations = None,
    stages: options.Stages = None,
    dataset: options.Dataset = "digits",
    data_dir: options.DataDir = None,
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
    max_parameters: options.MaxParameters = None,
    max_macs: options.MaxMacs = None,
    max_activation_bytes: options.MaxActivationBytes = None,
    epochs: options.Epochs = options.DEFAULTS.epochs,
    patience: options.Patience = options.DEFAULTS.patience,
    batch_size: options.BatchSize = options.DEFAULTS.batch_size,
    learning_rate: options.LearningRate = options.DEFAULTS.learning_rate,
    train_fraction: options.TrainFraction = options.DEFAULTS.train_fraction,
    validation_fraction: options.ValidationFraction = options.DEFAULTS.validation_fraction,
    auxiliary: options.Auxiliary = False,
    drop_path: options.DropPath = options.DEFAULTS.drop_path,
    cutout: options.Cutout = options.DEFAULTS.cutout,
    augment: options.Augment = options.DEFAULTS.augment,
    workers: options.Workers = None,
    threads: options.Threads = None,
    timeout: options.Timeout = None,
    ray: options.Ray = None,
    cpus_per_task: options.CpusPerTask = 1,
    gpus_per_task: options.GpusPerTask = 0,
    retry_failed: options.RetryFailed = False,
    latency: options.Latency = False,
    tensorboard: options.TensorBoard = None,
    seed: options.Seed = options.DEFAULTS.seed,
    json: options.Json = False,
) -> None:
    """Search for the best genome, and append a row for each that is trained; run it again to go on.

    Example: kerasnas search --strategy evolution --dataset digits --budget 50 --out results/mine.csv
    """
    from kerasnas.cli.search_view import retrain_command
    from kerasnas.cli.strategies import made_strategy
    from kerasnas.data import load
    from kerasnas.search.limits import Limits
    from kerasnas.search.live import Budget
    from kerasnas.search.objective import Fitness

    settings = TrainingSettings(
        epochs=epochs,
        patience=patience,
        batch_size=batch_size,
        learning_rate=learning_rate,
        train_fraction=train_fraction,
        validation_fraction=validation_fraction,
        seed=seed,
        auxiliary_weight=PAPER_AUXILIARY_WEIGHT if auxiliary else 0.0,
        drop_path=drop_path,
        cutout=cutout,
        augment=augment,
    )
    if budget is None and minutes is None and epochs_budget is None:
        budget = DEFAULT_TRIALS
    ends = Budget(budget, minutes, epochs_budget)
    fitness = Fitness(penalty, penalize)  # type: ignore[arg-type]
    data = load(dataset, data_dir)
    limits = Limits(data.image_shape, data.classes, max_parameters, max_macs, max_activation_bytes)
    chosen = SpaceOptions(space, shape, filters, channels, cells, nodes, imagenet, layers, operations, stages)
    searched = chosen.space(data.image_shape, data.classes)
    proposer = made_strategy(strategy, searched, fitness, limits, strategy_option or ())
    places = Places(workers, threads, timeout, ray, cpus_per_task, gpus_per_task, tensorboard, latency)
    view = _run(proposer, data, settings, ends, places, out, retry_failed)
    summary = view.summary(out)
    if not summary["trials"]:
        raise SearchError(f"nothing was searched: {summary['ended']}")
    if summary["best"]:
        summary["retrain"] = retrain_command(summary["best"], dataset, data_dir)
    if json:
        print_json(summary)
    else:
        view.print_summary(summary, summary.get("retrain", ""))


def _run(
    strategy: AnyStrategy,
    data: Dataset,
    settings: TrainingSettings,
    budget: Budget,
    places: Places,
    out: Path,
    retry_failed: bool,
) -> SearchView:
    from kerasnas.cli.search_view import SearchView
    from kerasnas.evaluation import existing_results
    from kerasnas.results import ResultsWriter
    from kerasnas.search.live import LiveSearch

    protocol = settings.protocol(data)
    stop_on_terminate()
    with ResultsWriter(out) as writer, tempfile.TemporaryDirectory(prefix="kerasnas-data-") as folder:
        if writer.damaged:
            note(f"{out}: a torn last line was set aside into {writer.damaged}; its genome is evaluated again")
        known = [row for row in existing_results(out) if row.ok or not retry_failed]
        workers = places.at_once(budget.trials)
        search = LiveSearch(strategy, protocol, budget, workers=workers, known=known)
        view = SearchView(search, protocol, known=sum(row.protocol == protocol for row in known))
        evaluator = places.evaluator(data, settings, Path(folder), view.progress, budget.trials)
        try:
            with view:
                for result in evaluator.evaluate(search.jobs()):
                    recorded = search.record(result)
                    writer.append(recorded)
                    view.result(recorded)
        except KeyboardInterrupt:
            note(f"\nstopped: {view.done} rows written; run the same command to go on")
            raise
    return view
