"""The images of a search: halves of the training set, normalised, with crops and flips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasnas.darts.batches import Arrays
from kerasnas.data import Dataset
from kerasnas.data.division import folds
from kerasnas.data.shrink import shrunk
from kerasnas.errors import DataError

CIFAR10_MEAN = (0.49139968, 0.48215827, 0.44653124)
CIFAR10_STD = (0.24703233, 0.24348505, 0.26158768)


@dataclass(frozen=True)
class CropAndFlip:
    """The training augmentation of CIFAR-10: a crop of the padded image at a random place, flipped half of the times.

    Attributes:
        padding: black pixels added on each side before the crop, which comes before normalising.
        flip: whether images are mirrored, left to right; digits should not be.
    """

    padding: int = 4
    flip: bool = True

    def __call__(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Return changed copies of images [n, height, width, channels], in their shape and type."""
        n, height, width, _ = images.shape
        margin = self.padding
        padded = np.pad(images, [(0, 0), (margin, margin), (margin, margin), (0, 0)])
        tops, lefts = generator.integers(0, 2 * margin + 1, (2, n))
        rows = tops[:, None] + np.arange(height)
        columns = lefts[:, None] + np.arange(width)
        if self.flip:
            mirrored = generator.integers(0, 2, (n, 1)) == 1
            columns = np.where(mirrored, columns[:, ::-1], columns)
        return padded[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]


@dataclass(frozen=True)
class Preparation:
    """What happens to a batch of raw images before the supernet sees it: augmentation, then normalisation.

    Attributes:
        mean: of each channel, in units of the raw images' full range.
        std: the same.
        full: the value of a raw image's brightest pixel.
        augmentation: None for none.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    full: float = 255.0
    augmentation: CropAndFlip | None = None

    def __call__(self, images: np.ndarray, generator: np.random.Generator | None = None) -> np.ndarray:
        """Return float32 images; without a generator they are only normalised."""
        if self.augmentation is not None and generator is not None:
            images = self.augmentation(images, generator)
        scaled = images.astype("float32") / np.float32(self.full)
        return (scaled - np.array(self.mean, "float32")) / np.array(self.std, "float32")


@dataclass(frozen=True)
class SearchImages:
    """Raw images and labels for the weights and for the alphas, and how their batches are prepared."""

    train: Arrays
    valid: Arrays
    preparation: Preparation


def search_images(
    dataset: Dataset, count: int | None = None, augmentation: CropAndFlip | None = None, shrink: int = 1
) -> SearchImages:
    """Return the first half of the training images for the weights and the last for the alphas (Liu et al. 2019).

    Where the images have groups, the halves are made of whole groups, by class as far as that allows. CIFAR-10 is
    normalised by the figures that the DARTS authors use, others by their own.

    Args:
        dataset: its test images are not touched.
        count: use so many training images, the first and the last half of them from either end; None for all.
        augmentation: of both halves.
        shrink: height and width are divided by it, by the mean over squares of pixels.

    Raises:
        DataError: there are not so many images, or they cannot be shrunk so.
    """
    total = len(dataset.train_labels)
    count = total if count is None else count
    if not 2 <= count <= total:
        raise DataError(f"search data: {count} images asked for, {dataset.name} has {total}; expected 2 to {total}.")
    if shrink < 1 or any(side % shrink for side in dataset.image_shape[:2]):
        height, width, _ = dataset.image_shape  # expected costs are those on images of a whole number of squares
        raise DataError(f"search data: shrink {shrink} must divide both sides of the images, {height} x {width}.")
    half = count // 2
    images, labels = dataset.train_images, dataset.train_labels
    full = 255.0 if images.dtype == np.uint8 else 1.0
    for_weights: slice | np.ndarray = slice(0, half)
    for_alphas: slice | np.ndarray = slice(total - half, total)
    if dataset.train_groups is not None:
        for_weights, for_alphas = (part[:half] for part in folds(labels, dataset.train_groups, 2, seed=0))
    first, last = shrunk(images[for_weights], shrink), shrunk(images[for_alphas], shrink)
    mean: tuple[float, ...]
    std: tuple[float, ...]
    if dataset.name == "cifar10":
        mean, std = CIFAR10_MEAN, CIFAR10_STD
    else:
        scaled = first.astype("float32") / full
        mean = tuple(map(float, scaled.mean((0, 1, 2))))
        std = tuple(max(float(s), 1e-3) for s in scaled.std((0, 1, 2)))
    return SearchImages(
        (first, labels[for_weights]), (last, labels[for_alphas]), Preparation(mean, std, full, augmentation)
    )
