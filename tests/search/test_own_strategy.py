"""The strategy of docs/strategies.md, run as the page says."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from tests.cli.running import kerasnas_json, kerasnas_process, refused

PAGE = Path(__file__).parents[2] / "docs" / "strategies.md"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "mine", raising=False)  # that of the test before
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "mine.py").write_text(code)
    (tmp_path / "known.csv").write_text(
        "arch,valid,test\n" + "".join(f"{a}{b},{50 + a + b},{40 + a + b}\n" for a in range(4) for b in range(4))
    )
    return tmp_path


def test_it_searches_live(folder: Path) -> None:
    summary = kerasnas_json(
        *("search", "--strategy", "mine:Greedy", "--strategy-option", "random_share=0.5", "--filters", "2,3"),
        *("--dataset", "digits", "--epochs", "1", "--budget", "3", "--workers", "1", "--out", "mine.csv"),
        cwd=folder,
    )
    assert summary["trials"] == 3
    assert ",greedy," in (folder / "mine.csv").read_text()


def test_it_searches_a_table(folder: Path) -> None:
    """In a process of its own, which finds the module by the folder it is started in."""
    done = kerasnas_process(
        *("benchmark", "--strategies", "random,mine:Greedy", "--table", "known.csv", "--space", "table"),
        *("--select", "valid", "--report", "test", "--budgets", "16", "--runs", "2", "--processes", "1", "--json"),
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    points = json.loads(done.stdout)["points"]
    assert [(p["strategy"], p["select_mean"]) for p in points] == [("random", 56), ("mine:Greedy", 56)]


@pytest.mark.parametrize("name", ["mine:Greed", "mine:Strategist", "none_such:Greedy", "mine:re"])
def test_a_strategy_that_is_not_there_is_one_line(folder: Path, name: str) -> None:
    assert name in refused("search", "--strategy", name, "--out", "mine.csv", cwd=folder)
