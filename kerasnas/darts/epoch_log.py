"""What a search writes into its folder after every epoch."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import keras

from kerasnas.darts.derive import EDGES_PER_NODE
from kerasnas.darts.records import PARAMETER_COLUMNS, parameter_rows
from kerasnas.genome.cells import Cell
from kerasnas.genome.genotype import Genotype
from kerasnas.results.search_folder import ALPHAS, CELLS, GENOMES, HISTORY, STRENGTH, EpochTable

if TYPE_CHECKING:
    from kerasnas.darts.run import SearchRun


class EpochLog(keras.callbacks.Callback):
    """Writes the rows of every epoch into the tables of a search's folder."""

    def __init__(self, run: SearchRun) -> None:
        super().__init__()
        self._run = run
        self._started = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the clock."""
        self._started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the rows."""
        folder, supernet = self._run.folder, self.model
        history = {name: float(value) for name, value in (logs or {}).items()}
        history["seconds"] = round(time.monotonic() - self._started, 3)
        EpochTable(folder / HISTORY, ("epoch", *history)).put(epoch + 1, [history])
        strengths = supernet.mixture()
        values = supernet.parameter_tables()
        values |= {f"{STRENGTH}{name}": array for name, array in strengths.items()}
        rows = parameter_rows(values, supernet.primitives)
        EpochTable(folder / ALPHAS, PARAMETER_COLUMNS).put(epoch + 1, rows)
        cell = self._run.derive(strengths)
        genome = self._run.genome(cell)
        texts = ({"cell": name, "text": text} for name, text in cell_texts(cell).items())
        EpochTable(folder / CELLS, ("epoch", "cell", "text")).put(epoch + 1, texts)
        EpochTable(folder / GENOMES, ("epoch", "genome")).put(epoch + 1, [{"genome": str(genome)}])


def cell_texts(cell: Genotype | Cell) -> dict[str, str]:
    """Return each cell by name as `INPUTS:|op~source|...|+|...|`; nodes are numbered from the inputs on."""
    if isinstance(cell, Cell):
        return {"cell": f"1:{cell}"}
    texts = {}
    for name, edges in (("normal", cell.normal), ("reduce", cell.reduce)):
        nodes = [edges[i : i + EDGES_PER_NODE] for i in range(0, len(edges), EDGES_PER_NODE)]
        texts[name] = "2:" + "+".join("|" + "|".join(f"{op}~{state}" for op, state in node) + "|" for node in nodes)
    return texts
