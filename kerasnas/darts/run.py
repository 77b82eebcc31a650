"""A search that lives in a folder: settings, history, alphas, genomes and a checkpoint of every epoch.

    settings.json    what was asked for
    history.csv      a row an epoch: losses, accuracies, and what early stopping looks at
    alphas.csv       the alphas after each epoch, and what deriving ranks by, a row for each number
    genomes.csv      the genome derived after each epoch
    cells.csv        its cells, for drawing: `INPUTS:` and the cell as `|op~source|...|+|...|`
    checkpoint/      the newest epoch, to go on from

A kill at any moment loses the epoch under way at most; the next start does it over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from kerasnas.darts import checkpoint
from kerasnas.darts.assembly import build_supernet, derived_networks, plain_options
from kerasnas.darts.early_stopping import StopOnEigenvalue, StopOnSkips
from kerasnas.darts.epoch_log import EpochLog
from kerasnas.darts.images import CropAndFlip, SearchImages, search_images
from kerasnas.darts.perturbation import PerturbationSelection
from kerasnas.darts.records import read_history, read_parameters
from kerasnas.darts.resources import DerivedNetworks
from kerasnas.darts.settings import SearchSettings
from kerasnas.darts.supernet import Supernet
from kerasnas.data import Dataset
from kerasnas.data.dataset import SIDED
from kerasnas.errors import ResultsError, SearchError, SettingsError
from kerasnas.genome import Genome
from kerasnas.genome.cells import Cell
from kerasnas.genome.genotype import Genotype
from kerasnas.results.search_folder import ALPHAS, HISTORY, SETTINGS, STRENGTH

CHECKPOINT = "checkpoint"


class SearchRun:
    """One search in its folder, new or begun before.

    Args:
        folder: of the search.
        settings: None to take those in the folder.

    Raises:
        ResultsError: the folder holds a search with other settings, or none where none are given.
    """

    def __init__(self, folder: Path, settings: SearchSettings | None = None) -> None:
        self.folder = folder
        known = SearchSettings.read(folder / SETTINGS) if settings is None or (folder / SETTINGS).exists() else None
        if settings is not None and known is not None and known != settings:
            if (folder / HISTORY).exists() or checkpoint.checkpoints(folder / CHECKPOINT):
                raise ResultsError(
                    f"{folder}: holds a search with other settings ({', '.join(known.differences(settings))}); "
                    "name another folder, or give the same settings to go on"
                )
            known = None  # it was refused before its first epoch, say for want of memory
        found = known or settings
        assert found is not None
        self.settings = found
        if known is None:
            plain_options(found)  # before anything is written
            try:
                folder.mkdir(parents=True, exist_ok=True)
                found.write(folder / SETTINGS)
            except OSError as error:
                raise ResultsError(f"{folder}: cannot be written to ({error.strerror or error})") from None

    def images(self, dataset: Dataset) -> SearchImages:
        """Return the images of this search."""
        settings = self.settings
        augmentation = CropAndFlip(flip=dataset.name not in SIDED and dataset.name != "fashion_mnist")
        return search_images(dataset, settings.images, augmentation if settings.augment else None, settings.shrink)

    def supernet(self, dataset: Dataset) -> Supernet:
        """Return the compiled supernet as the newest checkpoint has it, or a new one."""
        images = self.images(dataset)
        supernet = build_supernet(self.settings, images, dataset.classes)
        checkpoint.restore(supernet, self.folder / CHECKPOINT)
        return supernet

    def search(self, dataset: Dataset, callbacks: Sequence[keras.callbacks.Callback] = ()) -> Supernet:
        """Search on, from where the folder stands, to the end.

        Args:
            dataset: its training images are searched on.
            callbacks: further Keras callbacks.

        Returns:
            The supernet at the end of the search.
        """
        settings, images = self.settings, self.images(dataset)
        supernet = build_supernet(settings, images, dataset.classes)
        standing = checkpoint.restore(supernet, self.folder / CHECKPOINT)
        if standing.finished:
            return supernet
        x, y = images.valid
        supernet.fit(
            images.train,
            images.valid,
            batch_size=settings.batch_size,
            epochs=settings.epochs,
            initial_epoch=standing.epochs,
            seed=settings.seed,
            prepare=images.preparation,
            validation_data=(images.preparation(x), y),
            validation_batch_size=settings.batch_size,
            callbacks=[
                *self._stops(images, standing.epochs),
                EpochLog(self),
                *callbacks,
                checkpoint.EpochCheckpoint(self.folder / CHECKPOINT),
            ],
            verbose=0,
        )
        return supernet

    def select_by_perturbation(
        self, dataset: Dataset, tune_epochs: int, on_edge: Callable[[str, int, str], None]
    ) -> dict[str, np.ndarray]:
        """Return strengths for `derive` by `PerturbationSelection` on the newest checkpoint; changes nothing in it.

        Args:
            dataset: that was searched on.
            tune_epochs: passes through the weights' images after each edge; the paper's is 5.
            on_edge: see `PerturbationSelection`.
        """
        images, size = self.images(dataset), self.settings.batch_size
        prepare = images.preparation
        train, valid = ((prepare(x), y) for x, y in (images.train, images.valid))
        steps = tune_epochs * (len(train[0]) // size)
        select = PerturbationSelection(train, valid, size, steps, self.settings.seed, on_edge)
        return select(self.supernet(dataset))

    def derive(self, strengths: dict[str, np.ndarray] | None = None, max_skips: int | None = None) -> Genotype | Cell:
        """Return the cell, or the pair of cells, of the newest epoch.

        Args:
            strengths: what to rank by instead of the newest epoch's, such as `PerturbationSelection` returns.
            max_skips: cap on the skips; None for the settings'.
        """
        if strengths is None:
            if self.settings.preference is not None:
                raise SettingsError(
                    f"{self.folder}: was searched for every {self.settings.preference} at once; say which: derive "
                    "with --preference LAMBDA, a limit such as --max-parameters, or --front for all, and train-genome"
                )
            strengths = self.strengths()[-1]
        cap = self.settings.max_skips if max_skips is None else max_skips
        return self._networks.cell(strengths, cap)

    def strengths(self) -> list[dict[str, np.ndarray]]:
        """Return what deriving ranks by, an entry an epoch, by name of the cell, each [edges, operations]."""
        epochs = read_parameters(self.folder / ALPHAS)
        if not epochs:
            raise ResultsError(f"{self.folder}: no epoch is done yet; let the search go on")
        size = len(STRENGTH)
        return [{n[size:]: values for n, values in epoch.items() if n.startswith(STRENGTH)} for epoch in epochs]

    def genome(
        self,
        cell: Genotype | Cell,
        channels: int | None = None,
        cells: int | None = None,
        admits: Callable[[Genome], bool] = lambda genome: True,
    ) -> Genome:
        """Return the network of a derived cell as a genome.

        Args:
            cell: of `derive`.
            channels: of the first cells; None for those of the supernet.
            cells: as `SearchSettings.cells`; None for those of the supernet.
            admits: tells what is within the limits; where the network is not, it is given fewer channels.

        Raises:
            SearchError: it is over the limits even with one channel.
        """
        most = self.settings.channels if channels is None else channels
        cells = self.settings.cells if cells is None else cells
        for width in range(most, 0, -1):
            found = replace(self._networks, channels=width, cells=cells).genome(cell)
            if admits(found):
                return found
        raise SearchError(
            "the derived network is over the limits even with one channel; raise them, or use fewer cells"
        )

    @property
    def primitives(self) -> tuple[str, ...]:
        """Names of the operations, in the order of the alphas' columns."""
        return self._networks.primitives

    @property
    def _networks(self) -> DerivedNetworks:
        return derived_networks(self.settings, (1, 1, 1), 1)  # what they cost on images is not asked here

    def _stops(self, images: SearchImages, done: int) -> list[keras.callbacks.Callback]:
        if self.settings.stop is None:
            return []
        name, value = self.settings.read_stop()
        rows = read_history(self.folder / HISTORY)[:done] if done else []
        if name == "skips":
            on_skips = StopOnSkips() if value is None else StopOnSkips(int(value))
            on_skips.recall([int(row["skips"]) for row in rows])
            return [on_skips]
        x, y = images.valid
        x = images.preparation(x[: self.settings.batch_size])
        stop = StopOnEigenvalue((x, y), batch_size=self.settings.batch_size)
        stop.ratio = stop.ratio if value is None else value
        if done:
            epochs = read_parameters(self.folder / ALPHAS)[:done]
            stop.recall(
                [row["eigenvalue"] for row in rows],
                [[v for name, v in epoch.items() if not name.startswith(STRENGTH)] for epoch in epochs],
            )
        return [stop]
