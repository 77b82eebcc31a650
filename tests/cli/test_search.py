"""`kerasnas search` as its user meets it: a process, a CSV, and a kill in the middle."""

from __future__ import annotations

import csv
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kerasnas.genome import parse
from kerasnas.model.cost import cost
from tests.cli.running import kerasnas, kerasnas_json, refused

OPTIONS = ["--dataset", "digits", "--epochs", "1", "--batch-size", "64", "--filters", "2,3,4", "--budget", "8"]
STRATEGY = ["--strategy", "evolution", "--strategy-option", "population=3", "--strategy-option", "tournament=2"]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return sorted(csv.DictReader(file), key=lambda row: int(row["Trial"]))


def proposed(path: Path) -> list[tuple[str, str, str]]:
    return [(row["Trial"], row["Genome string"], row["Validation Accuracy"]) for row in rows(path)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    out = tmp_path_factory.mktemp("search") / "undisturbed.csv"
    return out, kerasnas_json("search", *OPTIONS, *STRATEGY, "--out", out, "--max-parameters", 2000)


def test_it_reports_the_best_the_front_and_the_command_that_retrains(undisturbed: tuple[Path, dict]) -> None:
    out, summary = undisturbed
    found = rows(out)
    assert [row["Trial"] for row in found] == list("01234567")
    assert {row["Strategy"] for row in found} == {"evolution"}
    assert all(int(row["Parameters"]) <= 2000 for row in found)
    accuracies = {row["Genome string"]: float(row["Validation Accuracy"]) for row in found}
    best = summary["best"]
    assert best["validation_accuracy"] == pytest.approx(max(accuracies.values()), abs=1e-3)
    front = summary["pareto_front"]
    assert [f["parameters"] for f in front] == sorted(f["parameters"] for f in front)
    assert front[-1]["validation_accuracy"] == best["validation_accuracy"]
    assert best["genome"] in shlex.split(summary["retrain"])


@pytest.mark.parametrize("kills", [(3,), pytest.param((2, 5), marks=pytest.mark.slow)])
def test_killed_and_run_again_it_makes_the_very_proposals(
    undisturbed: tuple[Path, dict], tmp_path: Path, kills: tuple[int, ...]
) -> None:
    out = tmp_path / "killed.csv"
    command = ["search", *OPTIONS, *STRATEGY, "--out", str(out), "--max-parameters", "2000"]
    for wanted in kills:
        process = subprocess.Popen([sys.executable, "-m", "kerasnas", *command], stderr=subprocess.DEVNULL)
        while process.poll() is None and not (out.exists() and len(out.read_bytes().splitlines()) > wanted):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    summary = kerasnas_json(*command)
    assert summary["trained_now"] < 8
    assert proposed(out) == proposed(undisturbed[0])


def test_run_again_when_done_it_trains_nothing(undisturbed: tuple[Path, dict]) -> None:
    out, before = undisturbed
    content = out.read_bytes()
    done = kerasnas("search", *OPTIONS, *STRATEGY, "--out", out, "--max-parameters", 2000)
    assert done.returncode == 0
    assert "0 trained now" in done.stdout
    assert before["best"]["genome"] in done.stdout
    assert out.read_bytes() == content


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--strategy", "evolutoin"], "evolution"),
        (["--strategy-option", "popolation=3"], "population"),
        (["--strategy-option", "population=many"], "population"),
        (["--space", "chian"], "chain"),
        (["--penalize", "seconds"], "parameters or macs"),
        (["--filters", "4;8"], "--filters"),
        (["--minutes", "0"], "minutes"),
    ],
)
def test_bad_options_are_refused_in_one_line(arguments: list[str], message: str, tmp_path: Path) -> None:
    assert message in refused("search", *arguments, "--out", tmp_path / "none.csv")
    assert not (tmp_path / "none.csv").exists()


def test_limits_that_nothing_meets_end_the_search_and_say_so(tmp_path: Path) -> None:
    done = kerasnas("search", "--max-parameters", 20, "--dataset", "digits", "--out", tmp_path / "none.csv")
    assert "within the limits" in done.stdout + done.stderr
    assert done.returncode == 1


@pytest.mark.slow
def test_nsga2_weighs_accuracy_against_measured_latency(tmp_path: Path) -> None:
    options = ["search", *OPTIONS[:-1], "3", "--strategy", "nsga2", "--workers", "1", "--out", tmp_path / "front.csv"]
    assert "--latency" in refused(*options, "--strategy-option", "cost=latency_ratio")
    kerasnas_json(*options, "--strategy-option", "cost=latency_ratio", "--latency", "--seed", 1)
    assert all(float(row["Latency Ratio"]) > 0 for row in rows(tmp_path / "front.csv") if row["Seed"] == "1")
    assert "latency_ratio" in refused(*options, "--strategy-option", "cost=latnecy")


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["bayesian", "hyperband"])
def test_keras_tuners_algorithms_run_on_the_same_evaluators(strategy: str, tmp_path: Path) -> None:
    out = tmp_path / "tuned.csv"
    options = ["--max-parameters", 2000, "--workers", 1, "--budget", 4, "--out", out]
    assert kerasnas_json("search", *OPTIONS[:-2], "--strategy", strategy, *options)["trials"] == 4
    assert {row["Strategy"] for row in rows(out)} == {strategy}
    assert all(int(row["Parameters"]) <= 2000 for row in rows(out))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("space", "strategy"),
    [
        (("--space", "chain", "--layers", "1-3"), "hill-climb"),
        (("--space", "branches", "--layers", "1-3"), "evolution"),
        (("--space", "hierarchical", "--stages", "1-2", "--cells", "1", "--nodes", "2"), "predictor"),
    ],
    ids=lambda given: given if isinstance(given, str) else given[1],
)
def test_genomes_of_different_lengths_are_searched(space: tuple[str, ...], strategy: str, tmp_path: Path) -> None:
    out = tmp_path / "found.csv"
    few = {"evolution": ["population=2", "tournament=2"], "predictor": ["initial=2"]}.get(strategy, [])
    chosen = ["--strategy", strategy, *(word for option in few for word in ("--strategy-option", option))]
    summary = kerasnas_json("search", *OPTIONS[:-1], "4", *space, *chosen, "--max-macs", 100000, "--out", out)
    found = rows(out)
    assert [row["Status"] for row in found] == ["ok"] * 4
    assert len({row["Genome string"] for row in found}) == 4
    for row in found:
        costs = cost(parse(row["Genome string"]), (28, 28, 1), 10)
        assert (int(row["Parameters"]), costs.macs <= 100000) == (costs.parameters, True)
    assert kerasnas_json(*shlex.split(summary["retrain"])[1:], "--epochs", 1, "--out", tmp_path / "best")
