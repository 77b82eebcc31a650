"""`kerasnas report`."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import kerasnas, kerasnas_json, refused
from tests.report.rows import made_up, written


def test_report_writes_one_file(tmp_path: Path) -> None:
    table = written(tmp_path / "results.csv", made_up(12, "random"))
    found = kerasnas_json("report", table, "--out", tmp_path / "out" / "report.html")
    assert (found["rows"], found["searches"]) == (12, 0)
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "src=" not in page[: page.index("<script")]


def test_report_refuses_what_it_cannot_use(tmp_path: Path) -> None:
    assert "no such file" in refused("report", tmp_path / "none.csv")
    assert "holds neither" in refused("report", tmp_path)
    empty = written(tmp_path / "empty.csv", [])
    assert "no row to show" in refused("report", empty, "--out", tmp_path / "report.html")
    (tmp_path / "binary.csv").write_bytes(b"\x00\xff")
    assert "not UTF-8 text" in refused("report", tmp_path / "binary.csv")


def test_a_report_that_cannot_be_written_leaves_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = written(tmp_path / "results.csv", made_up(12))
    out = tmp_path / "report.html"
    out.write_text("an older report")
    (tmp_path / "folder").mkdir()
    assert "cannot be written (Is a directory); name another" in refused("report", table, "--out", tmp_path / "folder")
    assert "cannot be written" in refused("report", table, "--out", table / "below.html")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", _interrupted)
        done = kerasnas("report", table, "--out", out)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.splitlines()[-1] == "kerasnas: interrupted"
    assert out.read_text() == "an older report"
    assert {path.name for path in tmp_path.iterdir()} == {"results.csv", "report.html", "folder"}


def _interrupted(self: Path, target: Path) -> None:
    raise KeyboardInterrupt


def test_ctrl_c_ends_it_in_one_line(tmp_path: Path) -> None:
    table = written(tmp_path / "results.csv", made_up(200))
    with table.open("a") as file:
        file.write("cut off\n")  # its note says that the work begins
    command = [sys.executable, "-m", "kerasnas", "report", str(table), "--out", str(tmp_path / "report.html")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=_answer_interrupts) as process:
        assert process.stderr is not None
        assert "passed over" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert rest.splitlines()[-1] == "kerasnas: interrupted"
    assert "Traceback" not in rest
    assert [path.name for path in tmp_path.iterdir()] == ["results.csv"]


def _answer_interrupts() -> None:
    # What is started in the background ignores SIGINT.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_plot_draws_progress_and_genes_as_svg(tmp_path: Path) -> None:
    rows = [row for seed in (0, 1) for strategy in ("random", "evolution") for row in made_up(30, strategy, seed)]
    table = written(tmp_path / "results.csv", rows)
    for what in ("progress", "time", "genes"):
        found = kerasnas_json("plot", table, "--what", what, "--out", tmp_path / f"{what}.svg")
        assert (tmp_path / f"{what}.svg").read_text().startswith("<?xml")
        if what == "genes":
            assert found["genes"][0][0] == "layer 4 (RC) filters"
        else:
            assert found["strategies"] == ["random", "evolution"]
    assert "--what must be one of" in refused("plot", table, "--what", "nothing")
    few = written(tmp_path / "few.csv", made_up(3))
    assert "are needed" in refused("plot", few, "--what", "genes")
