"""Readers of data files: each refuses a damaged file by its name, and runs nothing that a file holds."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path

import numpy as np

from kerasnas.errors import DataError

_IDX_UNSIGNED_BYTE = 8


def read_idx(path: Path) -> np.ndarray:
    """Return the uint8 array that a gzipped IDX file (the MNIST format, yann.lecun.com/exdb/mnist) holds."""
    try:
        with gzip.open(path) as file:
            content = file.read()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: damaged or not gzip ({error}); fetch the file again") from None
    dimensions = content[3] if len(content) >= 4 else 0
    header = 4 + 4 * dimensions
    if len(content) < header or content[:3] != bytes([0, 0, _IDX_UNSIGNED_BYTE]) or not dimensions:
        raise DataError(f"{path}: not an IDX file of unsigned bytes; fetch the file again")
    shape = tuple(np.frombuffer(content, ">u4", dimensions, 4).tolist())
    if len(content) - header != np.prod(shape):
        raise DataError(
            f"{path}: its header promises {np.prod(shape)} values of shape {shape}, but it holds "
            f"{len(content) - header}; fetch the file again"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Return `x_train`, `y_train`, `x_test` and `y_test` of a NumPy .npz file; pickled objects are refused."""
    names = ("x_train", "y_train", "x_test", "y_test")
    try:
        with np.load(path, allow_pickle=False) as archive:
            missing = [name for name in names if name not in archive.files]
            if missing:
                raise DataError(
                    f"{path}: no array named {', '.join(missing)}; expected {', '.join(names)}, "
                    f"found {', '.join(archive.files) or 'none'}"
                )
            return {name: archive[name] for name in names}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path}: damaged, or not an .npz file of plain arrays ({error})") from None


def image_array(images: np.ndarray, source: str) -> np.ndarray:
    """Return images as `(n, height, width, channels)`, uint8 as it is and any other number as float32."""
    if images.dtype.kind not in "uif":
        raise DataError(f"{source}: images must be numbers, found {images.dtype}")
    if images.ndim == 3:
        images = images[..., np.newaxis]
    return images if images.dtype == np.uint8 else images.astype(np.float32)


def label_array(labels: np.ndarray, source: str) -> np.ndarray:
    """Return labels as int32 `(n,)`; a column `(n, 1)` is flattened, anything but whole numbers is refused."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.dtype.kind not in "ui":
        raise DataError(f"{source}: labels must be whole numbers, found {labels.dtype}")
    return labels.astype(np.int32)
