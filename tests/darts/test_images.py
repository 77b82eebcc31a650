"""The halves of the training images, and what happens to their batches."""

from dataclasses import replace

import numpy as np
import pytest

from kerasnas.darts.batches import PairedBatches
from kerasnas.darts.images import CIFAR10_MEAN, CIFAR10_STD, CropAndFlip, search_images, shrunk
from kerasnas.data import Dataset
from kerasnas.errors import DataError


def dataset(name="noise", count=10):
    images = np.random.default_rng(0).integers(0, 256, (count, 8, 8, 3)).astype("uint8")
    labels = np.arange(count, dtype="int32") % 2
    return Dataset(name, images, labels, images, labels, 2, "random numbers")


def test_first_half_for_the_weights_and_last_for_the_alphas():
    data = dataset()
    found = search_images(data)
    np.testing.assert_array_equal(found.train[0], data.train_images[:5])
    np.testing.assert_array_equal(found.valid[1], data.train_labels[5:])
    few = search_images(data, 4)
    np.testing.assert_array_equal(few.train[0], data.train_images[:2])
    np.testing.assert_array_equal(few.valid[0], data.train_images[-2:])
    with pytest.raises(DataError, match="2 to 10"):
        search_images(data, 11)


def test_no_group_is_in_both_halves():
    data = dataset(count=60)
    images = np.arange(60, dtype="uint8")[:, None, None, None] * np.ones((1, 8, 8, 3), "uint8")
    groups = np.random.default_rng(1).integers(0, 12, 60)
    found = search_images(replace(data, train_images=images, train_groups=groups))
    halves = [set(groups[part[0][:, 0, 0, 0]]) for part in (found.train, found.valid)]
    assert not halves[0] & halves[1]
    for images_of, labels in (found.train, found.valid):
        assert 20 <= len(labels) <= 30
        np.testing.assert_array_equal(labels, data.train_labels[images_of[:, 0, 0, 0]])
        assert set(labels) == {0, 1}


def test_normalised_by_the_paper_s_figures_or_their_own():
    cifar, other = search_images(dataset("cifar10")), search_images(dataset())
    images = dataset().train_images[:5]
    np.testing.assert_allclose(
        cifar.preparation(images), (images / 255 - CIFAR10_MEAN) / np.array(CIFAR10_STD), rtol=1e-4, atol=1e-5
    )
    prepared = other.preparation(images)
    np.testing.assert_allclose(prepared.mean((0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(prepared.std((0, 1, 2)), 1, rtol=1e-4)


def test_crops_and_flips_show_the_padded_image():
    images = 1 + np.arange(64, dtype="uint8").reshape(1, 8, 8, 1)
    changed = CropAndFlip(padding=2)(np.repeat(images, 300, axis=0), np.random.default_rng(0))
    padded = np.pad(images[0, :, :, 0], 2)
    crops = {padded[i : i + 8, j : j + 8].tobytes() for i in range(5) for j in range(5)}
    mirrored = {padded[i : i + 8, j : j + 8][:, ::-1].tobytes() for i in range(5) for j in range(5)}
    found = {image[:, :, 0].tobytes() for image in changed}
    assert found <= crops | mirrored
    assert len(found & crops) > 20
    assert len(found & mirrored) > 20
    upright = CropAndFlip(padding=2, flip=False)(np.repeat(images, 100, axis=0), np.random.default_rng(0))
    assert {image[:, :, 0].tobytes() for image in upright} <= crops


def test_batches_are_prepared_by_seed_and_epoch_alone():
    def batches(epoch):
        arrays = dataset().train_images, dataset().train_labels
        paired = PairedBatches(arrays, arrays, 5, 1, CropAndFlip(2))
        paired.epoch = epoch
        return paired[1][0][0]

    np.testing.assert_array_equal(batches(0), batches(0))
    assert (batches(0) != batches(1)).any()


def test_shrinking_takes_means():
    images = np.arange(16, dtype="uint8").reshape(1, 4, 4, 1)
    np.testing.assert_array_equal(shrunk(images, 2)[0, :, :, 0], [[2, 4], [10, 12]])
    np.testing.assert_array_equal(shrunk(images, 3)[0, :, :, 0], [[5]])  # the last row and column are left out
    with pytest.raises(DataError, match="cannot be shrunk by 5"):
        shrunk(images, 5)


def test_a_search_is_on_whole_squares():
    with pytest.raises(DataError, match="shrink 3 must divide both sides"):
        search_images(dataset(), shrink=3)
    with pytest.raises(DataError, match="shrink 0 must divide both sides"):
        search_images(dataset(), shrink=0)
