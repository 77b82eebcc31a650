"""Tables of known results, and the benchmark over them."""

import csv
import json
import subprocess
import sys
import time
from itertools import product
from statistics import fmean

import psutil
import pytest
from typer.testing import CliRunner

from kerasnas.errors import ResultsError, SettingsError
from kerasnas.report.regret import write_benchmark
from kerasnas.search.benchmark import run_benchmark, trace
from kerasnas.search.registry import strategy_named
from kerasnas.search.tables import read_known_results
from tests.search.test_contract import NAMES

COLUMNS = {"space": "table", "select": "valid", "report": "test"}


@pytest.fixture
def path(tmp_path):
    """27 genomes; the best by selection, 222, reports 60; 212 and 221 tie behind it."""
    file = tmp_path / "known.csv"
    with file.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["arch", "valid", "test", "params"])
        for digits in product(range(3), repeat=3):
            height = sum(digits)
            writer.writerow(["".join(map(str, digits)), 40 + 3 * height, 30 + 5 * height, 100 + height])
    return file


def test_reads_results_and_costs(path):
    known = read_known_results(path, **COLUMNS)
    result = known.evaluate("212")
    assert (result.validation_accuracy, result.testing_accuracy, result.parameters) == (55.0, 55.0, 105)
    assert "212" in known
    with pytest.raises(ResultsError, match="no result for 999"):
        known.evaluate("999")


def test_reads_cells(tmp_path):
    file = tmp_path / "cells.csv"
    file.write_text("arch,v,t\n|none~0|+|none~0|none~1|+|none~0|none~1|none~2|,10,11\n")
    known = read_known_results(file, "nasbench201", "v", "t")
    assert len(known.results) == 1
    assert known.space.size == 15_625


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no rows"),
        ("arch,valid,test\n", "no rows"),
        ("name,valid,test\n11,1,2\n", "no column of genomes"),
        ("arch,vaild,test\n11,1,2\n", "no column 'valid'; found 'arch', 'vaild', 'test'; did you mean 'vaild'?"),
        ("arch,valid,test\n11,1,2\n12,1\n", "line 3: 2 cells where the header has 3"),
        ("arch,valid,test\n11,1,2\n12,much,2\n", "line 3: 'much' is not a number"),
        ("arch,valid,test\n11,1,2\n11,1,2\n", "line 3: '11' stands in the table twice"),
        ("arch,valid,test\n11,1,2\n123,1,2\n", "one length"),
    ],
)
def test_damaged_tables_are_refused_with_their_place(tmp_path, text, message):
    file = tmp_path / "damaged.csv"
    file.write_text(text)
    with pytest.raises(ResultsError) as caught:
        read_known_results(file, **COLUMNS)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_figures_are_failures(tmp_path):
    file = tmp_path / "holes.csv"
    file.write_text("arch,valid,test\n11,,2\n12,nan,2\n21,3,2\n")
    known = read_known_results(file, **COLUMNS)
    assert [known.results[genome].ok for genome in ("11", "12", "21")] == [False, False, True]


def test_unknown_names_are_refused(path):
    with pytest.raises(SettingsError, match="did you mean 'table'"):
        read_known_results(path, "tabel", "valid", "test")
    with pytest.raises(SettingsError, match="did you mean 'random'"):
        run_benchmark(path, **COLUMNS, strategies=["randon"], runs=1)
    with pytest.raises(SettingsError, match="must be positive"):
        run_benchmark(path, **COLUMNS, budgets=[0])


@pytest.mark.parametrize("name", NAMES)
def test_trace_ends_at_the_best_by_selection_and_stays_when_exhausted(path, name):
    known = read_known_results(path, **COLUMNS)
    incumbents = trace(strategy_named(name)(known.space, admits=known.__contains__), known, seed=0, budget=30)
    assert len(incumbents) == 30
    assert incumbents[-1] == (58.0, 60.0)
    selected = [incumbent.selected for incumbent in incumbents]
    assert selected == sorted(selected)


def test_a_strategy_shared_by_runs_leaves_no_trace(path):
    known = read_known_results(path, **COLUMNS)
    shared = strategy_named("predictor")(known.space)
    first = trace(shared, known, seed=0, budget=20)
    trace(shared, known, seed=1, budget=20)
    assert trace(shared, known, seed=0, budget=20) == first


def test_benchmark_figures_and_files(path, tmp_path):
    found = run_benchmark(
        path, **COLUMNS, strategies=["random", "hill-climb"], budgets=[5, 27], runs=6, seed=0, processes=2
    )
    known = read_known_results(path, **COLUMNS)
    traces = [trace(strategy_named("random")(known.space), known, seed, 5) for seed in range(6)]
    first = found.points[0]
    assert (first.strategy, first.evaluations, first.runs) == ("random", 5, 6)
    assert first.report_mean == pytest.approx(fmean(trace[-1].reported for trace in traces))
    assert first.regret == pytest.approx(58 - first.select_mean)
    assert [point.hits for point in found.points if point.evaluations == 27] == [1.0, 1.0]
    summary, curves, plot = write_benchmark(found, tmp_path / "out")
    assert len(summary.read_text().splitlines()) == 1 + 4
    assert len(curves.read_text().splitlines()) == 1 + 2 * 27
    assert plot.stat().st_size > 1000


def test_command_prints_json(path, tmp_path):
    import typer

    from kerasnas.cli.benchmark import benchmark

    app = typer.Typer()
    app.command()(benchmark)
    options = ["--table", path, "--space", "table", "--select", "valid", "--report", "test", "--json"]
    result = CliRunner().invoke(app, [*map(str, options), "--strategies", "random", "--budgets", "3", "--runs", "2"])
    assert result.exit_code == 0, result.output
    (point,) = json.loads(result.stdout)["points"]
    assert (point["strategy"], point["evaluations"], point["runs"]) == ("random", 3, 2)


def test_workers_end_with_a_killed_benchmark(tmp_path, path):
    arguments = ["--table", path, "--space", "table", "--select", "valid", "--report", "test", "--runs", "100000"]
    command = [sys.executable, "-m", "kerasnas", "benchmark", "--strategies", "predictor", *map(str, arguments)]
    process = subprocess.Popen([*command, "--processes", "2"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    driver = psutil.Process(process.pid)
    while len(workers := [c for c in driver.children() if "spawn_main" in " ".join(c.cmdline())]) < 2:
        assert process.poll() is None
        time.sleep(0.1)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert not alive
