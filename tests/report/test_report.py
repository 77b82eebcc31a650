"""What stands in a report, before a browser reads it."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnas.errors import ResultsError
from kerasnas.genome import NasBench201Space, parse
from kerasnas.report.importance import FEWEST, features, gene_importance
from kerasnas.report.page import read_inputs
from kerasnas.report.page.conditions import conditions_of
from kerasnas.report.page.inputs import Row
from kerasnas.report.page.render import failures, report_page, script_json
from kerasnas.report.page.searches import search_section
from kerasnas.report.progress import progress_of
from kerasnas.results import Result
from tests.report.rows import PROTOCOL, made_up, written
from tests.report.searches import GENOME, search_folder


def result(accuracy, **others):
    return Result("FL relu", validation_accuracy=accuracy, seconds=2.0, protocol=PROTOCOL, **others)


def test_progress_is_the_best_so_far_over_the_runs_of_each_strategy():
    rows = [(r, "a.csv") for r in (result(50.0, strategy="x", trial=1), result(40.0, strategy="x", trial=0))]
    other = made_up(4, "x", seed=1, failing=0)
    (line,) = progress_of([*rows, *((r, "a.csv") for r in other)], "trials")
    assert (line.name, line.runs, line.x) == ("x", 2, [1.0, 2.0])
    best = np.maximum.accumulate([r.validation_accuracy for r in other])[:2]
    np.testing.assert_allclose(line.mean, (best + np.array([40.0, 50.0])) / 2)
    np.testing.assert_allclose((line.low, line.high), (np.minimum(best, [40, 50]), np.maximum(best, [40, 50])))


def test_progress_against_time_adds_up_the_seconds():
    rows = [(result(a, strategy="x", trial=i), "a.csv") for i, a in enumerate([40.0, 30.0, 60.0])]
    (line,) = progress_of(rows, "seconds")
    assert (line.x[0], line.x[-1]) == (2.0, 6.0)
    assert [line.mean[int(np.searchsorted(line.x, t))] for t in (2.0, 5.9, 6.0)] == [40.0, 40.0, 60.0]


def test_runs_of_one_seed_in_two_files_are_lines_of_their_own():
    rows = [(r, file) for file in ("a.csv", "b.csv") for r in made_up(3, "x", failing=0)]
    assert [line.name for line in progress_of(rows, "trials")] == ["x (a.csv)", "x (b.csv)"]


def test_failed_trials_count_as_trials_but_not_as_progress():
    failed = Result("FL relu", status="failed", strategy="x", trial=0, protocol=PROTOCOL)
    (line,) = progress_of([(failed, "a"), (result(50.0, strategy="x", trial=1), "a")], "trials")
    assert (line.x, line.mean) == ([2.0], [50.0])


def test_the_gene_that_decides_is_the_one_that_matters():
    rows = [row for row in made_up(200, failing=0) if row.ok]
    found = gene_importance([parse(row.genome) for row in rows], [row.validation_accuracy for row in rows])
    assert found.genes[0][0] == "layer 4 (RC) filters"
    assert found.r2 > 0.8
    assert found.genes[0][1] > 10 * max(abs(mean) for _, mean, _ in found.genes[1:])


def test_importance_of_noise_is_said_to_mean_nothing():
    genomes = [parse(row.genome) for row in made_up(100, failing=0)]
    found = gene_importance(genomes, np.random.default_rng(0).normal(size=100).tolist())
    assert found.r2 < 0.1
    assert "means nothing" in found.note


def test_importance_of_cells_is_that_of_their_edges():
    space, rng = NasBench201Space(), Random(0)
    genomes = [space.sample(rng) for _ in range(150)]
    accuracies = [90.0 if features(g)["layer 2 (CE) cell: node 3, edge 1"].startswith("nor") else 60.0 for g in genomes]
    assert gene_importance(genomes, accuracies).genes[0][0] == "layer 2 (CE) cell: node 3, edge 1"


def test_too_few_genomes_are_told_so():
    genomes = [parse(row.genome) for row in made_up(FEWEST - 1, failing=0)]
    assert str(FEWEST) in gene_importance(genomes, [50.0] * len(genomes)).note


def test_rows_of_other_protocols_are_never_compared():
    rows = [Row(r, "a.csv") for r in [*made_up(30, "x"), *made_up(10, "x", seed=1)]]
    foreign = [Row(Result("FL relu", parameters=5, testing_accuracy=99.0), "b.csv")]
    mine, other = conditions_of([*rows, *foreign])
    assert (len(mine.rows), mine.seeds, mine.accuracy) == (40, [0, 1], "validation accuracy")
    assert any("2 seeds" in note for note in mine.notes)
    assert (other.rows, other.chosen, other.accuracy) == ([40], 40, "testing accuracy")
    assert mine.fronts.pop("latency_ms") == []  # nobody measured it
    assert set(mine.fronts) == {"parameters", "macs", "seconds"}
    for size, front in mine.fronts.items():
        costs = [getattr(rows[number].result, size) for number in front]
        accuracies = [rows[number].result.validation_accuracy for number in front]
        assert costs == sorted(costs)
        assert accuracies == sorted(accuracies)
        assert max(accuracies) == max(r.result.validation_accuracy for r in rows if r.result.ok)


def test_a_random_division_is_of_its_own_and_says_how_much_it_flatters():
    apart = [row for row in made_up(20, failing=0) if row.testing_accuracy]
    at_random = [
        replace(
            row,
            testing_accuracy=row.testing_accuracy + 3,
            protocol=replace(row.protocol, data_hash="another", division="random"),
        )
        for row in apart[:5]
    ]
    by_subject, divided = conditions_of([Row(row, "a.csv") for row in (*apart, *at_random)])
    assert (len(by_subject.rows), len(divided.rows)) == (20, 5)
    assert not any("random" in note for note in by_subject.notes)
    (note,) = [note for note in divided.notes if "divided at random" in note]
    assert "5 genomes that are here with subjects kept apart too: +3.0 points" in note
    assert "division random" in str(divided.protocol)


def test_failures_of_one_kind_are_one_group():
    rows = [Row(row, "a.csv") for row in made_up(60, failing=0.5)]
    (group,) = failures(rows)
    assert group["count"] == sum(not row.result.ok for row in rows)
    assert group["status"] == "diverged"
    assert "not finite" in group["reason"]
    assert 1 <= len(group["genomes"]) <= 5


@given(st.recursive(st.text() | st.integers() | st.none(), lambda inner: st.lists(inner), max_leaves=10))
def test_data_cannot_end_its_script_element(value):
    text = script_json({"value": value, "and": "</script><script>alert(1)</script><!--"})
    assert "<" not in text
    assert json.loads(text)["value"] == value


def test_inputs_are_results_trainings_and_searches(tmp_path):
    table = written(tmp_path / "a.csv", made_up(5))
    assert len(read_inputs([table]).rows) == 5
    training = Path(__file__).parents[2] / "results" / "example_in_full"
    (row,) = read_inputs([training]).rows
    assert row.result.parameters == 16598
    assert row.curve[-1]["epoch"] == row.result.epochs_run
    with pytest.raises(ResultsError, match="holds neither"):
        read_inputs([tmp_path])
    (tmp_path / "result.json").write_text("[]")
    with pytest.raises(ResultsError, match="not those of a training"):
        read_inputs([tmp_path])


def test_a_search_has_its_strengths_its_diagnostics_and_its_gap(tmp_path):
    section = search_section(search_folder(tmp_path / "run"))
    assert section["genome"] == GENOME
    assert list(section["gap"].values()) == [71.5, 33.25]
    heat = section["figures"]["Strength of each operation, cell cell"]["data"][0]
    assert (heat["x"], len(heat["y"]), heat["z"][0]) == ([1, 2, 3], 6, [0.1, 0.2, 0.30000000000000004])
    assert section["figures"]["eigenvalue over the epochs"]["data"][0]["y"] == [0.3, 0.6, 0.8999999999999999]
    assert search_section(search_folder(tmp_path / "other", trained=False))["gap"] == {}


def test_the_diagnostics_of_a_search_are_figures(tmp_path):
    folder = search_folder(tmp_path / "run")
    (folder / "response.csv").write_text("distance,hypernetwork,trained\n0.0,1.5,1.25\n1.0,2.0,1.75\n")
    figures = search_section(folder)["figures"]
    lines = figures["Response of the hypernetwork, training loss"]["data"]
    assert [(line["name"], line["x"], line["y"]) for line in lines] == [
        ("hypernetwork", [0.0, 1.0], [1.5, 2.0]),
        ("trained", [0.0, 1.0], [1.25, 1.75]),
    ]
    (folder / "response.csv").write_text("distance,hypernetwork\n0.0,much\n")
    with pytest.raises(ResultsError, match="cannot be read as numbers"):
        search_section(folder)


def test_the_page_of_a_search_alone_has_its_section_and_escapes_its_settings(tmp_path):
    page = report_page(read_inputs([search_folder(tmp_path / "run")]), "<i>", [])
    assert "&lt;i&gt;" in page
    assert "&lt;b&gt;" in page
    assert 'id="searches"' in page
    assert 'id="models"' not in page
