"""Searching by estimates, and comparing them, as a user meets it."""

import csv

import pytest

from tests.cli.running import kerasnas, kerasnas_json, refused

DATA = ["--dataset", "digits", "--batch-size", "64", "--train-fraction", "0.3"]
SPACE = ["--filters", "2,3"]
GENOMES = [
    "NC 2 3 relu;RC 3 3 relu;NC 2 1 relu;RC 3 3 relu;FL relu",
    "NC 2 1 tanh;RC 2 1 tanh;NC 2 1 tanh;RC 2 1 tanh;FL tanh",
    "NC 3 3 relu;RC 3 3 relu;NC 3 3 relu;RC 3 3 relu;FL relu",
]


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        ("fidelity:epochs=0.5,channels=0.5", "training, fidelity:epochs=0.5,channels=0.5"),
        pytest.param("inheritance:epochs=0.5", "training from weights of", marks=pytest.mark.slow),
        pytest.param("synflow", "synflow", marks=pytest.mark.slow),
    ],
)
def test_a_search_by_estimates_trains_the_best_rated_in_full(tmp_path, estimate, said):
    out = tmp_path / "found.csv"
    command = ["search", *DATA, *SPACE, "--epochs", "2", "--budget", "4", "--workers", "1", "--finalists", "1"]
    summary = kerasnas_json(*command, "--strategy", "random", "--estimate", estimate, "--out", out)
    *estimated, final = rows(out)
    assert len(estimated) == 4
    assert any(row["Estimate"].startswith(said) for row in estimated)
    assert [row["Testing Accuracy"] != "" for row in [*estimated, final]] == [False] * 4 + [True]
    assert (final["Estimate"], final["Epochs Run"], final["Strategy"]) == ("training", "2", "finalist")
    rating = "Score" if estimate == "synflow" else "Validation Accuracy"
    assert final["Genome string"] == max(estimated, key=lambda row: float(row[rating]))["Genome string"]
    assert summary["best"]["genome"] == final["Genome string"]
    assert (summary["trials"], summary["finalists"]) == (4, 1)
    before = out.read_bytes()
    again = kerasnas_json(*command, "--strategy", "random", "--estimate", estimate, "--out", out)
    assert again["trained_now"] == 0
    assert out.read_bytes() == before


def test_a_fidelity_is_an_option_of_every_training(tmp_path):
    options = ["--epochs", "4", "--fidelity", "epochs=0.25,shrink=2", "--out", tmp_path / "low"]
    result = kerasnas_json("train-genome", "NC 2 3 relu;RC 2 3 relu;FL relu", *DATA, *options)
    assert (result["epochs_run"], result["protocol"]["fidelity"]) == (1, "shrink=2")
    line = refused("train-genome", GENOMES[0], *DATA, "--fidelity", "epoch=0.1", "--out", tmp_path / "none")
    assert "did you mean 'epochs'" in line


def test_hyperband_goes_on_where_it_stopped(tmp_path):
    out = tmp_path / "found.csv"
    options = ["--strategy", "hyperband", "--strategy-option", "max_epochs=3", "--budget", "5", "--workers", "1"]
    summary = kerasnas_json("search", *DATA, *SPACE, *options, "--out", out)
    found = rows(out)
    gone_on = [row for row in found if row["Epochs"] == "3"]
    assert {row["Decay Epochs"] for row in found if row["Epochs"] == "1"} == {"3"}
    assert gone_on[0]["Genome string"] in [row["Genome string"] for row in found if row["Epochs"] == "1"]
    assert (tmp_path / "found.checkpoints").is_dir()
    straight = tmp_path / "straight.csv"
    kerasnas_json("evaluate", gone_on[0]["Genome string"], *DATA, "--epochs", "3", "--workers", "1", "--out", straight)
    (alone,) = rows(straight)
    assert gone_on[0]["Validation Accuracy"] == alone["Validation Accuracy"]
    assert summary["failed"] == 0


def test_estimates_are_compared_with_full_trainings_and_nothing_is_done_twice(tmp_path):
    out = tmp_path / "ranks"
    command = ["rank-correlation", *GENOMES, *DATA, "--epochs", "4", "--out", out, "--workers", "1"]
    command += ["--estimate", "fidelity:epochs=0.25", "--estimate", "naswot"]
    summary = kerasnas_json(*command)
    assert [row["estimator"] for row in summary["table"]] == [
        "fidelity:epochs=0.25", "naswot", "curve after 3 of 4 epochs",
    ]  # fmt: skip
    assert all(-1 <= row["tau"] <= 1 and row["cost"] > 0 and row["genomes"] == 3 for row in summary["table"])
    assert len(rows(out / "results.csv")) == 9
    assert [row["estimator"] for row in rows(out / "table.csv")] == [row["estimator"] for row in summary["table"]]
    assert (out / "table.png").stat().st_size > 10_000
    done = kerasnas(*command)
    assert done.returncode == 0
    assert "stopping trainings" in done.stdout
    assert len(rows(out / "results.csv")) == 9


def test_bad_estimates_are_one_line(tmp_path):
    out = tmp_path / "found.csv"
    line = refused("search", *DATA, *SPACE, "--estimate", "synflw", "--out", out)
    assert "did you mean 'synflow'" in line
    assert "one-shot needs --space chain" in refused(
        "search", *DATA, "--space", "nasbench201", "--channels", "2", "--estimate", "one-shot", "--out", out
    )
