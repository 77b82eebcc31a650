"""Images to train on: found by name, checked, and divided by seed."""

from kerasnas.data.dataset import Dataset, Split, split
from kerasnas.data.selection import Selection
from kerasnas.data.sources import DATA_DIR_VARIABLE, DATASETS, load
from kerasnas.data.store import open_stored, store

__all__ = ["DATASETS", "DATA_DIR_VARIABLE", "Dataset", "Selection", "Split", "load", "open_stored", "split", "store"]
