"""`kerasnas darts diagnose`: how a differentiable search is doing, as tables and plots in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from kerasnas.cli import options
from kerasnas.cli.artifacts import write_table
from kerasnas.cli.darts_derive import Folder
from kerasnas.cli.data_options import data_of_search
from kerasnas.cli.output import note, print_json, print_table


def diagnose(
    folder: Folder,
    data_dir: options.DataDir = None,
    steps: Annotated[int, typer.Option(min=1, help="Of training at each distance, to compare the response with.")] = 50,
    unrolled: Annotated[
        str, typer.Option(metavar="N,N,...", help="Lengths of the unrolled trainings to compare gradients with.")
    ] = "1,5,20",
    batches: Annotated[int, typer.Option(min=1, help="Of the search's images, of either half.")] = 8,
    json: options.Json = False,
) -> None:
    """Measure the newest epoch of a search: collapse indicators and, with a hypernetwork, its response and gradient.

    The response: the training loss with the weights that the hypernetwork makes, at alphas some perturbations away,
    beside that of the unmoved weights, and of weights trained there. The gradient: its cosine with that through a long
    unrolled training, which takes the memory of all its steps, beside that of DARTS' first order.

    Example: kerasnas darts diagnose runs/darts --steps 100
    """
    from kerasnas.training.quiet import import_backend_quietly

    import_backend_quietly()
    from kerasnas.darts.collapse import collapse_indicators
    from kerasnas.darts.run import SearchRun
    from kerasnas.report.darts import plot_lines

    run = SearchRun(folder)
    lengths = options.whole_numbers(unrolled, "--unrolled")
    found: dict[str, list[dict[str, float]]] = {"collapse": collapse_indicators(run.strengths(), run.primitives)}
    if run.settings.hypernetwork is not None:
        dataset = data_of_search(run, data_dir)
        found |= measure_hypernetwork(run, dataset, batches, steps, lengths)
    for name, rows in found.items():
        write_table(rows, folder / f"{name}.csv")
        plot_lines(rows, folder / f"{name}.png", name, apart=name == "collapse")
        note(f"{folder / name}.csv and .png written")
    if json:
        print_json({**found, "out": str(folder)})
        return
    for name, rows in found.items():
        print(name)
        print_table(list(rows[0]), [[f"{value:.4g}" for value in row.values()] for row in rows[-10:]])


def measure_hypernetwork(
    run: Any, dataset: Any, batches: int, steps: int, lengths: Sequence[int]
) -> dict[str, list[dict[str, float]]]:
    """Return the tables of a hypernetwork's response and gradient by name."""
    from kerasnas.darts.hypernetworks.diagnostics import HypernetworkDiagnostics

    images, size = run.images(dataset), run.settings.batch_size
    train, valid = (
        (images.preparation(x[: batches * size]), y[: batches * size]) for x, y in (images.train, images.valid)
    )
    diagnostics = HypernetworkDiagnostics(run.supernet(dataset), train, valid, size)
    return {
        "response": diagnostics.response(steps=steps),
        "hypergradient": diagnostics.hypergradient(tuple(lengths)),
    }
