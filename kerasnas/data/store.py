"""A data set laid out on the disk so that any number of processes can share one copy of it in memory."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from kerasnas.data.dataset import Dataset

_ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")


def store(dataset: Dataset, folder: Path) -> None:
    """Write `dataset` into `folder`, for `open_stored` to read."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _ARRAYS:
        np.save(folder / f"{name}.npy", getattr(dataset, name))
    described = {"name": dataset.name, "classes": dataset.classes, "source": dataset.source}
    (folder / "dataset.json").write_text(json.dumps(described), encoding="utf-8")


def open_stored(folder: Path) -> Dataset:
    """Return the data set that `store` wrote, its images mapped into memory and not copied.

    They are mapped copy-on-write: processes share the pages, and none can change the file.
    """
    described = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="c") for name in _ARRAYS}
    return Dataset(**described, **arrays)
