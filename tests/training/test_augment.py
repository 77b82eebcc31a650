"""Changing training images: crops, flips and cutout."""

import numpy as np
import pytest

from kerasnas.training.augment import MARGIN, augmented

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(1, 256, (200, 9, 7, 3), np.uint8)
FILL = np.array([10.2, 20.0, 30.0])


def changed(names="", cutout=0, images=IMAGES, seed=1):
    return augmented(images, names, cutout, FILL, np.random.default_rng(seed))


@pytest.mark.parametrize(
    "options", [("", 0), ("crop", 0), ("flip", 0), ("", 3), ("rotate", 0), ("crop,flip,rotate", 4)]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_shape_and_type_stay_and_seeds_decide(options, dtype):
    images = IMAGES.astype(dtype)
    first, again, other = (changed(*options, images, seed) for seed in (1, 1, 2))
    assert (first.shape, first.dtype) == (images.shape, dtype)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any() == (options != ("", 0))
    assert (images == IMAGES).all()


def test_nothing_asked_for_changes_nothing():
    np.testing.assert_array_equal(changed(), IMAGES)


def test_about_half_of_the_images_are_flipped_left_to_right():
    flipped = 0
    for before, after in zip(IMAGES, changed("flip"), strict=True):
        if not (after == before).all():
            np.testing.assert_array_equal(after, before[:, ::-1])
            flipped += 1
    assert 60 < flipped < 140


@pytest.mark.parametrize(("name", "around"), [("crop", "constant"), ("shift", "edge")])
def test_a_crop_is_a_window_of_the_image_with_black_or_its_border_around_it(name, around):
    places = set()
    for before, after in zip(IMAGES, changed(name), strict=True):
        padded = np.pad(before, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), around)
        windows = [
            (down, right)
            for down in range(2 * MARGIN + 1)
            for right in range(2 * MARGIN + 1)
            if (padded[down : down + 9, right : right + 7] == after).all()
        ]
        assert len(windows) == 1
        places.add(windows[0])
    assert {down for down, _ in places} == {right for _, right in places} == set(range(2 * MARGIN + 1))


def test_cutout_paints_one_rectangle_no_larger_than_its_square():
    sizes = set()
    for before, after in zip(IMAGES, changed(cutout=4), strict=True):
        painted = (after == FILL.astype(np.uint8)).all(-1)
        np.testing.assert_array_equal(after[~painted], before[~painted])
        rows, columns = np.flatnonzero(painted.any(1)), np.flatnonzero(painted.any(0))
        assert painted[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
        sizes.add((len(rows), len(columns)))
    assert max(sizes) == (4, 4)
    assert min(height for height, _ in sizes) == min(width for _, width in sizes) == 2  # at a border


def test_rotation_turns_images_as_pillow_does_by_a_few_degrees():
    """Each turned image is like Pillow's at some angle within the bounds, and the angles go both ways."""
    from PIL import Image

    smooth = np.asarray(Image.fromarray(IMAGES[0]).resize((24, 24), Image.Resampling.BICUBIC))
    turned = changed("rotate", images=np.repeat(smooth[None], 40, 0)).astype(int)
    degrees = np.arange(-20, 20.5, 0.5)
    references = [np.asarray(Image.fromarray(smooth).rotate(angle, Image.Resampling.BILINEAR)) for angle in degrees]
    inner = slice(6, -6)
    found = []
    for image in turned:
        distances = [np.abs(image - reference)[inner, inner].mean() for reference in references]
        assert min(distances) < 3
        found.append(degrees[np.argmin(distances)])
    assert -15 <= min(found) < -10
    assert 10 < max(found) <= 15


def test_a_plain_ground_stays_plain():
    plain = np.full((20, 9, 7, 3), 200, np.uint8)
    np.testing.assert_array_equal(changed("shift,rotate", images=plain), plain)


def test_a_rotation_by_nothing_changes_nothing(monkeypatch):
    monkeypatch.setattr("kerasnas.training.augment.MOST_DEGREES", 0.0)
    np.testing.assert_array_equal(changed("rotate"), IMAGES)
