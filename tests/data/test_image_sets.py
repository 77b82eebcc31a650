"""Folders and tables of images: what is read, what is left out and named, and what is refused."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasnas.data import Selection, cache, load, open_stored, store
from kerasnas.errors import DataError, SettingsError
from tests.data.pictures import hands_rows, picture, write_folder, write_hands, write_table

SMALL = Selection(image_size=8)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path_factory):
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path_factory.mktemp("cache")))


def refusal(name, place, selection=SMALL) -> str:
    with pytest.raises((DataError, SettingsError)) as caught:
        load(name, place, selection)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def everything(dataset):
    return np.concatenate([dataset.train_images, dataset.test_images])


@pytest.mark.parametrize("ending", ["png", "jpg", "JPEG"])
def test_a_folder_for_each_class_is_read_with_its_labels(tmp_path, ending):
    data = load("folder", write_folder(tmp_path / "data", each=10, ending=ending), Selection(image_size=12))
    assert (data.class_names, data.classes, data.image_shape) == (("left", "right"), 2, (12, 12, 3))
    assert (len(data.train_images), len(data.test_images)) == (16, 4)
    assert np.bincount(data.test_labels).tolist() == [2, 2]
    assert data.train_images.dtype == np.uint8
    assert data.notes == ()
    if ending == "png":
        padded = np.pad(np.asarray(picture(1000)), ((2, 2), (0, 0), (0, 0)))  # right/000.png, 12 wide and 8 high
        (place,) = [number for number, image in enumerate(everything(data)) if (image == padded).all()]
        assert np.concatenate([data.train_labels, data.test_labels])[place] == 1


def test_the_aspect_is_kept_and_what_is_beside_the_image_is_black(tmp_path):
    for kind, colour in (("a", (255, 0, 0)), ("b", (0, 255, 0))):
        (tmp_path / kind).mkdir()
        for i in range(5):
            Image.new("RGB", (100, 50), colour).save(tmp_path / kind / f"{i}.png")
    data = load("folder", tmp_path, SMALL)
    image = data.test_images[data.test_labels == 0][0]
    assert (image[:2] == 0).all()
    assert (image[6:] == 0).all()
    assert (image[2:6] == (255, 0, 0)).all()


def test_images_of_every_kind_become_red_green_and_blue(tmp_path):
    write_folder(tmp_path / "data", each=10)
    grey, palette, transparent = (tmp_path / "data" / "left" / f"{i:03}.png" for i in range(3))
    Image.new("L", (8, 8), 77).save(grey)
    Image.new("RGB", (8, 8), (9, 8, 7)).quantize(4).save(palette)
    Image.new("RGBA", (8, 8), (1, 2, 3, 255)).save(transparent)
    found = {tuple(image[4, 4]) for image in everything(load("folder", tmp_path / "data", SMALL))}
    assert {(77, 77, 77), (9, 8, 7), (1, 2, 3)} <= found


def damage(file: Path, how: str) -> None:
    content = file.read_bytes()
    {
        "empty": lambda: file.write_bytes(b""),
        "truncated": lambda: file.write_bytes(content[: len(content) // 2]),
        "no image": lambda: file.write_text("not an image at all"),
        "another format": lambda: Image.open(file).convert("RGB").save(file, "JPEG"),
        "a folder": lambda: (file.unlink(), file.mkdir()),
    }[how]()


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("empty", "empty"),
        ("truncated", "damaged ("),
        ("no image", "neither JPEG nor PNG"),
        ("another format", "JPEG in spite of its name"),
    ],
)
def test_an_unusable_image_is_named_and_the_run_goes_on_without_it(tmp_path, how, reason):
    folder = write_folder(tmp_path / "data", each=60)
    damage(folder / "right" / "007.png", how)
    for _ in range(2):  # the second time from the cache
        data = load("folder", folder, SMALL)
        (note,) = data.notes
        assert note.startswith(f"right/007.png: {reason}")
        assert len(everything(data)) == 119
        assert everything(data).any(axis=(1, 2, 3)).all()


def test_more_than_one_in_a_hundred_unusable_images_are_refused_by_name(tmp_path):
    folder = write_folder(tmp_path / "data", each=60)
    for number in range(2):
        damage(folder / "left" / f"{number:03}.png", "truncated")
    message = refusal("folder", folder)
    assert "2 of 120 images cannot be used, more than 1%: left/000.png (damaged (" in message
    assert "left/001.png" in message


def test_a_hands_table_that_names_far_more_images_than_there_are(tmp_path):
    rows = hands_rows(subjects=30)
    folder = write_hands(tmp_path / "hands", rows)
    for row in rows[75:]:
        (folder / "Hands" / row["imageName"]).unlink()
    assert "75 of 150 images cannot be used" in refusal("hands", tmp_path)  # half: no sample, but a set with gaps
    (folder / "Hands" / rows[0]["imageName"]).unlink()
    data = load("hands", tmp_path, SMALL)
    (note,) = data.notes
    assert "76 of the 150 images that it names are not there" in note
    assert len(everything(data)) == 74
    (folder / "Hands" / rows[1]["imageName"]).write_bytes(b"")
    assert "1 of 74 images cannot be used" in refusal("hands", tmp_path)  # missing files do not count, damaged do


def test_a_few_missing_files_are_refused_unless_they_are_allowed(tmp_path):
    rows = hands_rows()
    folder = write_hands(tmp_path, rows)
    for row in rows[:2]:
        (folder / "Hands" / row["imageName"]).unlink()
    message = refusal("hands", folder)
    assert "2 of 100 images cannot be used" in message
    assert "Hand_0000.jpg (not there)" in message
    assert "--allow-missing" in message
    data = load("hands", folder, Selection(image_size=8, allow_missing=True))
    assert len(everything(data)) == 98


def test_hands_are_labelled_by_gender_and_grouped_by_subject(tmp_path):
    data = load("hands", write_hands(tmp_path), SMALL)
    assert data.class_names == ("female", "male")
    assert np.bincount(np.concatenate([data.train_labels, data.test_labels])).tolist() == [65, 35]
    assert len(set(data.train_groups) | set(data.test_groups)) == 20
    assert not set(data.train_groups) & set(data.test_groups)


def test_conditions_target_and_groups(tmp_path):
    folder = write_hands(tmp_path)
    dorsal = load("hands", folder, Selection(image_size=8, where=("aspectOfHand=dorsal*",)))
    assert len(everything(dorsal)) == 60
    both = Selection(8, ("aspectOfHand=dorsal*", "gender=[fm]emale"), "age", groups="imageName", test_fold="1/3")
    assert load("hands", folder, both).classes == 13
    assert "5 folds cannot be made of classes of 3 images" in refusal("hands", folder, replace(both, test_fold="1/5"))
    sides = load("hands", folder, Selection(image_size=8, target="aspectOfHand"))
    assert sides.class_names == ("dorsal right", "palmar left")
    assert "there is no such column; there are id, age" in refusal("hands", folder, Selection(where=("colour=red",)))
    assert "none of its 100 images fits --where gender=neither" in refusal(
        "hands", folder, Selection(where=("gender=neither",))
    )
    assert "no column 'height' for --target" in refusal("hands", folder, Selection(target="height"))
    assert "at least two classes are needed, found male" in refusal("hands", folder, Selection(where=("gender=male",)))
    assert "the groups and the target are the same column 'id'" in refusal("hands", folder, Selection(target="id"))


def test_a_random_split_warns_and_divides_subjects(tmp_path):
    data = load("hands", write_hands(tmp_path), Selection(image_size=8, random_split=True))
    assert data.train_groups is None
    assert any("may recognise the subject" in note for note in data.notes)
    assert data.division == "random"
    store(data, tmp_path / "stored")
    assert open_stored(tmp_path / "stored").division == "random"


def test_a_table_of_ones_own(tmp_path):
    folder = write_folder(tmp_path / "data", each=10)
    rows = [
        {"picture": f"{kind}/{i:03}.png", "side": kind, "who": i % 6} for kind in ("left", "right") for i in range(10)
    ]
    table = write_table(folder / "labels.csv", rows)
    chosen = Selection(image_size=8, images="picture", target="side", groups="who")
    for place in (table, folder):
        data = load("csv", place, chosen)
        assert data.class_names == ("left", "right")
        assert not set(data.train_groups) & set(data.test_groups)
    assert "name a column with --images-column; it has picture, side, who" in refusal("csv", table)
    assert "name a column with --target" in refusal("csv", table, Selection(images="picture"))
    (folder / "other.csv").touch()
    assert "expected one CSV in it, found labels.csv, other.csv" in refusal("csv", folder)
    assert "holds no row" in refusal("csv", folder / "other.csv")
    assert "no such file" in refusal("csv", folder / "none.csv")


def test_rows_without_a_label_or_with_two_are_left_out_by_name(tmp_path):
    folder = write_folder(tmp_path / "data", each=200)
    rows = [{"file": f"{kind}/{i:03}.png", "label": kind} for kind in ("left", "right") for i in range(200)]
    rows[5]["label"] = " "
    rows.append({"file": "left/009.png", "label": "right"})
    rows.append(rows[20])  # the same again says nothing new
    rows.append({"file": "left/0\x00.png", "label": "left"})
    data = load("csv", write_table(folder / "labels.csv", rows), SMALL)
    assert sorted(data.notes) == [
        "left/0\x00.png: cannot be read (embedded null byte); left out",
        "left/005.png: no label; left out",
        *["left/009.png: named twice, with different labels or groups; left out"] * 2,
    ]
    assert len(everything(data)) == 398


def test_the_same_image_under_two_labels_is_noted(tmp_path):
    folder = write_folder(tmp_path / "data", each=10)
    shutil.copy(folder / "left" / "003.png", folder / "right" / "twin.png")
    (note,) = load("folder", folder, SMALL).notes
    assert "right/twin.png (right) and left/003.png (left)" in note


def test_places_that_hold_no_such_set_are_refused(tmp_path):
    assert "needs --data-dir, the folder of HandInfo.csv and Hands/; none was given" in refusal("hands", None)
    assert "no HandInfo.csv in it" in refusal("hands", tmp_path)
    write_table(tmp_path / "HandInfo.csv", hands_rows())
    assert "no folder Hands/ beside HandInfo.csv" in refusal("hands", tmp_path)
    (tmp_path / "Hands").mkdir()
    assert "none of the 100 images that it names is in" in refusal("hands", tmp_path)
    assert "no such folder" in refusal("folder", tmp_path / "none")
    assert "in folders below it" in refusal("folder", tmp_path)
    assert "digits has its images as they are" in refusal("digits", None)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"image_size": 0}, "image size must be from 1"),
        ({"where": ("gender",)}, "expected column=pattern"),
        ({"where": ("=x",)}, "expected column=pattern"),
        ({"test_fold": "0/5"}, "expected K/N"),
        ({"test_fold": "6/5"}, "expected K/N"),
        ({"test_fold": "1/1"}, "expected K/N"),
        ({"test_fold": "half"}, "expected K/N"),
    ],
)
def test_selections_that_make_no_sense_are_refused(values, words):
    with pytest.raises(SettingsError, match=words):
        Selection(**values)


class TestCache:
    def decoded(self, name, folder, selection=SMALL):
        """Return how many images were decoded for a load, and its fingerprint."""
        steps = []
        data = load(name, folder, selection, lambda what, done, total: steps.append((what, done, total)))
        return sum(what == "decoding" for what, *_ in steps), data.fingerprint

    def test_images_are_decoded_once_for_each_content_and_size(self, tmp_path):
        folder = write_folder(tmp_path / "data", each=20)
        first = self.decoded("folder", folder)
        assert first[0] == 40
        assert self.decoded("folder", folder) == (0, first[1])
        assert self.decoded("folder", folder, Selection(image_size=9))[0] == 40
        assert self.decoded("folder", folder, Selection(image_size=8, test_fold="2/5"))[0] == 0
        picture(9999).save(folder / "left" / "004.png")
        changed = self.decoded("folder", folder)
        assert changed[0] == 40
        assert changed[1] != first[1]

    def test_a_folder_that_cannot_be_written_to_has_its_cache_elsewhere(self, tmp_path, monkeypatch):
        folder = write_folder(tmp_path / "data", each=20)
        (folder / ".kerasnas-cache").touch()  # where its cache would lie
        elsewhere = tmp_path / "elsewhere"
        monkeypatch.setenv(cache.CACHE_VARIABLE, str(elsewhere))
        first = self.decoded("folder", folder)
        assert self.decoded("folder", folder) == (0, first[1])
        assert list(elsewhere.rglob("*.npy"))
        monkeypatch.setenv(cache.CACHE_VARIABLE, str(folder / "left" / "000.png"))
        message = refusal("folder", folder)
        assert "cannot be kept in" in message
        assert cache.CACHE_VARIABLE in message

    def test_a_copy_of_the_folder_has_the_same_content(self, tmp_path):
        folder = write_folder(tmp_path / "data", each=20)
        first = self.decoded("folder", folder)
        copy = shutil.copytree(folder, tmp_path / "copy")
        assert self.decoded("folder", copy) == (0, first[1])

    def test_what_is_too_large_for_memory_is_mapped_from_the_disk(self, tmp_path, monkeypatch):
        folder = write_folder(tmp_path / "data", each=20)
        in_memory = load("folder", folder, SMALL)
        monkeypatch.setattr(cache, "IN_MEMORY_BYTES", 1000)
        mapped = load("folder", folder, SMALL)
        assert isinstance(mapped.train_images, np.memmap)
        assert not isinstance(in_memory.train_images, np.memmap)
        assert mapped.fingerprint == in_memory.fingerprint
        store(mapped, tmp_path / "stored")
        assert (tmp_path / "stored" / "train_images.npy").is_symlink()
        assert open_stored(tmp_path / "stored").fingerprint == in_memory.fingerprint

    def test_a_stored_data_set_keeps_groups_and_names(self, tmp_path):
        data = load("hands", write_hands(tmp_path / "hands"), SMALL)
        store(data, tmp_path / "stored")
        back = open_stored(tmp_path / "stored")
        assert back.fingerprint == data.fingerprint
        assert back.class_names == data.class_names
        np.testing.assert_array_equal(back.test_groups, data.test_groups)
