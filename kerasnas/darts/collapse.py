"""Indicators of a search that falls to skip connections, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kerasnas.darts.derive import NONE, SKIP
from kerasnas.darts.early_stopping import count_skips


def collapse_indicators(
    epochs: Sequence[Mapping[str, np.ndarray]], primitives: Sequence[str]
) -> list[dict[str, float]]:
    """Return the indicators of each epoch.

    Args:
        epochs: what deriving ranks by, by name of the cell, each [edges, operations].
        primitives: names of the operations, in the order of the columns.

    Returns:
        `epoch`, from 1; `skips` of the derived (normal) cell; the mean softmax weights of `skip_connect` and of `none`
        over all edges, as far as the space has them; and `entropy`, the mean over the edges in nats.
    """
    rows = []
    for epoch, cells in enumerate(epochs, start=1):
        table = np.concatenate(list(cells.values()))
        row = {"epoch": float(epoch), "skips": float(count_skips(dict(cells), primitives))}
        for name in (SKIP, NONE):
            if name in primitives:
                row[name] = float(table[:, list(primitives).index(name)].mean())
        shares = table / table.sum(axis=1, keepdims=True)
        row["entropy"] = float(-(shares * np.log(np.maximum(shares, 1e-30))).sum(axis=1).mean())
        rows.append(row)
    return rows
