"""`kerasnas report`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.running import kerasnas_json, refused
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
