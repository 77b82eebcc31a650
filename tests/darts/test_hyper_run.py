"""A search with a hypernetwork in its folder: resuming, the front of all budgets, diagnostics."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from kerasnas.darts.assembly import derived_networks
from kerasnas.darts.collapse import collapse_indicators
from kerasnas.darts.discretise import accuracy
from kerasnas.darts.front import Front
from kerasnas.darts.hypernetworks.diagnostics import HypernetworkDiagnostics
from kerasnas.darts.records import read_parameters
from kerasnas.darts.run import SearchRun
from kerasnas.darts.settings import SearchSettings
from kerasnas.errors import SearchError, SettingsError
from kerasnas.search.limits import Limits
from tests.darts.run_search import SETTINGS, noise
from tests.marks import BACKEND_SLOW_ON_JAX

pytestmark = BACKEND_SLOW_ON_JAX

HYPER = replace(
    SETTINGS,
    epochs=2,
    options=("edge-normalisation",),
    alphas_learning_rate=0.3,
    hypernetwork="structured",
    preference="parameters=0.001:1000",
)


class KilledError(Exception):
    pass


class KillAfter(keras.callbacks.Callback):
    """Ends the search amid an epoch, counted from 0."""

    def __init__(self, epoch):
        super().__init__()
        self._epoch, self._now = epoch, 0

    def on_epoch_begin(self, epoch, logs=None):
        self._now = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self._now == self._epoch:
            raise KilledError


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    run = SearchRun(tmp_path_factory.mktemp("hyper"), HYPER)
    return run, run.search(noise())


def front_of(run):
    return Front(run, derived_networks(run.settings, (8, 8, 3), 4))


def test_one_search_has_a_network_for_every_budget(searched):
    run, supernet = searched
    front = front_of(run)
    points = front.points()
    counts = [point.cost.parameters for point in points]
    assert len(points) > 1
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) == len(counts)
    for place in (0.0, 0.3, 1.0):
        np.testing.assert_allclose(front.strengths(place)["cell"], supernet.mixture(place)["cell"], rtol=1e-4)
    limit = counts[0] - 1
    found = front.within(Limits((8, 8, 3), 4, max_parameters=limit))
    assert found.genome == points[1].genome
    with pytest.raises(SearchError, match="within the limits"):
        front.within(Limits((8, 8, 3), 4, max_parameters=1))
    with pytest.raises(SettingsError, match=r"over 0\.001 to 1000"):
        front.place(1e4)


def test_no_preference_is_taken_in_silence(searched):
    run, _ = searched
    with pytest.raises(SettingsError, match="say which"):
        run.derive()
    with pytest.raises(SettingsError, match="early stop"):
        replace(HYPER, stop="skips")
    for wrong in ("parameters", "parameters=1", "parameters=3:1"):
        with pytest.raises(SettingsError, match="RESOURCE=LEAST:MOST"):
            replace(HYPER, preference=wrong)
    with pytest.raises(SettingsError, match="unrolled"):
        replace(HYPER, order=2)


def test_a_search_that_was_refused_leaves_its_folder_free(tmp_path):
    with pytest.raises(SettingsError, match="unknown resource 'watts'"):
        SearchRun(tmp_path, replace(HYPER, penalties=("watts=1",))).search(noise())
    with pytest.raises(SettingsError, match="not a number"):
        SearchRun(tmp_path, replace(HYPER, targets=("macs=few",))).search(noise())
    assert SearchRun(tmp_path, HYPER).settings == HYPER


def test_the_networks_weights_are_those_of_the_hypernetwork(searched):
    run, supernet = searched
    kept = [keras.ops.convert_to_numpy(v) for v in supernet.network_weights]
    made = supernet.weights_at(supernet.architecture_values())
    for one, other in zip(kept, made, strict=True):
        np.testing.assert_allclose(one, keras.ops.convert_to_numpy(other), rtol=1e-4, atol=1e-6)
    supernet.move_to(1.0)
    moved = [keras.ops.convert_to_numpy(v) for v in supernet.network_weights]
    assert max(np.abs(one - other).max() for one, other in zip(moved, kept, strict=True)) > 1e-3
    supernet.move_to(0.5)
    assert SearchSettings.read(run.folder / "settings.json") == HYPER


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["linear", "mlp", "structured"])
def test_a_search_that_was_killed_ends_with_the_same_alphas(tmp_path, kind):
    settings = replace(HYPER, hypernetwork=kind, preference=None, tune_perturbation=kind == "mlp")
    SearchRun(tmp_path / "straight", settings).search(noise())
    with pytest.raises(KilledError):
        SearchRun(tmp_path / "killed", settings).search(noise(), [KillAfter(1)])
    resumed = SearchRun(tmp_path / "killed")
    resumed.search(noise())
    ours, theirs = (read_parameters(tmp_path / name / "alphas.csv") for name in ("killed", "straight"))
    assert len(ours) == len(theirs) == 2
    for name, values in theirs[-1].items():
        np.testing.assert_allclose(ours[-1][name], values, rtol=1e-3, atol=1e-5)
    x, y = noise().train_images.astype("float32") / 255, noise().train_labels
    assert 0 <= accuracy(resumed.supernet(noise()), None, (x, y), 8) <= 1


@pytest.mark.slow
def test_diagnostics_compare_the_response_with_training_and_the_gradient_with_unrolling(searched):
    run, supernet = searched
    images = run.images(noise())
    train, valid = ((images.preparation(x), y) for x, y in (images.train, images.valid))
    diagnostics = HypernetworkDiagnostics(supernet, train, valid, 8)
    here, there = diagnostics.response(distances=(0.0, 1.0), steps=10)
    assert here["hypernetwork"] == pytest.approx(here["frozen"], rel=1e-5)
    assert there["hypernetwork"] != there["frozen"]
    assert all(row["trained"] < row["hypernetwork"] for row in (here, there))
    (none, one) = diagnostics.hypergradient((0, 2))
    assert none["first_order"] == pytest.approx(1)
    assert -1 <= one["hypernetwork"] <= 1
    assert one["first_order"] < 1


def test_indicators_of_collapse():
    names = ("none", "skip_connect", "nor_conv_1x1")
    even, skips = np.full((6, 3), 1 / 3), np.tile([0.0, 1.0, 0.0], (6, 1))
    first, last = collapse_indicators([{"cell": even}, {"cell": skips}], names)
    assert (first["epoch"], last["epoch"], last["skips"]) == (1, 2, 6)
    assert (first["skip_connect"], last["skip_connect"]) == (pytest.approx(1 / 3), 1)
    assert (first["entropy"], last["entropy"]) == (pytest.approx(np.log(3)), 0)
