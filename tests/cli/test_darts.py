"""`kerasnas darts search`, `derive`, `train`."""

import csv

import numpy as np
import pytest

from kerasnas.genome import parse
from kerasnas.model.cost import cost
from tests.cli.running import kerasnas, kerasnas_json, refused


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "noise.npz"
    generator = np.random.default_rng(0)
    arrays = {}
    for part, count in (("train", 64), ("test", 16)):
        arrays[f"x_{part}"] = generator.integers(0, 256, (count, 8, 8, 3)).astype("uint8")
        arrays[f"y_{part}"] = np.arange(count) % 4
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize("command", ["search", "derive", "train", "inspect", "diagnose"])
def test_every_command_has_help_with_an_example(command):
    shown = kerasnas("darts", command, "--help").stdout
    assert f"Example: kerasnas darts {command}" in shown
    assert "--json" in shown


def test_mistakes_are_one_line(tmp_path, data):
    assert "unknown space 'dart'" in refused("darts", "search", "--space", "dart", "--out", tmp_path)
    assert "no such file" in refused("darts", "derive", tmp_path)
    wrong = ("--dataset", "npz", "--data-dir", data, "--out", tmp_path / "run")
    assert "unknown name" in refused("darts", "search", *wrong, "--option", "dropout")
    assert "cannot be read" in refused("darts", "search", *wrong, "--table", tmp_path / "none.csv")


def test_sizes_of_the_papers_supernet_and_its_hypernetworks():
    found = kerasnas_json("darts", "inspect", "--channels", 16, "--cells", 8)
    assert (found["architecture_parameters"], found["weights"]) == (224, 1_930_618)
    sizes = {kind: row["parameters"] for kind, row in found["hypernetworks"].items()}
    assert sizes["linear"] == 225 * 1_930_618 == 434_389_050
    assert sizes["mlp"] == 225 * 112 + 113 * 1_930_618 == 218_185_034
    # 170 filters a channel and cell, 8 more in those that reduce; stem, and classifier with its bias.
    filters = 170 * (2 * 16 + 3 * 32 + 3 * 64) + 8 * (32 + 64) + 3 * 48 + 2 * 10
    assert sizes["structured"] == 2 * 1_930_618 + 8 * (225 + filters) == 4_305_692


@pytest.mark.slow
def test_one_search_for_every_budget(tmp_path, data):
    out = tmp_path / "run"
    where = ("--data-dir", data)
    common = ("--dataset", "npz", *where, "--channels", 4, "--cells", 1, "--batch-size", 8, "--out", out)
    common += ("--space", "nasbench201", "--epochs", 2, "--alphas-learning-rate", 0.3, "--hypernetwork", "structured")
    found = kerasnas_json("darts", "search", *common, "--preference", "parameters=0.001:1000")
    counts = [row["parameters"] for row in found["front"]]
    assert counts == sorted(counts, reverse=True)
    assert kerasnas_json("darts", "derive", out, *where, "--front")["front"] == found["front"]
    (one,) = kerasnas_json("darts", "derive", out, *where, "--max-parameters", counts[-1])["front"]
    assert one["parameters"] <= counts[-1]
    assert "say which" in refused("darts", "derive", out, *where)
    assert "the search was over 0.001 to 1000" in refused("darts", "derive", out, *where, "--preference", 2000)
    measured = kerasnas_json("darts", "diagnose", out, *where, "--steps", 2, "--unrolled", "1", "--batches", 2)
    assert {"collapse", "response", "hypergradient"} <= set(measured)
    assert {"front.csv", "collapse.csv", "response.png", "hypergradient.csv"} <= {path.name for path in out.iterdir()}


@pytest.mark.slow
def test_search_derive_and_train(tmp_path, data):
    out, table = tmp_path / "run", tmp_path / "table.csv"
    common = ("--dataset", "npz", "--data-dir", data, "--channels", 4, "--cells", 1, "--batch-size", 8)
    common += ("--space", "nasbench201", "--epochs", 2, "--option", "partial-channels=2", "--out", out)
    found = kerasnas_json("darts", "search", *common)
    assert str(parse(found["genome"])) == found["genome"]
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([("arch", "cifar10_test"), (found["cell"], "84.5")])
    again = kerasnas_json("darts", "derive", out, "--table", table)
    assert again["cell"] == found["cell"]
    assert again["table"] == {"cifar10_test": "84.5"}
    assert {"alphas.png", "cells.svg", "cells.png", "cells.gif"} <= {path.name for path in out.iterdir()}
    limit = cost(parse(found["genome"]), (8, 8, 3), 4).parameters
    within = kerasnas_json("darts", "derive", out, "--data-dir", data, "--max-parameters", limit - 1)
    assert cost(parse(within["genome"]), (8, 8, 3), 4).parameters < limit
    trained = kerasnas_json("darts", "train", out, "--data-dir", data, "--epochs", 1, "--batch-size", 16)
    assert trained["genome"] == found["genome"]
    for name in ("supernet_accuracy", "inherited_accuracy", "testing_accuracy"):
        assert 0 <= trained[name] <= 100
    assert (out / "trained" / "model.keras").exists()
