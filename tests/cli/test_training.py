"""`kerasnas train-genome`, `evaluate` and `hillclimb --retrain`, on real images."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import keras
import pytest

from kerasnas.results import COLUMNS
from tests.cli.running import kerasnas, kerasnas_json, kerasnas_process, refused

SMALL = "RC 4 5 relu;RC 8 3 relu;FL relu"
QUICK = ("--dataset", "digits", "--epochs", 2, "--batch-size", 64)
ARTIFACTS = {"model.keras", "history.csv", "curves.png", "result.json"}


def test_train_genome_leaves_model_history_curves_and_result(tmp_path: Path) -> None:
    out = tmp_path / "out"
    logs = ("--tensorboard", tmp_path / "logs")
    done = kerasnas_process("train-genome", SMALL, *QUICK, "--out", out, *logs, "--seed", 3, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)  # whatever the backend says as it is imported
    assert {path.name for path in out.iterdir()} == ARTIFACTS
    assert json.loads((out / "result.json").read_text())["testing_accuracy"] == found["testing_accuracy"]
    assert found["protocol"]["seed"] == 3
    with (out / "history.csv").open() as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2"]
    assert (out / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert list((tmp_path / "logs").rglob("events.out.tfevents*"))
    assert keras.models.load_model(out / "model.keras").count_params() == found["parameters"]


def test_train_genome_refuses_before_it_trains(tmp_path: Path) -> None:
    assert "unknown data set 'mars'" in refused("train-genome", SMALL, "--dataset", "mars")
    assert "epochs must be at least 1" in refused("train-genome", SMALL, "--epochs", 0)
    assert "unknown activation" in refused("train-genome", "NC 4 3 rulu;FL relu")
    file = tmp_path / "file"
    file.touch()
    assert "cannot be written to" in refused("train-genome", SMALL, *QUICK, "--out", file / "below")
    assert "x_train" in refused("train-genome", SMALL, "--dataset", "npz", "--data-dir", _broken_npz(tmp_path))


def test_evaluate_then_climb_and_retrain(tmp_path: Path) -> None:
    genomes = tmp_path / "genomes.txt"
    genomes.write_text(f"# a comment\n{SMALL};\n\nnc 4 3 RELU; rc 4 3 relu; fl tanh  # another\nNC 9 9 relu;FL relu\n")
    out = tmp_path / "results.csv"
    first = kerasnas_json("evaluate", genomes, "RC 8 7 relu;RC 8 7 relu;RC 8 7 relu;FL relu", *QUICK, "--out", out)
    assert (first["evaluated"], first["failed"], first["known_already"]) == (4, 2, 0)
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert COLUMNS[:4] == ("Genome string", "Parameters", "Training Accuracy", "Testing Accuracy")
    by_genome = {row["Genome string"]: row for row in rows}
    assert by_genome[SMALL]["Status"] == "ok"
    assert 0 < float(by_genome[SMALL]["Testing Accuracy"]) <= 100
    assert "kernel" in by_genome["NC 9 9 relu;FL relu"]["Reason"]
    assert "larger than the" in by_genome["RC 8 7 relu;RC 8 7 relu;RC 8 7 relu;FL relu"]["Reason"]

    again = kerasnas_json("evaluate", genomes, SMALL, *QUICK, "--out", out)
    assert (again["evaluated"], again["known_already"]) == (0, 3)
    retried = kerasnas_json("evaluate", genomes, *QUICK, "--out", out, "--retry-failed")
    assert (retried["evaluated"], retried["failed"], retried["known_already"]) == (1, 1, 2)
    other_protocol = kerasnas("evaluate", SMALL, *QUICK, "--seed", 1, "--out", out)
    assert "1 evaluated (0 failed)" in other_protocol.stdout
    assert f"[1/1] {SMALL}" in other_protocol.stderr

    climbed = kerasnas("hillclimb", out, "--retrain", "--epochs", 2, "--out", tmp_path / "best")
    assert climbed.returncode == 0, climbed.stderr
    assert "2 protocols" in climbed.stderr
    assert {path.name for path in (tmp_path / "best").iterdir()} == ARTIFACTS


def test_evaluate_refuses_what_it_cannot_use(tmp_path: Path) -> None:
    out = tmp_path / "results.csv"
    assert "no such file" in refused("evaluate", tmp_path / "missing.txt", "--out", out)
    assert "unknown activation" in refused("evaluate", "NC 4 3 rulu;FL relu", "--out", out)
    foreign = tmp_path / "foreign.csv"
    foreign.write_text("a,b\n1,2\n")
    assert "write to a new file" in refused("evaluate", SMALL, "--out", foreign)
    assert foreign.read_text() == "a,b\n1,2\n"


def test_a_torn_last_line_is_set_aside_and_its_genome_evaluated_again(tmp_path: Path) -> None:
    out = tmp_path / "results.csv"
    out.write_text(",".join(COLUMNS) + f"\n{SMALL},12")
    done = kerasnas("evaluate", SMALL, *QUICK, "--out", out)
    assert "torn last line was set aside" in done.stderr
    assert "1 evaluated (0 failed)" in done.stdout
    assert (tmp_path / "results.csv.damaged").read_text() == f"{SMALL},12\n"


@pytest.mark.slow
def test_the_numbers_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    genomes = [SMALL, "NC 4 3 tanh;RC 4 3 swish;FL gelu", "RC 6 4 sigmoid;FL relu"]
    outs = [tmp_path / f"{workers}.csv" for workers in (1, 3)]
    for out, workers in zip(outs, (1, 3), strict=True):
        assert kerasnas("evaluate", *genomes, *QUICK, "--workers", workers, "--out", out).returncode == 0
    one, other = (_numbers(out) for out in outs)
    assert one == other


def _numbers(path: Path) -> dict[str, tuple[str, ...]]:
    with path.open() as file:
        names = ("Training Accuracy", "Testing Accuracy", "Validation Accuracy", "Training Loss", "Validation Loss")
        return {row["Genome string"]: tuple(row[name] for name in names) for row in csv.DictReader(file)}


def _broken_npz(folder: Path) -> Path:
    import numpy as np

    path = folder / "own.npz"
    np.savez(path, images=np.zeros(3))
    return path
