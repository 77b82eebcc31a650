"""`kerasnas hillclimb` and `plot`, over CSVs of all kinds."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.cli.running import kerasnas, kerasnas_json, refused

HEADER = "Genome string,Parameters,Training Accuracy,Testing Accuracy\n"
ROWS = "NC 4 1 relu;FL relu,100,80,70\nNC 8 1 relu;FL relu,1000,90,85\nNC 16 1 relu;FL relu,10000,95,86\n"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    path = tmp_path / "results.csv"
    path.write_text(HEADER + ROWS)
    return path


def test_the_choice_moves_with_the_penalty(results: Path) -> None:
    assert kerasnas_json("hillclimb", results, "--penalty", 2)["best"]["parameters"] == 1000
    assert kerasnas_json("hillclimb", results, "--penalty", 0)["best"]["parameters"] == 10000
    found = kerasnas_json("hillclimb", results, "--penalty", 50)
    assert found["best"]["parameters"] == 100
    assert found["choice_by_penalty"]["0"]["parameters"] == 10000
    assert found["path"][-1]["genome"] == found["best"]["genome"]


def test_it_says_which_accuracy_it_goes_by_and_what_to_do_next(results: Path) -> None:
    done = kerasnas("hillclimb", results)
    assert done.returncode == 0
    assert "3 genomes, compared by testing accuracy" in done.stderr
    assert "NC 8 1 relu;FL relu" in done.stdout
    assert "--retrain" in done.stdout


def test_csvs_made_by_others_are_read_and_what_is_passed_over_is_named(tmp_path: Path) -> None:
    path = tmp_path / "foreign.csv"
    path.write_bytes(
        b"\xef\xbb\xbf,GENOME STRING , parameters,Training accuracy,testing ACCURACY,notes\r\n"
        b"0,NC 4 1 relu;FL relu,100.0,80,70,x\r\n"
        b"1,NC 8 1 relu;FL relu,many,90,85,x\r\n"
        b"2,NC 8 3 relu;FL relu,1000,90,185,x\r\n"
        b"3,NC 4 1 relu;FL relu,100,80,70,x\r\n"
        b"4,NC 16 1 relu;FL relu,200,,,x\r\n"
    )
    found = kerasnas_json("hillclimb", path)
    assert found["rows"] == 1
    assert any("line 3, column 'parameters'" in note for note in found["notes"])
    assert any("line 4, column 'testing ACCURACY'" in note for note in found["notes"])
    assert any("1 row without testing accuracy" in note for note in found["notes"])
    assert any("1 repeated genome" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        (HEADER, "no row with a genome"),
        ("a,b\n1,2\n", "no column 'Genome string'"),
    ],
    ids=["empty", "header only", "other columns"],
)
def test_nothing_to_climb_is_one_clear_line(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "results.csv"
    path.write_text(content)
    for command in ("hillclimb", "plot"):
        assert message in refused(command, path)
    assert "no such file" in refused("hillclimb", tmp_path / "missing.csv")


def test_one_row_and_equal_rows_give_a_clear_answer(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text(HEADER + ROWS.splitlines()[0])
    assert kerasnas_json("hillclimb", path)["best"]["parameters"] == 100
    path.write_text(HEADER + "".join(f"NC {n} 1 relu;FL relu,100,80,70\n" for n in range(1, 5)))
    assert kerasnas_json("hillclimb", path)["local_optima"] >= 1


def test_ten_thousand_rows(tmp_path: Path) -> None:
    rng = random.Random(0)
    path = tmp_path / "large.csv"
    rows = (f"genome {n},{rng.randint(100, 10**6)},90,{rng.uniform(50, 95):.4f}\n" for n in range(10_000))
    path.write_text(HEADER + "".join(rows))
    assert kerasnas_json("hillclimb", path)["rows"] == 10_000


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_plot_writes_the_format_that_the_name_asks_for(results: Path, ending: str) -> None:
    out = results.parent / "deeper" / f"picture.{ending}"
    assert kerasnas_json("plot", results, "--out", out)["genomes"] == 3
    start = out.read_bytes()[:8]
    assert {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[ending] in start


def test_plot_and_climb_refuse_bad_options_in_one_line(results: Path) -> None:
    assert "must end in .png, .svg, .pdf" in refused("plot", results, "--out", "x.gif")
    assert "must be parameters or macs" in refused("hillclimb", results, "--penalize", "size")
    assert "greater than or equal to 0" in refused("hillclimb", results, "--penalty", -1)
    retrain = kerasnas("hillclimb", results, "--retrain")
    assert retrain.returncode == 1
    assert "name it with --dataset" in retrain.stderr
