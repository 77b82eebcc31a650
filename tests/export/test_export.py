"""Every format that installs here: written, loaded in its runtime, and compared with Keras on real images."""

import importlib.util

import keras
import numpy as np
import pytest

from kerasnas.data import load
from kerasnas.errors import BackendError, SettingsError
from kerasnas.export import FORMATS, INT8, Format
from kerasnas.export.compare import BOUNDS, ExportError, export
from kerasnas.export.formats import format_named
from kerasnas.genome import parse
from kerasnas.model.build import build
from kerasnas.training.settings import TrainingSettings
from kerasnas.training.train import train
from tests.marks import ON_JAX

pytestmark = pytest.mark.backend

CHAIN = "NC 6 3 gelu;RC 12 3 swish;FL 16 tanh"
CELLS = "ST 4 3;CE 1 |nor_conv_3x3~0|+|avg_pool_3x3~0|skip_connect~1|;RB 8;PC"
ALL = [(name, None) for name in FORMATS] + [(name, INT8) for name, kind in FORMATS.items() if kind.int8]


@pytest.fixture(scope="module")
def data():
    return load("digits")


@pytest.fixture(scope="module")
def images(data):
    return data.test_images[:64].astype("float32") / 255


@pytest.fixture(scope="module")
def trained(data):
    return train(parse(CHAIN), data, TrainingSettings(epochs=4, batch_size=32)).model


@pytest.mark.parametrize(("name", "quantize"), ALL)
def test_the_runtime_computes_what_keras_computes(name, quantize, trained, images, tmp_path):
    kind = FORMATS[name]
    if any(importlib.util.find_spec(package) is None for package in kind.packages):
        pytest.skip(f"{', '.join(kind.packages)} not installed")
    path = tmp_path / f"model{kind.ending}"
    if ON_JAX and not kind.jax:
        with pytest.raises(BackendError, match="set KERAS_BACKEND=tensorflow, which loads the same"):
            export(trained, kind, path, images, quantize=quantize)
        return
    expected = np.asarray(trained(images, training=False))
    found = export(trained, kind, path, images, quantize=quantize)
    assert np.ptp(expected, axis=0).max() > 0.5, "a model that gives one answer would hide any difference"
    assert found.bound == BOUNDS[quantize]
    np.testing.assert_allclose(np.abs(kind.load(path)(images) - expected).max(), found.max_difference, atol=1e-6)
    assert found.agreement >= (0.8 if quantize else 1.0)  # after 4 epochs many classes are nearly tied
    assert found.bytes > trained.count_params() * (1 if quantize else 2)
    assert found.latency_ms > 0
    assert found.keras_latency_ms > 0
    if quantize:
        assert found.max_difference > 0
        np.testing.assert_array_equal(np.asarray(trained(images, training=False)), expected)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["onnx", "litert", "openvino"])
@pytest.mark.skipif(ON_JAX, reason="exported on TensorFlow")
def test_cells_are_exported_too(name, images, tmp_path):
    kind = FORMATS[name]
    pytest.importorskip(kind.packages[-1])
    model = build(parse(CELLS), images.shape[1:], 10, seed=0)
    assert export(model, kind, tmp_path / f"model{kind.ending}", images).max_difference < BOUNDS[None]


def test_what_differs_by_more_than_the_bound_fails(trained, images, tmp_path):
    def other(model, path, calibration):
        keras.models.clone_model(model).save(path)  # with fresh weights

    broken = Format("broken", ".keras", (), False, other, FORMATS["keras"].load, jax=True)
    with pytest.raises(ExportError, match="differs from Keras"):
        export(trained, broken, tmp_path / "model.keras", images)


def test_a_missing_package_names_the_extra():
    kind = Format("other", "", ("no_such_package",), False, FORMATS["keras"].write, FORMATS["keras"].load)
    with pytest.raises(SettingsError, match=r"no_such_package.*kerasnas\[export\]"):
        kind.check(None)


@pytest.mark.parametrize(
    ("name", "quantize", "words"), [("saved_model", "int8", "cannot be quantised"), ("keras", "int4", "int8 only")]
)
def test_what_cannot_be_quantised_is_refused(name, quantize, words):
    with pytest.raises(SettingsError, match=words):
        FORMATS[name].check(quantize)


def test_an_unknown_format_is_refused_with_those_that_there_are():
    with pytest.raises(SettingsError, match="did you mean 'onnx'"):
        format_named("onn")
