"""`kerasnas watch`."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from kerasnas.results import ResultsWriter
from tests.cli.running import kerasnas, kerasnas_json, refused
from tests.report.rows import made_up, written


def test_one_look_shows_the_best_and_the_newest(tmp_path: Path) -> None:
    rows = made_up(30, "random")
    table = written(tmp_path / "results.csv", rows)
    best = max((row for row in rows if row.ok), key=lambda row: row.validation_accuracy)
    shown = kerasnas("watch", table, "--once").stdout
    assert f"30 rows, {sum(not row.ok for row in rows)} failed" in shown
    assert f"parameters: {best.genome}" in shown
    assert f"[trial 29] {rows[-1].genome}" in shown
    assert kerasnas_json("watch", table)["best"]["genome"] == best.genome
    assert "no such file" in refused("watch", tmp_path / "none.csv", "--once")


def test_what_is_no_results_file_ends_it_in_one_line(tmp_path: Path) -> None:
    binary, foreign = tmp_path / "binary.csv", tmp_path / "foreign.csv"
    binary.write_bytes(b"\x00\xff")
    foreign.write_text("a,b\n1,2\n")
    for follow in ((), ("--once",)):
        assert "not UTF-8 text (byte 1); expected a results CSV" in refused("watch", binary, *follow)
        assert "cannot be read (Is a directory); expected a results CSV" in refused("watch", tmp_path, *follow)
        assert "no column 'Genome string'" in refused("watch", foreign, *follow)


def test_it_follows_a_file_that_grows_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    table, rows = tmp_path / "results.csv", made_up(2, "random", failing=0)
    command = [sys.executable, "-m", "kerasnas", "watch", str(table), "--every", "0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "waiting for the first row" in process.stdout.readline()
        with ResultsWriter(table) as writer:
            for row in rows:
                writer.append(row)
                for line in process.stdout:
                    if row.genome in line and "[trial" in line:
                        break
        process.send_signal(signal.SIGTERM)  # answered as Ctrl-C is, which what is started in the background ignores
        _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
