from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kerasnas.data import Dataset, load, split
from kerasnas.data.division import folds
from kerasnas.errors import SettingsError


def dataset_of(labels, test_labels=(0, 1)) -> Dataset:
    labels, test_labels = np.array(labels, np.int32), np.array(test_labels, np.int32)
    images = np.arange(len(labels), dtype=np.float32).reshape(-1, 1, 1, 1)
    tests = np.full((len(test_labels), 1, 1, 1), -1, np.float32)
    return Dataset("small", images, labels, tests, test_labels, int(labels.max()) + 1, "the tests")


labels = st.lists(st.integers(0, 4), min_size=20, max_size=200)
shares = st.floats(0.05, 0.6)
seeds = st.integers(0, 2**31 - 1)


def split_or_skip(dataset, validation_fraction, train_fraction, seed):
    try:
        return split(dataset, validation_fraction=validation_fraction, train_fraction=train_fraction, seed=seed)
    except SettingsError as error:
        assume("too few training images" not in str(error))
        raise


@given(labels, shares, shares | st.just(1.0), seeds)
def test_parts_are_disjoint_sorted_and_of_the_size_asked_for(labels, validation_fraction, train_fraction, seed):
    parts = split_or_skip(dataset_of(labels), validation_fraction, train_fraction, seed)
    everything = np.concatenate([parts.train, parts.validation])
    assert len(set(everything)) == len(everything)
    assert set(everything) <= set(range(len(labels)))
    assert list(parts.train) == sorted(parts.train)
    assert list(parts.validation) == sorted(parts.validation)
    assert len(parts.validation) == pytest.approx(validation_fraction * len(labels), abs=1)
    assert len(parts.train) == pytest.approx(train_fraction * (len(labels) - len(parts.validation)), abs=1)


@given(labels, shares, shares | st.just(1.0), seeds)
def test_each_class_has_its_share_of_each_part(labels, validation_fraction, train_fraction, seed):
    parts = split_or_skip(dataset_of(labels), validation_fraction, train_fraction, seed)
    labels = np.array(labels)
    for part in (parts.train, parts.validation):
        for label, count in zip(*np.unique(labels, return_counts=True), strict=True):
            expected = count * len(part) / len(labels)
            assert np.sum(labels[part] == label) == pytest.approx(expected, abs=2)


@given(labels, shares, shares, seeds)
def test_validation_images_are_the_same_whatever_is_trained_on(labels, validation_fraction, train_fraction, seed):
    part = split_or_skip(dataset_of(labels), validation_fraction, train_fraction, seed)
    whole = split_or_skip(dataset_of(labels), validation_fraction, 1.0, seed)
    np.testing.assert_array_equal(part.validation, whole.validation)
    assert set(part.train) <= set(whole.train)


@given(labels, shares, shares, seeds)
def test_test_images_play_no_part(labels, validation_fraction, train_fraction, seed):
    one = split_or_skip(dataset_of(labels), validation_fraction, train_fraction, seed)
    other = split_or_skip(dataset_of(labels, test_labels=[1] * 50), validation_fraction, train_fraction, seed)
    np.testing.assert_array_equal(one.train, other.train)
    np.testing.assert_array_equal(one.validation, other.validation)


def test_the_seed_decides_which_images():
    digits = load("digits")
    first, again, other = (split(digits, validation_fraction=0.1, train_fraction=0.5, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.validation, again.validation)
    np.testing.assert_array_equal(first.train, again.train)
    assert set(first.validation) != set(other.validation)
    assert set(first.train) != set(other.train)


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.1, float("nan")])
def test_validation_fraction_out_of_range_is_refused(share):
    with pytest.raises(SettingsError, match="validation fraction must be over 0 and under 1"):
        split(dataset_of([0, 1] * 50), validation_fraction=share, train_fraction=1, seed=0)


@pytest.mark.parametrize("share", [0, -0.1, 1.1, float("nan")])
def test_train_fraction_out_of_range_is_refused(share):
    with pytest.raises(SettingsError, match="train fraction must be over 0 and at most 1"):
        split(dataset_of([0, 1] * 50), validation_fraction=0.1, train_fraction=share, seed=0)


@pytest.mark.parametrize(("validation", "train"), [(0.001, 1), (0.1, 0.001), (0.999, 1)])
def test_shares_that_leave_a_class_without_images_are_refused(validation, train):
    with pytest.raises(SettingsError, match="small has too few training images"):
        split(dataset_of([0, 1] * 50), validation_fraction=validation, train_fraction=train, seed=0)


def test_fingerprint_tells_any_content_from_any_other():
    one = dataset_of([0, 1, 2])
    others = [
        replace(one, train_labels=one.train_labels[::-1].copy()),
        replace(one, test_labels=one.test_labels[::-1].copy()),
        replace(one, train_images=one.train_images + 1),
        replace(one, test_images=one.test_images + 1),
        replace(one, test_images=one.test_images.astype(np.float64)),
        replace(one, train_images=one.train_images.reshape(1, 3, 1, 1)),
    ]
    assert len({dataset.fingerprint for dataset in [one, *others]}) == 7
    assert dataset_of([0, 1, 2]).fingerprint == one.fingerprint


@st.composite
def grouped(draw):
    """Draw groups of one class, mostly, each of a few images."""
    sizes = draw(st.lists(st.integers(1, 6), min_size=8, max_size=40))
    kinds = [draw(st.integers(0, 2)) for _ in sizes]
    labels = [kind for kind, size in zip(kinds, sizes, strict=True) for _ in range(size)]
    groups = [group for group, size in enumerate(sizes) for _ in range(size)]
    assume(len(set(labels)) > 1)
    order = draw(st.permutations(range(len(labels))))
    return np.array(labels, np.int32)[order], np.array(groups, np.int32)[order]


@given(grouped(), shares, shares | st.just(1.0), seeds)
def test_no_group_is_in_both_parts(grouped, validation_fraction, train_fraction, seed):
    labels, groups = grouped
    dataset = replace(dataset_of(labels), train_groups=groups)
    try:
        parts = split(dataset, validation_fraction=validation_fraction, train_fraction=train_fraction, seed=seed)
    except SettingsError:
        assume(False)
    assert not set(groups[parts.train]) & set(groups[parts.validation])
    assert len(parts.train)
    assert len(parts.validation)
    if train_fraction == 1:
        assert len(parts.train) + len(parts.validation) == len(labels)
        assert set(labels[parts.train]) == set(labels)


@given(grouped(), st.integers(2, 8), st.integers(0, 7), seeds)
def test_no_subject_is_in_two_of_training_validation_and_test(grouped, count, fold, seed):
    labels, groups = grouped
    assume(fold < count <= len(set(groups)))
    parts = folds(labels, groups, count, seed)
    assert sorted(np.concatenate(parts)) == list(range(len(labels)))
    tested = set(groups[parts[fold]])
    rest = np.setdiff1d(np.arange(len(labels)), parts[fold])
    dataset = replace(dataset_of(labels), train_labels=labels[rest], train_groups=groups[rest])
    try:
        trained = split(dataset, validation_fraction=0.2, train_fraction=1, seed=seed)
    except SettingsError:
        assume(False)
    in_training, in_validation = (set(groups[rest][part]) for part in (trained.train, trained.validation))
    assert not in_training & in_validation
    assert not (in_training | in_validation) & tested


def test_groups_are_divided_so_that_classes_keep_their_shares():
    labels = np.repeat([0, 1, 0, 0], 50)
    groups = np.repeat(np.arange(40), 5)
    dataset = replace(dataset_of(labels), train_groups=groups)
    for seed in range(5):
        parts = split(dataset, validation_fraction=0.2, train_fraction=1, seed=seed)
        assert len(parts.validation) == pytest.approx(40, abs=5)
        assert np.mean(labels[parts.validation]) == pytest.approx(0.25, abs=0.1)


def test_too_few_groups_are_refused():
    dataset = replace(dataset_of([0, 1] * 50), train_groups=np.arange(100) % 4)
    with pytest.raises(SettingsError, match="10 folds cannot be made of 4 groups"):
        split(dataset, validation_fraction=0.1, train_fraction=1, seed=0)
