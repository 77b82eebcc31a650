"""A search through Keras' `fit`: callbacks, metrics, resuming."""

import keras
import numpy as np
import pytest

from kerasnas.darts import CoupledAdam, EpochCosine, MomentumSGD, darts_supernet, nasbench201_supernet
from kerasnas.darts.batches import PairedBatches
from kerasnas.errors import DataError, SettingsError
from tests.marks import BACKEND_SLOW_ON_JAX

pytestmark = BACKEND_SLOW_ON_JAX

PRIMITIVES = ("none", "skip_connect", "nor_conv_1x1")
EPOCHS, STEPS = 3, 2


class KilledError(Exception):
    pass


class KillInEpoch(keras.callbacks.Callback):
    """Ends the search after the first step of an epoch, when the state has moved on from the backup."""

    def __init__(self, epoch):
        super().__init__()
        self._at, self._epoch = epoch, 0

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self._epoch == self._at:
            raise KilledError


def data(count=8, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(count, 8, 8, 3)).astype("float32"), generator.integers(0, 4, count)


def small_supernet():
    supernet = nasbench201_supernet((8, 8, 3), 4, 2, 1, 1, PRIMITIVES, seed=3)
    generator = np.random.default_rng(1)
    for variable in supernet.network_weights:  # their initial values follow no seed of the supernet
        variable.assign(generator.normal(size=variable.shape) / 4)
    return supernet


def search(backup, callbacks=()):
    supernet = small_supernet()
    schedule = EpochCosine(steps_per_epoch=STEPS, epochs=EPOCHS, initial=0.1, final=0.01)
    supernet.compile(MomentumSGD(schedule), CoupledAdam(3e-2))
    keep = keras.callbacks.BackupAndRestore(str(backup), delete_checkpoint=False)
    supernet.fit(data(), data(seed=1), batch_size=4, epochs=EPOCHS, callbacks=[keep, *callbacks], verbose=0)
    return supernet


def everything(supernet):
    state, statistics = supernet.search_variables()
    groups = [*state, statistics]
    return [np.asarray(keras.ops.convert_to_numpy(v)) for group in groups for v in group]


@pytest.mark.slow
def test_a_killed_search_ends_with_the_same_alphas(tmp_path):
    straight = search(tmp_path / "straight")
    with pytest.raises(KilledError):
        search(tmp_path / "killed", [KillInEpoch(1)])
    resumed = search(tmp_path / "killed")
    assert int(resumed.optimizer.iterations) == EPOCHS * STEPS
    for a, b in zip(everything(straight), everything(resumed), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    start = small_supernet().mixture()["cell"]
    assert np.abs(start - straight.mixture()["cell"]).max() > 1e-2


def test_search_of_the_darts_space_reports_metrics():
    supernet = darts_supernet((8, 8, 3), 4, 2, 3, 2, PRIMITIVES)
    supernet.compile()
    before = supernet.mixture()
    history = supernet.fit(data(), data(seed=1), batch_size=8, epochs=1, verbose=0, validation_data=data(8, 2))
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert 0 < history.history["loss"][0] < 10
    assert all(np.abs(after - before[name]).max() > 0 for name, after in supernet.mixture().items())


def test_batches_depend_on_seed_and_epoch_alone():
    one, other = (PairedBatches(data(16), data(8), batch_size=4, seed=5) for _ in range(2))
    np.testing.assert_array_equal(one[3][1][0], other[3][1][0])
    first = one[0][0][0]
    one.epoch = 1
    assert np.abs(one[0][0][0] - first).max() > 0
    seen = np.concatenate([other[i][0][0] for i in range(len(other))])
    assert sorted(seen.sum((1, 2, 3))) == pytest.approx(sorted(data(16)[0].sum((1, 2, 3))))


def test_wrong_data_and_settings_are_refused():
    with pytest.raises(DataError, match="fewer than one batch"):
        PairedBatches(data(), data(2), batch_size=4)
    with pytest.raises(DataError, match="labels"):
        PairedBatches((data()[0], np.zeros(3)), data(), batch_size=4)
    with pytest.raises(SettingsError, match="product"):
        darts_supernet((8, 8, 3), 4, 2, 3, 2, PRIMITIVES).compile(product="guess")
    with pytest.raises(SettingsError, match="steps_per_epoch"):
        EpochCosine(steps_per_epoch=0)
