"""A data set laid out on the disk so that any number of processes can share one copy of it in memory."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from kerasnas.data.dataset import Dataset

_ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")
_GROUPS = ("train_groups", "test_groups")
_DESCRIPTION = "dataset.json"


def store(dataset: Dataset, folder: Path) -> None:
    """Write `dataset` into `folder`, for `open_stored` to read; a folder that holds one already is left as it is."""
    if (folder / _DESCRIPTION).exists():  # it is written last
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*_ARRAYS, *_GROUPS):
        if getattr(dataset, name) is not None:
            _write(folder / f"{name}.npy", getattr(dataset, name))
    described = {
        "name": dataset.name,
        "classes": dataset.classes,
        "source": dataset.source,
        "class_names": dataset.class_names,
        "division": dataset.division,
    }
    (folder / _DESCRIPTION).write_text(json.dumps(described), encoding="utf-8")


def _write(path: Path, array: np.ndarray) -> None:
    """Write an array, or link to the .npy file that it is mapped from as a whole: large ones need not lie twice."""
    file = getattr(array, "filename", None)
    if file is not None:
        whole = np.load(file, mmap_mode="r")
        if (whole.shape, whole.dtype) == (array.shape, array.dtype):
            path.symlink_to(Path(file).resolve())
            return
    np.save(path, array)


def open_stored(folder: Path) -> Dataset:
    """Return the data set that `store` wrote, its images mapped into memory and not copied.

    They are mapped copy-on-write: processes share the pages, and none can change the file.
    """
    described = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
    described["class_names"] = tuple(described["class_names"])
    files = {name: folder / f"{name}.npy" for name in (*_ARRAYS, *_GROUPS)}
    arrays = {name: np.load(file, mmap_mode="c") for name, file in files.items() if file.exists()}
    return Dataset(**described, **arrays)
