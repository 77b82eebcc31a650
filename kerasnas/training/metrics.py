"""What class probabilities come to, beside accuracy: figures that uneven classes do not flatter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_CLASSES_SHOWN = 20
"""Confusion matrices of more classes are not kept as text."""


@dataclass(frozen=True)
class Scores:
    """How well images were classified.

    Attributes:
        accuracy: percentage of images that are right.
        balanced_accuracy: mean over the classes that occur of the percentage of their images that are right.
        roc_auc: of two classes, the probability that an image of the second is ranked over one of the first (Hanley
            and McNeil, Radiology 1982); None for more classes, or where one of the two does not occur.
        confusion: whole numbers, `(classes, classes)`: rows are true classes, columns what was said.
    """

    accuracy: float
    balanced_accuracy: float
    roc_auc: float | None
    confusion: np.ndarray

    @property
    def confusion_text(self) -> str:
        """The confusion matrix as `50 3; 4 60`, a true class after the other; empty for very many classes."""
        if len(self.confusion) > MOST_CLASSES_SHOWN:
            return ""
        return "; ".join(" ".join(map(str, row)) for row in self.confusion.tolist())


def scores(labels: np.ndarray, probabilities: np.ndarray) -> Scores:
    """Return the scores of class probabilities.

    Args:
        labels: `(n,)`, whole numbers, n > 0.
        probabilities: `(n, classes)`.
    """
    classes = probabilities.shape[1]
    said = probabilities.argmax(-1)
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (labels, said), 1)
    there = confusion.sum(1) > 0
    recalls = confusion.diagonal()[there] / confusion.sum(1)[there]
    return Scores(
        100 * float(np.mean(said == labels)),
        100 * float(recalls.mean()),
        _roc_auc(labels, probabilities[:, 1]) if classes == 2 and there.all() else None,
        confusion,
    )


def _roc_auc(labels: np.ndarray, second: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels, second))
