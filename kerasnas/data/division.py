"""Dividing images into a part that is held out and the rest, by class, and without dividing a group."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from kerasnas.errors import SettingsError

_MOST_FOLDS = 20


def folds(labels: np.ndarray, groups: np.ndarray | None, count: int, seed: int) -> list[np.ndarray]:
    """Return the numbers of the images in each of `count` folds, each class in proportion as far as groups allow.

    Args:
        labels: `(n,)`, whole numbers.
        groups: `(n,)`, or None; the images of one group are in one fold. scikit-learn's `StratifiedGroupKFold`.
        count: at least 2.
        seed: decides which images.

    Raises:
        SettingsError: there are too few images or groups for so many folds.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    sizes = np.unique(labels, return_counts=True)[1]
    groups_there = len(labels) if groups is None else len(np.unique(groups))
    images = min(sizes) if groups is None else max(sizes)
    if min(groups_there, images) < count:
        what = f"classes of {images} images" if images < count else f"{groups_there} groups"
        raise SettingsError(f"{count} folds cannot be made of {what}; ask for fewer folds, or for a larger share")
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    parts = kind(count, shuffle=True, random_state=seed).split(np.zeros(len(labels)), labels, groups)
    return [part for _, part in _quietly(parts)]


def held_out(labels: np.ndarray, groups: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of the images that stay, and of about the share that is held out, no group in both.

    Args:
        labels: `(n,)`, whole numbers.
        groups: `(n,)`.
        share: over 0 and under 1.
        seed: decides which groups.

    Raises:
        SettingsError: there are too few groups for such a share, or a class would be left out of what stays.
    """
    ratio = max(Fraction(share).limit_denominator(_MOST_FOLDS), Fraction(1, _MOST_FOLDS))
    ratio = min(ratio, 1 - Fraction(1, _MOST_FOLDS))
    parts = folds(labels, groups, ratio.denominator, seed)
    held = np.sort(np.concatenate(parts[: ratio.numerator]))
    kept = np.setdiff1d(np.arange(len(labels)), held)
    check_classes(labels, kept, held)
    return kept, held


def check_classes(labels: np.ndarray, kept: np.ndarray, held: np.ndarray) -> None:
    """Raise `SettingsError` where a part is empty, or the larger one lacks a class."""
    missing = set(labels.tolist()) - set(labels[kept].tolist())
    if not len(held) or missing:
        raise SettingsError(
            f"the groups cannot be divided so that every part has images and none of the {len(set(labels.tolist()))} "
            "classes is left out of training; use fewer folds, or another share or column of groups"
        )


def _quietly(parts):  # type: ignore[no-untyped-def]
    """Go through the parts without scikit-learn's warning of classes with fewer members than there are folds."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield from parts
