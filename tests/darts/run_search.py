"""A small search in a folder, as a program of its own that can be killed: python -m tests.darts.run_search FOLDER."""

import sys
from pathlib import Path

import numpy as np

from kerasnas.darts.run import SearchRun
from kerasnas.darts.settings import SearchSettings
from kerasnas.data import Dataset
from tests.darts.conftest import set_optimization

SETTINGS = SearchSettings(
    "nasbench201",
    "noise",
    epochs=4,
    batch_size=8,
    channels=4,
    cells=1,
    alphas_learning_rate=0.05,
    augment=True,
    options=("gumbel", "edge-normalisation", "auxiliary-skip"),
    seed=3,
)


def noise(count=32, size=8):
    generator = np.random.default_rng(0)
    labels = np.arange(count, dtype="int32") % 4
    images = generator.integers(0, 256, (count, size, size, 3)).astype("uint8")
    return Dataset("noise", images, labels, images[:8], labels[:8], 4, "random numbers")


if __name__ == "__main__":
    set_optimization(False)
    SearchRun(Path(sys.argv[1]), SETTINGS).search(noise())
