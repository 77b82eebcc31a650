"""Deriving within limits, and all that one search over a range of preferences yields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasnas.cli.artifacts import write_table
from kerasnas.cli.limit_options import LimitOptions
from kerasnas.cli.output import note, print_json, print_table

if TYPE_CHECKING:
    from kerasnas.darts.front import FrontPoint
    from kerasnas.data import Dataset

COLUMNS = ("preference", "parameters", "macs", "peak_activation_bytes", "genome")


def derived_within(
    run: Any, known: Any | None, strengths: Any | None, max_skips: int | None, limits: LimitOptions, dataset: Dataset
) -> dict[str, Any]:
    """Return what `derived` does, of the strongest cell within the limits."""
    from kerasnas.cli.darts_search import true_worth
    from kerasnas.darts.assembly import derived_networks
    from kerasnas.darts.resources import derive_within

    networks = derived_networks(run.settings, dataset.image_shape, dataset.classes)
    cell = derive_within(
        networks,
        run.strengths()[-1] if strengths is None else strengths,
        limits.limits(dataset.image_shape, dataset.classes),
        "macs" if limits.max_macs and not limits.max_parameters else "parameters",
        run.settings.max_skips if max_skips is None else max_skips,
    )
    found = {"cell": str(cell), "genome": str(networks.genome(cell)), "out": str(run.folder)}
    return found | ({} if known is None else {"table": true_worth(known, str(cell))})


def report_front(
    run: Any,
    dataset: Dataset,
    limits: LimitOptions,
    json: bool,
    preference: float | None = None,
    whole: bool = True,
) -> None:
    """Print the network at a preference, within the limits, or the whole front, which is written as CSV too."""
    from kerasnas.darts.assembly import derived_networks
    from kerasnas.darts.front import Front

    front = Front(run, derived_networks(run.settings, dataset.image_shape, dataset.classes))
    if preference is not None:
        points = [front.at(front.place(preference))]
    elif limits != LimitOptions():
        points = [front.within(limits.limits(dataset.image_shape, dataset.classes))]
    else:
        points = front.points()
    rows = [_row(point) for point in points]
    if preference is None and limits == LimitOptions():
        write_table(rows, run.folder / "front.csv")
        note(f"{run.folder / 'front.csv'} written")
    if json:
        print_json({"front": rows, "out": str(run.folder)})
    elif whole and len(rows) > 1:
        print_table(COLUMNS, [tuple(row.values()) for row in rows])
    else:
        print(rows[0]["genome"])


def _row(point: FrontPoint) -> dict[str, Any]:
    cost = point.cost
    return dict(
        zip(
            COLUMNS,
            (
                float(f"{point.preference:.4g}"),
                cost.parameters,
                cost.macs,
                cost.peak_activation_bytes,
                str(point.genome),
            ),
            strict=True,
        )
    )
