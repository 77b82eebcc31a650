"""Pairs of a training and a validation batch, which is what one bilevel step eats."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from kerasnas.errors import DataError

Arrays = tuple[np.ndarray, np.ndarray]
Prepare = Callable[[np.ndarray, np.random.Generator], np.ndarray]


class PairedBatches(keras.utils.PyDataset):
    """Batches from two sets of arrays, each in its own order that (seed, epoch) alone determines.

    An epoch goes once through the training set; the validation set is started again as often as needed. What
    is left over after the last full batch is not used in that epoch, so that every batch has one shape.

    Args:
        train: images [n, height, width, channels] and labels [n], for the weights.
        valid: the same, for the alphas.
        batch_size: images per batch.
        seed: of the orders.
        prepare: from raw images and a generator that (seed, epoch, batch) determine to what the supernet sees.

    Raises:
        DataError: a set has fewer images than a batch, or not as many labels as images.
    """

    def __init__(
        self,
        train: Arrays,
        valid: Arrays,
        batch_size: int,
        seed: int = 0,
        prepare: Prepare | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        for name, (x, y) in (("training", train), ("validation", valid)):
            if len(x) != len(y):
                raise DataError(f"search data: the {name} set has {len(x)} images and {len(y)} labels; give one each.")
            if len(x) < batch_size:
                raise DataError(
                    f"search data: the {name} set has {len(x)} images, fewer than one batch of {batch_size}; "
                    "lower batch_size."
                )
        self._sets = (train, valid)
        self._batch_size, self._seed, self._prepare = batch_size, seed, prepare
        self.epoch = 0

    def __len__(self) -> int:
        return len(self._sets[0][0]) // self._batch_size

    def __getitem__(self, index: int) -> tuple[Arrays, Arrays]:
        """The pair of batches of step `index` of the present epoch: ((x, y), (x, y))."""
        return self._batch(0, index), self._batch(1, index)

    def _batch(self, which: int, index: int) -> Arrays:
        x, y = self._sets[which]
        round_, place = divmod(index, len(x) // self._batch_size)
        order = np.random.default_rng((self._seed, which, self.epoch, round_)).permutation(len(x))
        rows = order[place * self._batch_size : (place + 1) * self._batch_size]
        if self._prepare is None:
            return x[rows], y[rows]
        generator = np.random.default_rng((self._seed, which, self.epoch, round_, place))
        return self._prepare(x[rows], generator), y[rows]


class TellProgress(keras.callbacks.Callback):
    """Sets the supernet's `progress` to the share of the epochs that are done."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Set the progress."""
        self.model.progress.assign(epoch / self.params["epochs"])


class TellEpoch(keras.callbacks.Callback):
    """Tells `PairedBatches` which epoch begins, so that a resumed search sees the batches of its epoch."""

    def __init__(self, batches: PairedBatches) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Set the epoch."""
        self._batches.epoch = epoch
