"""A data set in memory, and how it is divided into training, validation and test images."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from kerasnas.data.division import held_out
from kerasnas.errors import DataError, SettingsError

SIDED = {
    "digits": "what is no digit",
    "mnist": "what is no digit",
    "hands": "the other hand: a left one becomes a right one, which is wrong where the label tells them apart",
}
"""Data sets whose images a flip from left to right turns into something else, and into what."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images with whole-number labels; equal only to itself.

    Attributes:
        name: the name under which it was asked for.
        train_images, test_images: `(n, height, width, channels)`, uint8 0..255 or float32.
        train_labels, test_labels: `(n,)`, int32, from 0 to classes - 1.
        classes: the number of classes.
        source: where it was read from, for people.
        class_names: of each label, in their order; empty where they are not known.
        train_groups, test_groups: `(n,)`, int32: what must not be divided, such as the subject of an image; or None.
        notes: what was left out, and what to mind, a line each, for people.
        division: `random` where image files were divided so although a subject may be in several of them; else empty.
    """

    name: str
    train_images: np.ndarray = field(repr=False)
    train_labels: np.ndarray = field(repr=False)
    test_images: np.ndarray = field(repr=False)
    test_labels: np.ndarray = field(repr=False)
    classes: int
    source: str
    class_names: tuple[str, ...] = ()
    train_groups: np.ndarray | None = field(default=None, repr=False)
    test_groups: np.ndarray | None = field(default=None, repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False)
    division: str = ""

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """The shape of one image: height, width, channels."""
        height, width, channels = self.train_images.shape[1:]
        return height, width, channels

    @cached_property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that tell this content from any other."""
        digest = hashlib.sha256()
        groups = () if self.train_groups is None else (self.train_groups,)
        for array in (self.train_images, self.train_labels, self.test_images, self.test_labels, *groups):
            digest.update(f"{array.shape}{array.dtype}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()[:12]


@dataclass(frozen=True)
class Split:
    """Which training images are trained on and which are held out: int32 indexes, in rising order."""

    train: np.ndarray
    validation: np.ndarray


def split(dataset: Dataset, *, validation_fraction: float, train_fraction: float, seed: int) -> Split:
    """Divide the training images, each class in proportion; the test images play no part.

    Where the images have groups, no group is in both parts, and the classes are in proportion as far as that allows.

    The validation images depend on the seed and on `validation_fraction` alone, so that runs that train on
    less data are validated on the same images.

    Args:
        dataset: whose training images are divided.
        validation_fraction: the share held out, over 0 and under 1.
        train_fraction: the share of the remaining images that is trained on, over 0 and up to 1.
        seed: decides which images.

    Raises:
        SettingsError: a share is out of range, or leaves a part without images.
    """
    from sklearn.model_selection import train_test_split

    _check_share("validation fraction", validation_fraction, below_one=True)
    _check_share("train fraction", train_fraction, below_one=False)
    everything = np.arange(len(dataset.train_labels))
    try:
        if dataset.train_groups is None:
            train, validation = train_test_split(
                everything, test_size=validation_fraction, random_state=seed, stratify=dataset.train_labels
            )
        else:
            train, validation = held_out(dataset.train_labels, dataset.train_groups, validation_fraction, seed)
        if train_fraction < 1:
            train, _ = train_test_split(
                train, train_size=train_fraction, random_state=seed, stratify=dataset.train_labels[train]
            )
    except SettingsError:
        raise
    except ValueError as error:
        raise SettingsError(
            f"{dataset.name} has too few training images for a validation fraction of {validation_fraction} "
            f"and a train fraction of {train_fraction}: {error}"
        ) from None
    return Split(np.sort(train).astype(np.int32), np.sort(validation).astype(np.int32))


def scaled(images: np.ndarray) -> np.ndarray:
    """Return images as models take them: float32, and bytes brought to 0..1."""
    return images.astype(np.float32) / 255 if images.dtype == np.uint8 else images.astype(np.float32)


def checked(dataset: Dataset) -> Dataset:
    """Return `dataset` if its arrays fit together; raises `DataError` naming what does not."""
    for part, images, labels in (
        ("training", dataset.train_images, dataset.train_labels),
        ("test", dataset.test_images, dataset.test_labels),
    ):
        if images.ndim != 4 or not len(images):
            raise DataError(
                f"{dataset.source}: the {part} images must be an array (n, height, width, channels) with n > 0, "
                f"found {images.shape}"
            )
        if labels.shape != (len(images),):
            raise DataError(
                f"{dataset.source}: {len(images)} {part} images but labels of shape {labels.shape}; "
                "there must be one label an image"
            )
        if labels.min() < 0 or labels.max() >= dataset.classes:
            raise DataError(f"{dataset.source}: {part} labels must lie from 0 to {dataset.classes - 1}")
        if images.dtype != np.uint8 and not np.isfinite(images).all():
            raise DataError(f"{dataset.source}: the {part} images hold values that are not finite")
    if dataset.train_images.shape[1:] != dataset.test_images.shape[1:]:
        raise DataError(
            f"{dataset.source}: training images of shape {dataset.train_images.shape[1:]} but test images of "
            f"shape {dataset.test_images.shape[1:]}"
        )
    return dataset


def _check_share(name: str, share: float, *, below_one: bool) -> None:
    if not 0 < share <= 1 or (below_one and share == 1):
        raise SettingsError(f"the {name} must be over 0 and {'under' if below_one else 'at most'} 1, found {share}")
