"""Small data files for the tests."""

import gzip
from pathlib import Path

import numpy as np

IDX_NAMES = {
    "x_train": "train-images-idx3-ubyte.gz",
    "y_train": "train-labels-idx1-ubyte.gz",
    "x_test": "t10k-images-idx3-ubyte.gz",
    "y_test": "t10k-labels-idx1-ubyte.gz",
}


def arrays(**replaced) -> dict[str, np.ndarray]:
    """Return 20 training and 10 test images of 28x28 with labels 0..9, and `replaced` in their stead."""
    rng = np.random.default_rng(0)
    return {
        "x_train": rng.integers(0, 256, (20, 28, 28), np.uint8),
        "y_train": np.arange(20, dtype=np.uint8) % 10,
        "x_test": rng.integers(0, 256, (10, 28, 28), np.uint8),
        "y_test": np.arange(10, dtype=np.uint8),
        **replaced,
    }


def idx_bytes(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def write_idx_folder(folder: Path, **replaced) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays(**replaced).items():
        (folder / IDX_NAMES[name]).write_bytes(gzip.compress(idx_bytes(array)))
    return folder


def write_npz(file: Path, **replaced) -> Path:
    np.savez(file, **arrays(**replaced))
    return file
