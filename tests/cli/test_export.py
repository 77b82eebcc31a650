"""`kerasnas export`: the files, what is printed, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import keras
import pytest

from kerasnas.genome import parse
from kerasnas.model.build import build
from tests.cli.running import kerasnas, kerasnas_json, refused

SMALL = "RC 4 5 relu;RC 8 3 relu;FL relu"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.keras"
    build(parse(SMALL), (28, 28, 1), 10, seed=3).save(path)
    return path


def test_a_genome_becomes_a_file_and_a_table(tmp_path: Path) -> None:
    out = tmp_path / "deeper" / "model.keras"
    done = kerasnas("export", SMALL, "--out", out)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in out.parent.iterdir()] == ["model.keras"]
    assert keras.models.load_model(out).count_params() == build(parse(SMALL), (28, 28, 1), 10).count_params()
    titles = ["Written", "Largest difference", "Same class", "One image"]
    assert [line[:21].strip() for line in done.stdout.splitlines()] == titles
    assert f"{out} ({out.stat().st_size:,} bytes)" in done.stdout
    assert "over 64 test images of digits (bound 0.001)" in done.stdout
    assert "the weights are fresh" in done.stderr


def test_a_model_becomes_a_file_of_another_runtime(model: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tf2onnx")
    out = tmp_path / "model.onnx"
    found = kerasnas_json("export", model, "--format", "onnx", "--out", out)
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    assert (found["format"], found["path"], found["bytes"]) == ("onnx", str(out), out.stat().st_size)
    assert found["max_difference"] < found["bound"] == 1e-3
    assert (found["images"], found["agreement"]) == (64, 1.0)
    assert found["latency_ms"] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("none.keras",), "none.keras: no such file; kerasnas train-genome makes one"),
        (("damaged.keras",), "damaged.keras: cannot be loaded as a Keras model"),
        (("cut.keras",), "cut.keras: cannot be loaded as a Keras model"),
        (("NC 4 5 rulu;FL relu",), "unknown activation 'rulu'"),
        (("model.keras", "--format", "onn"), "unknown format 'onn'"),
        (("model.keras", "--format", "saved_model", "--quantize", "int8"), "cannot be quantised here; keras, onnx"),
        (("model.keras", "--out", "model.onnx"), "must end in .keras"),
        (("model.keras", "--dataset", "mars"), "unknown data set 'mars'"),
        (("model.keras", "--out", "damaged.keras/below.keras"), "cannot be written (File exists); name another"),
        (("model.keras", "--out", "folder.keras"), "cannot be written (Is a directory); name another --out"),
        (("model.keras", "--format", "openvino", "--out", "folder.xml"), "cannot be written (Is a directory)"),
        (("colour.keras",), "takes images of (28, 28, 3), those of digits are (28, 28, 1); name the model's data set"),
        (("model.keras", "--bound", "-1"), "greater than or equal to 0"),
    ],
    ids=lambda given: " ".join(given[-2:]) if isinstance(given, tuple) else "",
)
def test_what_cannot_be_done_is_one_line(model: Path, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    (tmp_path / "model.keras").write_bytes(model.read_bytes())
    (tmp_path / "cut.keras").write_bytes(model.read_bytes()[:3000])
    (tmp_path / "damaged.keras").write_text("no model")
    for name in ("folder.keras", "folder.xml"):
        (tmp_path / name).mkdir()
    if "colour.keras" in arguments:
        build(parse(SMALL), (28, 28, 3), 10).save(tmp_path / "colour.keras")
    before = {path.name for path in tmp_path.iterdir()}
    assert message in refused("export", *arguments, cwd=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} - before <= {"runs"}


def test_a_difference_over_the_bound_fails(model: Path, tmp_path: Path) -> None:
    line = refused("export", model, "--quantize", "int8", "--bound", 0, "--out", tmp_path / "model.keras")
    assert "differs from Keras by" in line
    assert "do not use it, or raise --bound" in line
