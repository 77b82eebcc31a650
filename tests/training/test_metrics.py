"""Balanced accuracy, ROC AUC and confusion, against scikit-learn and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from kerasnas.training.metrics import scores


@given(st.integers(2, 5), st.integers(1, 60), st.integers(0, 2**31))
def test_scores_are_those_of_scikit_learn(classes, count, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, count)
    probabilities = rng.dirichlet(np.ones(classes), count).astype(np.float32)
    said = probabilities.argmax(-1)
    found = scores(labels, probabilities)
    assert found.accuracy == pytest.approx(100 * metrics.accuracy_score(labels, said))
    recalls = metrics.recall_score(labels, said, labels=np.unique(labels), average="macro", zero_division=0)
    assert found.balanced_accuracy == pytest.approx(100 * recalls)
    np.testing.assert_array_equal(found.confusion, metrics.confusion_matrix(labels, said, labels=range(classes)))
    if classes == 2 and len(set(labels)) == 2:
        assert found.roc_auc == pytest.approx(metrics.roc_auc_score(labels, probabilities[:, 1]))
    else:
        assert found.roc_auc is None


def test_always_saying_the_larger_class_is_no_better_than_chance():
    labels = np.repeat([0, 1], [90, 10])
    found = scores(labels, np.tile([0.9, 0.1], (100, 1)))
    assert (found.accuracy, found.balanced_accuracy, found.roc_auc) == (90, 50, 0.5)
    assert found.confusion_text == "90 0; 10 0"


def test_very_many_classes_have_no_confusion_in_text():
    assert scores(np.arange(30), np.eye(30)).confusion_text == ""
