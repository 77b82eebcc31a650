"""`kerasnas darts search`: a differentiable search in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kerasnas.cli import options
from kerasnas.cli.data_options import DataOptions
from kerasnas.cli.expand import with_options
from kerasnas.cli.limit_options import LimitOptions
from kerasnas.cli.output import note, print_json

if TYPE_CHECKING:
    from kerasnas.genome import Genome

Out = Annotated[Path, typer.Option(help="Folder of the search; one begun before goes on.", show_default=False)]
Table = Annotated[
    Path | None,
    typer.Option(help="CSV of known results by cell: prints the true worth of the derived one.", show_default=False),
]

Hypernetwork = Annotated[
    str | None,
    typer.Option(
        help="Makes the weights from the alphas: linear (HyperDARTS-1), mlp (HyperDARTS-2) or structured.",
        show_default=False,
    ),
]
Cells = Annotated[
    int | None,
    typer.Option(help="Of the supernet: 8 in all, or 5 a stage with nasbench201, unless set.", show_default=False),
]
Nodes = Annotated[int, typer.Option(help="Of DARTS' cells, 2 to 5.")]
RESOURCES = "parameters, macs, activation-bytes"

DEFAULT_DATA = DataOptions(dataset="cifar10")
NO_LIMITS = LimitOptions()


@with_options
def search(
    out: Out,
    space: Annotated[str, typer.Option(help="darts or nasbench201.")] = "darts",
    data: DataOptions = DEFAULT_DATA,
    epochs: Annotated[int, typer.Option(help="Of the search.")] = 50,
    batch_size: Annotated[int, typer.Option(help="Images a step, of either half of the training images.")] = 64,
    channels: Annotated[int, typer.Option(help="Of the supernet's first cells.")] = 16,
    cells: Cells = None,
    nodes: Nodes = 4,
    order: Annotated[int, typer.Option(help="1, or 2 for the one-step unrolled gradient.")] = 1,
    option: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME or NAME=NUMBER, again for more: partial-channels, edge-normalisation, gumbel, auxiliary-skip, "
            "beta-decay, warm-up.",
            show_default=False,
        ),
    ] = None,
    stop: Annotated[
        str | None,
        typer.Option(help="Early stop: skips[=N], or eigenvalue[=RATIO].", show_default=False),
    ] = None,
    max_skips: Annotated[int | None, typer.Option(help="Cap on the derived cell's skips.", show_default=False)] = None,
    checkpointing: Annotated[
        bool, typer.Option("--checkpointing", help="Recompute activations: less memory, more time.")
    ] = False,
    augment: Annotated[bool, typer.Option(help="Crop the images; flip them too, but for digits and hands.")] = True,
    images: Annotated[int | None, typer.Option(help="Training images to use; all unless set.")] = None,
    shrink: Annotated[int, typer.Option(help="Divide height and width of the images by it.")] = 1,
    weights_learning_rate: Annotated[float, typer.Option(help="Of the weights' SGD, at its start.")] = 0.025,
    alphas_learning_rate: Annotated[float, typer.Option(help="Of the alphas' Adam.")] = 3e-4,
    table: Table = None,
    limits: LimitOptions = NO_LIMITS,
    hypernetwork: Hypernetwork = None,
    perturbation: Annotated[float, typer.Option(help="Of the alphas, for --hypernetwork: standard deviation.")] = 0.5,
    tune_perturbation: Annotated[
        bool, typer.Option("--tune-perturbation", help="Let the perturbation's scale move with the alphas.")
    ] = False,
    response_rate: Annotated[
        float, typer.Option(help="For --hypernetwork: learning rate of its response over that of the weights.")
    ] = 1.0,
    resource_penalty: Annotated[
        list[str] | None,
        typer.Option(help=f"RESOURCE=WEIGHT in the alphas' loss, again for more: {RESOURCES}.", show_default=False),
    ] = None,
    resource_target: Annotated[
        list[str] | None,
        typer.Option(help="RESOURCE=AMOUNT that the network should not be over, again for more.", show_default=False),
    ] = None,
    preference: Annotated[
        str | None,
        typer.Option(help="RESOURCE=LEAST:MOST: search for all weights of this range at once.", show_default=False),
    ] = None,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Search for a cell by DARTS, and print its genome; where that is over a limit, with fewer channels.

    Example: kerasnas darts search --space nasbench201 --dataset cifar10 --option beta-decay --out runs/darts
    """
    from kerasnas.training.quiet import import_backend_quietly

    import_backend_quietly()
    from kerasnas.cli.artifacts import prepare_folder
    from kerasnas.darts.settings import SearchSettings

    settings = SearchSettings(
        space=space,
        dataset=data.dataset,
        selection=data.selection(),
        epochs=epochs,
        batch_size=batch_size,
        channels=channels,
        cells=cells or usual_cells(space),
        nodes=nodes,
        order=order,
        weights_learning_rate=weights_learning_rate,
        alphas_learning_rate=alphas_learning_rate,
        images=images,
        shrink=shrink,
        augment=augment,
        options=tuple(option or ()),
        stop=stop,
        max_skips=max_skips,
        checkpointing=checkpointing,
        seed=seed,
        hypernetwork=hypernetwork,
        perturbation=perturbation,
        tune_perturbation=tune_perturbation,
        response_rate=response_rate,
        penalties=tuple(resource_penalty or ()),
        targets=tuple(resource_target or ()),
        preference=preference,
    )
    known = read_table(table) if table else None
    dataset = data.load()
    prepare_folder(out)
    note(f"searching {space} on {dataset.source}")
    from kerasnas.cli.darts_progress import SearchProgress
    from kerasnas.darts.backend import load as load_backend
    from kerasnas.darts.run import SearchRun

    load_backend("trainer").set_up_process()
    run = SearchRun(out, settings)
    run.search(dataset, [SearchProgress()])
    if preference is not None:
        from kerasnas.cli.darts_front import report_front

        return report_front(run, dataset, limits, json)
    admits = limits.limits(dataset.image_shape, dataset.classes)
    report(derived(run, known, admits=admits), json)


def usual_cells(space: str) -> int:
    """Return how many cells a supernet of a space has unless told: in all, or in NAS-Bench-201's a stage."""
    return 8 if space == "darts" else 5


def derived(
    run: Any,
    known: Any | None,
    strengths: Any | None = None,
    max_skips: int | None = None,
    admits: Callable[[Genome], bool] = lambda genome: True,
) -> dict[str, Any]:
    """Return what a search came to: the cell, the genome, and the true worth where a table knows it."""
    cell = run.derive(strengths, max_skips)
    genome = str(run.genome(cell, admits=admits))
    found: dict[str, Any] = {"cell": str(cell), "genome": genome, "out": str(run.folder)}
    if known is not None:
        found["table"] = true_worth(known, str(cell))
    return found


def report(found: dict[str, Any], json: bool) -> None:
    """Print what `derived` returned."""
    if json:
        print_json(found)
        return
    print(found["genome"])
    for name, value in found.get("table", {}).items():
        print(f"{name:24} {value}")


def read_table(path: Path) -> dict[str, dict[str, str]]:
    """Return the columns of a table of known results by cell; raises `ResultsError` where it is none."""
    import csv

    from kerasnas.errors import ResultsError

    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ResultsError(f"{path}: cannot be read as CSV ({error})") from None
    column = next((name for name in ("arch", "architecture", "cell", "genome") if rows and name in rows[0]), None)
    if column is None:
        raise ResultsError(f"{path}: no column arch, architecture, cell or genome")
    return {row[column]: {name: value for name, value in row.items() if name != column} for row in rows}


def true_worth(known: dict[str, dict[str, str]], cell: str) -> dict[str, str]:
    """Return what the table knows of a cell; raises `ResultsError` where that is nothing."""
    from kerasnas.errors import ResultsError

    if cell not in known:
        raise ResultsError(f"the table has no row for the cell {cell}; is it the table of this space?")
    return known[cell]
