"""Readers of data files: each refuses a damaged file by its name, and runs nothing that a file holds; and a writer."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from kerasnas.errors import DataError, ResultsError, first_line

_IDX_UNSIGNED_BYTE = 8
_IDX_MOST_DIMENSIONS = 4


def read_idx(path: Path) -> np.ndarray:
    """Return the uint8 array that a gzipped IDX file (the MNIST format, yann.lecun.com/exdb/mnist) holds."""
    try:
        with gzip.open(path) as file:
            content = file.read()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: damaged or not gzip ({error}); fetch the file again") from None
    dimensions = content[3] if len(content) >= 4 else 0
    header = 4 + 4 * dimensions
    known = content[:3] == bytes([0, 0, _IDX_UNSIGNED_BYTE]) and 1 <= dimensions <= _IDX_MOST_DIMENSIONS
    if not known or len(content) < header:
        raise DataError(f"{path}: not an IDX file of unsigned bytes; fetch the file again")
    shape = tuple(np.frombuffer(content, ">u4", dimensions, 4).tolist())
    if len(content) - header != prod(shape):
        raise DataError(
            f"{path}: its header promises {prod(shape)} values of shape {shape}, but it holds "
            f"{len(content) - header}; fetch the file again"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Return `x_train`, `y_train`, `x_test` and `y_test` of a NumPy .npz file; pickled objects are refused."""
    names = ("x_train", "y_train", "x_test", "y_test")
    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise DataError(f"{path}: one array, not an .npz file of {', '.join(names)}")
        with archive:
            missing = [name for name in names if name not in archive.files]
            if missing:
                raise DataError(
                    f"{path}: no array named {', '.join(missing)}; expected {', '.join(names)}, "
                    f"found {', '.join(archive.files) or 'none'}"
                )
            arrays = {name: archive[name] for name in names}
    except DataError:
        raise
    except Exception as error:  # NumPy and zipfile raise all kinds of errors where a file is damaged
        raise DataError(f"{path}: damaged, or not an .npz file of plain arrays ({first_line(error)})") from None
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):
            raise DataError(f"{path}: {name} is not an array")
    return arrays


def write_npz(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays by name, so that a kill leaves the old file or the new one.

    Raises:
        ResultsError: the file cannot be written.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            np.savez(file, **dict(arrays))
        os.replace(part, path)
    except OSError as error:
        raise ResultsError(f"{path}: cannot be written ({error.strerror or error})") from None


def read_cifar(path: Path, label_bytes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the images, [n, 32, 32, 3], and the labels, [n], of a file of CIFAR's binary version.

    A record is the label, or for CIFAR-100 the coarse and the fine one, of a byte each, of which the last is returned;
    then 1024 bytes each of red, green and blue, row by row (https://www.cs.toronto.edu/~kriz/cifar.html).

    Raises:
        DataError: the file cannot be read, or is no whole number of records.
    """
    size = label_bytes + 3 * 32 * 32
    try:
        content = np.fromfile(path, np.uint8)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from None
    if not content.size or content.size % size:
        raise DataError(
            f"{path}: {content.size} bytes are no whole number of CIFAR's records of {size}; fetch the file again"
        )
    records = content.reshape(-1, size)
    images = records[:, label_bytes:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), records[:, label_bytes - 1]


def image_array(images: np.ndarray, source: str) -> np.ndarray:
    """Return images as `(n, height, width, channels)`.

    Whole numbers from 0 to 255 become uint8, which training scales to 0..1; any other number becomes float32 and
    is trained on as it is.
    """
    if images.dtype.kind not in "uif":
        raise DataError(f"{source}: images must be numbers, found {images.dtype}")
    if images.ndim == 3:
        images = images[..., np.newaxis]
    bytes_fit = images.dtype.kind in "ui" and images.size and images.min() >= 0 and images.max() <= 255
    if images.dtype == np.uint8 or bytes_fit:
        return images.astype(np.uint8, copy=False)
    with np.errstate(over="ignore"):  # `checked` refuses what becomes infinite
        return images.astype(np.float32)


def label_array(labels: np.ndarray, source: str) -> np.ndarray:
    """Return labels as int32 `(n,)`; a column `(n, 1)` is flattened, anything but whole numbers is refused."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.dtype.kind not in "ui":
        raise DataError(f"{source}: labels must be whole numbers, found {labels.dtype}")
    if labels.size and not 0 <= int(labels.min()) <= int(labels.max()) < 2**31 - 1:
        raise DataError(f"{source}: labels must lie from 0 up, found {labels.min()} to {labels.max()}")
    return labels.astype(np.int32)
