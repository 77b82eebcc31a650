"""`kerasnas darts inspect`: the sizes of a supernet and of its hypernetworks, without a search."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from kerasnas.cli import options
from kerasnas.cli.darts_search import Cells, Nodes, usual_cells
from kerasnas.cli.output import print_json, print_table


def inspect(
    space: Annotated[str, typer.Option(help="darts or nasbench201.")] = "darts",
    input_shape: options.InputShape = "32,32,3",
    classes: options.Classes = 10,
    channels: Annotated[int, typer.Option(help="Of the supernet's first cells.")] = 16,
    cells: Cells = None,
    nodes: Nodes = 4,
    option: Annotated[
        list[str] | None, typer.Option(help="As of a search, again for more.", show_default=False)
    ] = None,
    json: options.Json = False,
) -> None:
    """Show how many alphas and weights a supernet has, and how many parameters each hypernetwork would have.

    Example: kerasnas darts inspect --channels 16 --cells 8
    """
    from kerasnas.training.quiet import import_backend_quietly

    import_backend_quietly()
    from kerasnas.darts.factory import darts_supernet, nasbench201_supernet
    from kerasnas.darts.hypernetworks import KINDS, bytes_needed, count_parameters
    from kerasnas.darts.options import read_option
    from kerasnas.darts.settings import SearchSettings

    settings = SearchSettings(space, "none", cells=cells or usual_cells(space))
    shape, chosen = options.parse_shape(input_shape), [read_option(text) for text in option or ()]
    if space == "darts":
        supernet = darts_supernet(shape, classes, channels, settings.cells, nodes, options=chosen)
    else:
        supernet = nasbench201_supernet(shape, classes, channels, settings.cells, options=chosen)
    size, weights = supernet.architecture.size, supernet.count_network_parameters()
    shapes = [tuple(v.shape) for v in supernet.network_weights]
    found: dict[str, Any] = {"architecture_parameters": size, "weights": weights, "hypernetworks": {}}
    for kind in KINDS:
        count = count_parameters(kind, size, shapes)
        found["hypernetworks"][kind] = {"parameters": count, "bytes": bytes_needed(count)}
    if json:
        print_json(found)
        return
    print(f"{'architecture parameters':24} {size:>14,}")
    print(f"{'weights':24} {weights:>14,}\n")
    rows = [
        (kind, counts["parameters"], f"{counts['parameters'] / weights:.2f}", f"{counts['bytes'] / 2**30:.2f}")
        for kind, counts in found["hypernetworks"].items()
    ]
    print_table(("hypernetwork", "parameters", "times the weights", "GiB while searching"), rows)
