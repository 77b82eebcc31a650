"""A search in its folder: its tables, and going on after a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from kerasnas.darts.checkpoint import checkpoints
from kerasnas.darts.records import read_history, read_operations, read_parameters
from kerasnas.darts.run import SearchRun
from kerasnas.darts.settings import SearchSettings
from kerasnas.data import Selection
from kerasnas.errors import ResultsError, SettingsError
from kerasnas.genome import parse
from kerasnas.results.search_folder import EpochTable, read_rows
from tests.darts.run_search import SETTINGS, noise
from tests.marks import BACKEND_SLOW_ON_JAX

pytestmark = BACKEND_SLOW_ON_JAX


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    folder = tmp_path_factory.mktemp("straight")
    SearchRun(folder, SETTINGS).search(noise())
    return folder


def test_settings_keep_what_is_used_of_the_images_and_older_ones_are_read(tmp_path):
    chosen = replace(SETTINGS, selection=Selection(32, where=("gender=male",), test_fold="2/3"))
    chosen.write(tmp_path / "settings.json")
    assert SearchSettings.read(tmp_path / "settings.json") == chosen
    assert SETTINGS.differences(chosen) == ["selection"]
    older = json.loads((tmp_path / "settings.json").read_text())
    del older["selection"]
    (tmp_path / "settings.json").write_text(json.dumps(older))
    assert SearchSettings.read(tmp_path / "settings.json") == SETTINGS


def start(folder):
    command = [sys.executable, "-m", "tests.darts.run_search", str(folder)]
    return subprocess.Popen(command, env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}, stderr=subprocess.DEVNULL)


def test_a_search_killed_amid_an_epoch_ends_with_the_same_alphas(straight, tmp_path):
    process = start(tmp_path)
    while not checkpoints(tmp_path / "checkpoint"):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    done = len(read_parameters(tmp_path / "alphas.csv"))
    assert 1 <= done < SETTINGS.epochs
    SearchRun(tmp_path).search(noise())
    ours, theirs = (read_parameters(folder / "alphas.csv") for folder in (tmp_path, straight))
    assert len(ours) == len(theirs) == SETTINGS.epochs
    for one, other in zip(ours, theirs, strict=True):
        assert list(one) == list(other)
        for name in one:
            np.testing.assert_allclose(one[name], other[name], rtol=1e-4, atol=1e-6)
    moved = np.abs(theirs[-1]["alphas_cell"] - theirs[0]["alphas_cell"]).max()
    assert moved > 1e-2


def test_a_folder_tells_the_course_of_the_search(straight):
    history = read_history(straight / "history.csv")
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]
    assert {"loss", "accuracy", "val_loss", "val_accuracy", "seconds"} <= set(history[0])
    epochs = read_parameters(straight / "alphas.csv")
    run = SearchRun(straight)
    assert read_operations(straight / "alphas.csv") == run.primitives
    assert epochs[0]["alphas_cell"].shape == (6, 5)
    assert epochs[0]["EdgeNormalisation_cell"].shape == (6,)
    genomes = [row["genome"] for row in read_rows(straight / "genomes.csv")]
    assert len(genomes) == 4
    assert str(parse(genomes[-1])) == genomes[-1] == str(run.genome(run.derive()))
    np.testing.assert_allclose(run.strengths()[-1]["cell"], run.supernet(noise()).mixture()["cell"], rtol=1e-5)


def test_a_folder_belongs_to_one_search(straight, tmp_path):
    with pytest.raises(ResultsError, match="seed"):
        SearchRun(straight, replace(SETTINGS, seed=4))
    with pytest.raises(ResultsError, match="no such file"):
        SearchRun(tmp_path)
    with pytest.raises(SettingsError, match="space"):
        replace(SETTINGS, space="dart")
    with pytest.raises(SettingsError, match="stop"):
        replace(SETTINGS, stop="skip")


def test_an_epoch_done_over_replaces_its_rows(tmp_path):
    table = EpochTable(tmp_path / "t.csv", ("epoch", "value"))
    for epoch, value in ((1, "a"), (2, "b"), (3, "c"), (2, "d")):
        table.put(epoch, [{"value": value}])
    assert [row["value"] for row in read_rows(tmp_path / "t.csv")] == ["a", "d"]
