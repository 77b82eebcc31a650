"""From a folder or a table of images to a data set that can be trained on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kerasnas.data.cache import OnProgress, contents, decoded, taken
from kerasnas.data.dataset import Dataset
from kerasnas.data.division import check_classes, folds
from kerasnas.data.listing import Listing, Sample, list_images
from kerasnas.data.selection import Selection
from kerasnas.errors import DataError
from kerasnas.results.protocol import RANDOM

MOST_UNUSABLE = 0.01
"""The share of images that may be unusable for a data set to be trained on without them."""

_NAMES_IN_AN_ERROR = 5
_FOLD_SEED = 0
"""Of the folds that are tested on; the seed of a training decides on its validation images, not on these."""


def load_images(name: str, place: Path | None, selection: Selection, on_progress: OnProgress) -> Dataset:
    """Return the data set of image files `name`; its training images come shuffled.

    Images that cannot be used are left out and named in the data set's notes. Files that a table names and that are
    not there are held against it like damaged ones, unless most are missing: then the folder is a sample of the set.

    Args:
        name: one of `IMAGE_SETS`.
        place: see `list_images`.
        selection: which images, labels and groups; and which of them are tested on.
        on_progress: called while images are read and decoded.

    Raises:
        DataError: more than `MOST_UNUSABLE` of the images cannot be used, or fewer than two classes are left.
        SettingsError: the groups cannot be divided as asked.
    """
    listing = list_images(name, place, selection)
    samples, digests, notes, problems = _readable(listing, selection, on_progress)
    images, damaged = decoded(
        [sample.file for sample in samples], digests, selection.image_size, listing.cached_beside, on_progress
    )
    problems += [(samples[number].name, reason) for number, reason in damaged.items()]
    notes += _judged(listing, problems, len(samples) + len(problems) - len(damaged))
    kept = np.array([number for number in range(len(samples)) if number not in damaged])
    notes += _same_content([samples[number] for number in kept], [digests[number] for number in kept])
    return _divided(name, listing, selection, images, kept, samples, notes)


def _readable(
    listing: Listing, selection: Selection, on_progress: OnProgress
) -> tuple[list[Sample], list[bytes], list[str], list[tuple[str, str]]]:
    """Return the images whose files can be read, their digests, notes, and the name and fault of each other one."""
    found = contents([sample.file for sample in listing.samples], on_progress)
    absent = [s for s, content in zip(listing.samples, found, strict=True) if isinstance(content, FileNotFoundError)]
    there = len(listing.samples) - len(absent)
    notes: list[str] = []
    problems: list[tuple[str, str]] = []
    if not there:
        raise DataError(
            f"{listing.source}: none of the {len(absent):,} images that it names is in {listing.folder}, such as "
            f"{absent[0].name}; put them there, or name another column with --images-column"
        )
    if absent and (selection.allow_missing or len(absent) > there):
        names = ", ".join(sample.name for sample in absent[:3])
        notes.append(
            f"{listing.source}: {len(absent):,} of the {len(listing.samples):,} images that it names are not there "
            f"({names}, …); the {there:,} that are there are taken for a sample of it"
        )
    else:
        problems += [(sample.name, "not there") for sample in absent]
    contradictory = _contradictory(listing.samples)
    samples, digests = [], []
    for sample, content in zip(listing.samples, found, strict=True):
        if isinstance(content, FileNotFoundError):
            continue
        if isinstance(content, Exception):
            problems.append((sample.name, str(content)))
        elif not sample.label or sample.group == "":
            problems.append((sample.name, f"no {'group' if sample.label else 'label'}"))
        elif sample.name in contradictory:
            problems.append((sample.name, "named twice, with different labels or groups"))
        else:
            samples.append(sample)
            digests.append(content)
    return samples, digests, notes, problems


def _contradictory(samples: Sequence[Sample]) -> set[str]:
    first: dict[str, Sample] = {}
    return {sample.name for sample in samples if first.setdefault(sample.name, sample) != sample}


def _judged(listing: Listing, problems: list[tuple[str, str]], total: int) -> list[str]:
    """Return a note for each unusable image; raises `DataError` where there are too many."""
    if len(problems) > MOST_UNUSABLE * total:
        shown = ", ".join(f"{name} ({reason})" for name, reason in problems[:_NAMES_IN_AN_ERROR])
        more = ", …" if len(problems) > _NAMES_IN_AN_ERROR else ""
        remedy = "; or go on with those that are there by --allow-missing" if listing.tabled else ""
        raise DataError(
            f"{listing.source}: {len(problems):,} of {total:,} images cannot be used, more than {MOST_UNUSABLE:.0%}: "
            f"{shown}{more}; mend or remove them{remedy}"
        )
    return [f"{name}: {reason}; left out" for name, reason in problems]


def _same_content(samples: Sequence[Sample], digests: Sequence[bytes]) -> list[str]:
    """Return a note on images that hold the same as one of another label or group."""
    first: dict[bytes, Sample] = {}
    odd = []
    for sample, digest in zip(samples, digests, strict=True):
        other = first.setdefault(digest, sample)
        if (other.label, other.group) != (sample.label, sample.group):
            odd.append(f"{sample.name} ({sample.label}) and {other.name} ({other.label})")
    if not odd:
        return []
    more = ", …" if len(odd) > _NAMES_IN_AN_ERROR else ""
    return [f"the same image under two labels or groups, {len(odd)} times: {', '.join(odd[:_NAMES_IN_AN_ERROR])}{more}"]


def _divided(
    name: str,
    listing: Listing,
    selection: Selection,
    images: np.ndarray,
    kept: np.ndarray,
    samples: list[Sample],
    notes: list[str],
) -> Dataset:
    names = sorted({samples[number].label for number in kept})
    if len(names) < 2:
        raise DataError(f"{listing.source}: at least two classes are needed, found {', '.join(names) or 'none'}")
    labels = _numbered([samples[number].label for number in kept])
    groups = None
    if samples[kept[0]].group is not None:
        groups = _numbered([samples[number].group or "" for number in kept])
    fold, count = selection.fold
    parts = folds(labels, groups, count, _FOLD_SEED)
    test = np.sort(parts[fold])
    train = np.random.default_rng(_FOLD_SEED).permutation(np.setdiff1d(np.arange(len(kept)), test))
    check_classes(labels, train, test)
    if selection.random_split:
        notes.append(
            "images are divided at random: a network may recognise the subject of an image that it was trained on, and "
            "accuracies come out higher than for new subjects"
        )
    return Dataset(
        name,
        taken(images, kept[train], listing.cached_beside),
        labels[train],
        taken(images, kept[test], listing.cached_beside),
        labels[test],
        len(names),
        str(listing.source),
        class_names=tuple(names),
        train_groups=None if groups is None else groups[train],
        test_groups=None if groups is None else groups[test],
        notes=tuple(notes),
        division=RANDOM if selection.random_split else "",
    )


def _numbered(names: Sequence[str]) -> np.ndarray:
    """Return for each name the number of its place among all of them in order, int32."""
    return np.unique(np.array(names), return_inverse=True)[1].astype(np.int32)
