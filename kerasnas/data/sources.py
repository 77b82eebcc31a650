"""Data sets by name, and where each is looked for."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from kerasnas.data.cache import OnProgress
from kerasnas.data.dataset import Dataset, checked
from kerasnas.data.files import image_array, label_array, read_cifar, read_idx, read_npz
from kerasnas.data.image_sets import load_images
from kerasnas.data.listing import IMAGE_SETS
from kerasnas.data.selection import Selection
from kerasnas.errors import DataError, SettingsError, first_line

DATA_DIR_VARIABLE = "KERASNAS_DATA_DIR"
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")

_IDX_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
_CLASSES = {"digits": 10, "fashion_mnist": 10, "mnist": 10, "cifar10": 10, "cifar100": 100}
_CIFAR_BINARY = {
    "cifar10": ("cifar-10-batches-bin", 1, tuple(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"),
    "cifar100": ("cifar-100-binary", 2, ("train.bin",), "test.bin"),
}
"""Of the archives that CIFAR's authors offer: the folder, the bytes of a label, the files for training and test."""

_KERAS_CACHE = {
    "fashion_mnist": "fashion-mnist/" + _IDX_FILES[0],
    "mnist": "mnist.npz",
    "cifar10": "cifar-10-batches-py-target/cifar-10-batches-py/batches.meta",
    "cifar100": "cifar-100-python-target/cifar-100-python/meta",
}

DATASETS = (*_CLASSES, "npz", *IMAGE_SETS)
"""The names that `load` knows."""


def load(
    name: str,
    data_dir: str | Path | None = None,
    selection: Selection | None = None,
    on_progress: OnProgress = lambda what, done, total: None,
) -> Dataset:
    """Return the data set `name`.

    It is looked for in `data_dir` (else in the folder that `KERASNAS_DATA_DIR` names; of CIFAR also the folder of the
    official binary version), then in Keras' cache,
    then, for Fashion-MNIST, where Debian's package puts it, and only then downloaded by Keras.

    Args:
        name: one of `DATASETS`; `npz` reads the file that `data_dir` names.
        data_dir: a folder with NAME.npz or NAME/*.gz, or, for `npz`, the file itself; for data sets of image files see
            `list_images`.
        selection: for data sets of image files: which of them, and how they are labelled and divided.
        on_progress: called while image files are read and decoded.

    Raises:
        DataError: the data cannot be had (every place tried is named), or a file is damaged (it is named).
        SettingsError: a selection of what is no data set of image files.
    """
    if name not in DATASETS:
        raise DataError(f"unknown data set {name!r}; one of {', '.join(DATASETS)}")
    place = data_dir or os.environ.get(DATA_DIR_VARIABLE)
    folder = Path(place).expanduser() if place else None
    if name in IMAGE_SETS:
        return load_images(name, folder, selection or Selection(), on_progress)
    if selection not in (None, Selection()):
        raise SettingsError(
            f"--image-size, --where, --target, --groups and the like are for {', '.join(IMAGE_SETS)}; {name} has its "
            "images as they are"
        )
    if name == "digits":
        return _digits()
    if name == "npz":
        return _own_file(folder)
    tried: list[str] = []
    for where, reader in _readers(name, folder):
        if reader is not None:
            return checked(reader())
        tried.append(where)
    return checked(_downloaded(name, tried))


def _readers(name: str, folder: Path | None) -> list[tuple[str, Callable[[], Dataset] | None]]:
    """Return each place to look at, with what reads it, or None where there is nothing to read."""
    places: list[tuple[str, Callable[[], Dataset] | None]] = []
    if folder is None:
        places.append((f"no --data-dir and no {DATA_DIR_VARIABLE} given", None))
    else:
        file = folder / f"{name}.npz"
        places.append((str(file), partial(_from_npz, name, file) if file.exists() else None))
        for gz_folder in (folder / name, folder / name.replace("_", "-")):
            if name in ("mnist", "fashion_mnist"):
                places.append(_idx_place(name, gz_folder))
        if name in _CIFAR_BINARY:
            binary = folder / _CIFAR_BINARY[name][0]
            places.append((f"{binary}/*.bin", partial(_from_cifar, name, binary) if binary.is_dir() else None))
    keras_home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets"
    cached = keras_home / _KERAS_CACHE[name]
    places.append((str(cached), partial(_from_keras_cache, name, cached) if cached.exists() else None))
    if name == "fashion_mnist":
        places.append(_idx_place(name, DEBIAN_FOLDER))
    return places


def _idx_place(name: str, folder: Path) -> tuple[str, Callable[[], Dataset] | None]:
    return f"{folder}/*.gz", partial(_from_idx, name, folder) if (folder / _IDX_FILES[0]).exists() else None


def _from_idx(name: str, folder: Path) -> Dataset:
    missing = [file for file in _IDX_FILES if not (folder / file).exists()]
    if missing:
        raise DataError(f"{folder}: {', '.join(missing)} missing beside the other files of {name}")
    x_train, y_train, x_test, y_test = (read_idx(folder / file) for file in _IDX_FILES)
    return _dataset(name, x_train, y_train, x_test, y_test, str(folder))


def _from_cifar(name: str, folder: Path) -> Dataset:
    _, label_bytes, train, test = _CIFAR_BINARY[name]
    parts = [read_cifar(folder / file, label_bytes) for file in train]
    x_train, y_train = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return _dataset(name, x_train, y_train, *read_cifar(folder / test, label_bytes), source=str(folder))


def _from_npz(name: str, file: Path) -> Dataset:
    return _dataset(name, **read_npz(file), source=str(file))


def _dataset(
    name: str,
    x_train: np.ndarray,
    y_train: np.ndarray,
    x_test: np.ndarray,
    y_test: np.ndarray,
    source: str,
) -> Dataset:
    train_labels, test_labels = label_array(y_train, source), label_array(y_test, source)
    classes = _CLASSES.get(name) or int(max(train_labels.max(initial=0), test_labels.max(initial=0))) + 1
    return Dataset(
        name,
        image_array(x_train, source),
        train_labels,
        image_array(x_test, source),
        test_labels,
        classes,
        source,
    )


def _own_file(file: Path | None) -> Dataset:
    if file is None or not file.is_file():
        found = "none was given" if file is None else f"there is no file {file}"
        raise DataError(f"the data set npz needs --data-dir FILE.npz; {found}")
    return checked(_dataset("npz", **read_npz(file), source=str(file)))


def _digits() -> Dataset:
    """Return scikit-learn's 1,797 digits, a fixed fifth of each class for testing, resized to 28x28x1."""
    from PIL import Image
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    images = np.stack(
        [
            np.asarray(Image.fromarray(image).resize((28, 28), Image.Resampling.BILINEAR))
            for image in np.round(digits.images * (255 / 16)).astype(np.uint8)
        ]
    )
    train, test = train_test_split(np.arange(len(images)), test_size=0.2, random_state=0, stratify=digits.target)
    labels = digits.target
    return _dataset("digits", images[train], labels[train], images[test], labels[test], "scikit-learn's bundled digits")


def _through_keras(name: str) -> Dataset:
    from keras import datasets

    (x_train, y_train), (x_test, y_test) = getattr(datasets, name).load_data()
    return _dataset(name, x_train, y_train, x_test, y_test, f"keras.datasets.{name}")


def _from_keras_cache(name: str, cached: Path) -> Dataset:
    try:
        return _through_keras(name)
    except Exception as error:  # a damaged copy raises anything; an incomplete one, what a failed download does
        raise DataError(
            f"{cached.parent}: Keras' copy of {name} is damaged or incomplete ({first_line(error)}); delete it, "
            "and Keras downloads it anew"
        ) from None


def _downloaded(name: str, tried: list[str]) -> Dataset:
    try:
        return _through_keras(name)
    except Exception as error:  # Keras raises a plain Exception where a download fails
        remedy = " (Debian: apt-get install dataset-fashion-mnist)" if name == "fashion_mnist" else ""
        raise DataError(
            f"{name} was not found. Tried: {'; '.join([*tried, f'download by Keras ({first_line(error)})'])}. "
            f"Put {name}.npz with x_train, y_train, x_test, y_test into a folder and name it with --data-dir{remedy}"
        ) from None
