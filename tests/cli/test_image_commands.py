"""Every command that trains, on folders and tables of images; `kerasnas explain`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from PIL import Image

from kerasnas.genome import parse
from kerasnas.model.cost import cost
from tests.cli.running import kerasnas, kerasnas_json, refused
from tests.data.pictures import picture, write_folder, write_hands

SMALL = "RC 4 3 relu;RC 8 3 relu;FL relu"


@pytest.fixture(scope="module")
def hands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hands(tmp_path_factory.mktemp("hands"))


@pytest.fixture(scope="module")
def options(hands: Path) -> tuple[object, ...]:
    return ("--dataset", "hands", "--data-dir", hands, "--image-size", 12, "--epochs", 1, "--batch-size", 16)


@pytest.fixture(scope="module")
def trained(hands: Path, options: tuple[object, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained")
    found = kerasnas_json(
        "train-genome", SMALL, *options, "--class-weights", "balanced", "--augment", "shift,rotate", "--out", out
    )
    assert found["protocol"]["class_weights"] == "balanced"
    assert 0 <= found["testing_roc_auc"] <= 1
    assert 0 <= found["testing_balanced_accuracy"] <= 100
    counts = [int(word) for word in found["testing_confusion"].replace(";", " ").split()]
    assert sum(counts) == 20
    return out


def test_a_training_keeps_the_names_of_the_classes(trained: Path) -> None:
    assert json.loads((trained / "result.json").read_text())["class_names"] == ["female", "male"]


def test_explain_draws_a_picture_for_each_image(trained: Path, hands: Path, tmp_path: Path) -> None:
    images = [hands / "Hands" / name for name in ("Hand_0000.jpg", "Hand_0011.jpg")]
    out = tmp_path / "pictures"
    found = kerasnas_json("explain", trained / "model.keras", *images, "--out", out, "--class", "male")
    assert [one["class"] for one in found["explained"]] == ["male", "male"]
    for one, image in zip(found["explained"], images, strict=True):
        assert Path(one["picture"]) == out / f"{image.stem}.png"
        with Image.open(one["picture"]) as drawn:
            assert min(drawn.size) > 300
        assert 0 < one["probability"] < 1
    shown = kerasnas("explain", trained, images[0], "--out", out).stdout
    assert "Hand_0000.png" in shown


def test_explain_refuses_what_it_cannot_use(trained: Path, hands: Path, tmp_path: Path) -> None:
    image = hands / "Hands" / "Hand_0000.jpg"
    broken, out = tmp_path / "broken.jpg", ("--out", tmp_path)
    broken.write_bytes(image.read_bytes()[:200])
    assert "no such file; kerasnas train-genome makes one" in refused("explain", tmp_path / "none.keras", image, *out)
    assert "cannot be loaded as a Keras model" in refused("explain", broken, image, *out)
    assert "damaged (" in refused("explain", trained, broken, *out)
    broken.write_bytes(b"\x89PNG no picture")
    assert "damaged (no image can be made out in it); name a JPEG" in refused("explain", trained, broken, *out)
    assert "not there; name a JPEG or PNG" in refused("explain", trained, tmp_path / "none.jpg", *out)
    assert "expected a number or one of female, male" in refused("explain", trained, image, *out, "--class", "cat")
    assert "classes 0 to 1, not 7" in refused("explain", trained, image, *out, "--class", 7)
    assert "no layer 'none' with feature maps" in refused("explain", trained, image, *out, "--layer", "none")
    assert "cannot be written to" in refused("explain", trained, image, "--out", broken / "below")


def test_what_is_left_out_and_what_to_mind_is_on_stderr(hands: Path, options: tuple, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "data", each=60)
    (folder / "left" / "003.png").write_bytes(b"")
    done = kerasnas(
        *("train-genome", SMALL, "--dataset", "folder", "--data-dir", folder, "--image-size", 12, "--epochs", 1),
        *("--out", tmp_path / "out"),
    )
    assert done.returncode == 0, done.stderr
    assert "note: left/003.png: empty; left out" in done.stderr
    assert "decoding images: 119 of 119" in done.stderr
    random = kerasnas(
        "train-genome", SMALL, *options, "--random-split", "--augment", "flip", "--out", tmp_path / "random"
    )
    assert "may recognise the subject" in random.stderr
    assert "warning: --augment flip: a mirrored image of hands shows the other hand" in random.stderr
    assert "more than 1%" in refused(
        *("train-genome", SMALL, "--dataset", "folder", "--data-dir", _half_broken(tmp_path), "--out", tmp_path)
    )
    assert "digits has its images as they are" in refused("train-genome", SMALL, "--target", "gender")


@pytest.mark.slow
def test_evaluate_search_and_climb_on_hands(options: tuple, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    dorsal = (*options, "--where", "aspectOfHand=dorsal*")
    kerasnas_json("evaluate", SMALL, "NC 4 3 relu;FL relu", *dorsal, "--workers", 2, "--out", out)
    limit = ("--max-model-bytes", 8000, "--max-latency-ms", 10_000, "--space", "chain", "--shape", "RC-RC-FL")
    found = kerasnas_json("search", *dorsal, *limit, "--budget", 3, "--workers", 1, "--out", tmp_path / "search.csv")
    assert found["trials"] == 3
    assert "--where 'aspectOfHand=dorsal*'" in found["retrain"]
    assert "--image-size 12" in found["retrain"]
    with (tmp_path / "search.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert all(int(row["Parameters"]) <= 2000 and float(row["Latency Ms"]) > 0 for row in rows)
    excluded = (*dorsal, "--max-latency-ms", 1e-6, "--budget", 2, "--workers", 1, "--shape", "RC-FL")
    none = kerasnas_json("search", *excluded, "--out", tmp_path / "none.csv")
    assert (none["failed"], none["best"]) == (2, None)
    with (tmp_path / "none.csv").open() as file:
        assert {(row["Status"], row["Epochs Run"]) for row in csv.DictReader(file)} == {("excluded", "")}
    climbed = kerasnas("hillclimb", out, "--retrain", *options[2:], "--out", tmp_path / "best")
    assert climbed.returncode == 0, climbed.stderr
    assert "are not those of the CSV's rows" in climbed.stderr
    same = kerasnas("hillclimb", out, "--retrain", *dorsal[2:], "--out", tmp_path / "best")
    assert "are not those of the CSV's rows" not in same.stderr


@pytest.mark.slow
def test_darts_on_hands_within_limits(options: tuple, hands: Path, tmp_path: Path) -> None:
    small = ("--space", "nasbench201", "--channels", 4, "--cells", 1, "--out", tmp_path / "run")
    search = ("darts", "search", *options[:-2], "--batch-size", 8, *small)
    wide = kerasnas_json(*search)["genome"]
    most = cost(parse(wide), (12, 12, 3), 2).macs - 1
    narrow = kerasnas_json(*search, "--max-macs", most)["genome"]
    assert cost(parse(narrow), (12, 12, 3), 2).macs <= most
    data = ("--data-dir", hands, "--epochs", 1, "--batch-size", 8)
    free = kerasnas_json("darts", "train", tmp_path / "run", *data)
    limited = kerasnas_json(*("darts", "train", tmp_path / "run", *data, "--max-parameters", free["parameters"] - 1))
    assert limited["parameters"] < free["parameters"]
    assert limited["protocol"]["data_hash"] == free["protocol"]["data_hash"]
    assert "even with one channel" in refused("darts", "train", tmp_path / "run", *data, "--max-parameters", 5)


def _half_broken(folder: Path) -> Path:
    for kind in ("a", "b"):
        (folder / "broken" / kind).mkdir(parents=True)
        for number in range(10):
            picture(number).save(folder / "broken" / kind / f"{number}.png")
    (folder / "broken" / "a" / "0.png").write_bytes(b"")
    return folder / "broken"
