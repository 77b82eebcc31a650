"""The formats that a model can be exported to, by Keras' own `Model.export`, and the runtimes that load them."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from kerasnas.errors import SettingsError
from kerasnas.genome.arguments import suggestion

if TYPE_CHECKING:
    import keras
    import numpy as np

INT8 = "int8"

Predict: TypeAlias = "Callable[[np.ndarray], np.ndarray]"
"""From images `(batch, height, width, channels)` to class probabilities `(batch, classes)`, both float32."""


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        name: what the command line calls it.
        ending: of the file's name; empty for a folder.
        packages: that writing and loading need besides kerasnas' own, as they are imported.
        int8: whether it can be quantised.
        write: writes a model to a path; the images calibrate what is quantised, and are None where nothing is.
        load: returns what the runtime computes of a path.
        jax: whether Keras exports to it on the JAX backend too.
    """

    name: str
    ending: str
    packages: tuple[str, ...]
    int8: bool
    write: Callable[[keras.Model, Path, np.ndarray | None], None]
    load: Callable[[Path], Predict]
    jax: bool = False

    def check(self, quantize: str | None) -> None:
        """Raise `SettingsError` where a package is not installed, or the format cannot be quantised so."""
        missing = [package for package in self.packages if importlib.util.find_spec(package) is None]
        if missing:
            raise SettingsError(
                f"format {self.name} needs {', '.join(missing)}; install it with: pip install 'kerasnas[export]'"
            )
        if quantize not in (None, INT8):
            raise SettingsError(f"--quantize can be {INT8} only, found {quantize!r}")
        if quantize and not self.int8:
            able = ", ".join(name for name, other in FORMATS.items() if other.int8)
            raise SettingsError(f"format {self.name} cannot be quantised here; {able} can")


def format_named(name: str) -> Format:
    """Return the format `name`; raises `SettingsError` where there is none."""
    if name not in FORMATS:
        raise SettingsError(
            f"unknown format {name!r}, expected one of {', '.join(FORMATS)}" + suggestion(name, tuple(FORMATS))
        )
    return FORMATS[name]


def _write_keras(model: keras.Model, path: Path, calibration: np.ndarray | None) -> None:
    if calibration is not None:
        import keras

        weights = model.get_weights()
        model = keras.models.clone_model(model)
        model.set_weights(weights)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one for each layer but the dense ones, which alone Keras quantises
            model.quantize(INT8)
    model.save(path)


def _load_keras(path: Path) -> Predict:
    import keras

    from kerasnas.training.backend import backend

    predict: Predict = backend().inference(keras.models.load_model(path))
    return predict


def _write_saved_model(model: keras.Model, path: Path, calibration: np.ndarray | None) -> None:
    model.export(path, format="tf_saved_model", verbose=False)


def _load_saved_model(path: Path) -> Predict:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    return lambda images: loaded.serve(tf.constant(images)).numpy()


def _write_onnx(model: keras.Model, path: Path, calibration: np.ndarray | None) -> None:
    exported = _with_plain_gelu(model)
    if calibration is None:
        exported.export(str(path), format="onnx", verbose=False)
        return
    from onnxruntime.quantization import CalibrationDataReader, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    feeds = iter(calibration)

    class Images(CalibrationDataReader):
        """Hands out the images one by one."""

        def __init__(self, name: str) -> None:
            self._name = name

        def get_next(self) -> dict[str, np.ndarray] | None:
            """Return the next image, None after the last."""
            image = next(feeds, None)
            return None if image is None else {self._name: image[None]}

    whole, prepared = path.with_suffix(".float.onnx"), path.with_suffix(".prepared.onnx")
    try:
        exported.export(str(whole), format="onnx", verbose=False)
        quant_pre_process(str(whole), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared), str(path), Images(_onnx_session(prepared).get_inputs()[0].name), per_channel=True
        )
    finally:
        whole.unlink(missing_ok=True)
        prepared.unlink(missing_ok=True)


def _with_plain_gelu(model: keras.Model) -> keras.Model:
    """Return the model with gelu written as its formula: ONNX has erf, but not the erfc of TensorFlow's kernel."""
    import keras

    def gelu(inputs: Any) -> Any:
        return 0.5 * inputs * (1 + keras.ops.erf(inputs / 2**0.5))

    def copied(layer: keras.Layer) -> keras.Layer:
        if isinstance(layer, keras.layers.Activation) and layer.activation is keras.activations.gelu:
            return keras.layers.Activation(gelu, name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    plain = keras.models.clone_model(model, clone_function=copied)
    plain.set_weights(model.get_weights())
    plain(keras.ops.zeros((1, *model.input_shape[1:])))  # Keras exports no model that was never called
    return plain


def _onnx_session(path: Path) -> Any:
    import onnxruntime

    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def _load_onnx(path: Path) -> Predict:
    session = _onnx_session(path)
    name = session.get_inputs()[0].name
    return lambda images: session.run(None, {name: images})[0]


def _write_litert(model: keras.Model, path: Path, calibration: np.ndarray | None) -> None:
    options: dict[str, Any] = {}
    if calibration is not None:
        import tensorflow as tf

        options["optimizations"] = [tf.lite.Optimize.DEFAULT]
        options["representative_dataset"] = lambda: ([image[None]] for image in calibration)
    model.export(str(path), format="litert", verbose=False, **options)


def _load_litert(path: Path) -> Predict:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path))
    source, target = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def predict(images: np.ndarray) -> np.ndarray:
        if tuple(interpreter.get_input_details()[0]["shape"]) != images.shape:
            interpreter.resize_tensor_input(source, images.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(source, images)
        interpreter.invoke()
        found: np.ndarray = interpreter.get_tensor(target)
        return found

    return predict


def _write_openvino(model: keras.Model, path: Path, calibration: np.ndarray | None) -> None:
    model.export(str(path), format="openvino", verbose=False)


def _load_openvino(path: Path) -> Predict:
    import openvino

    compiled = openvino.Core().compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda images: compiled(images)[compiled.output(0)]


FORMATS = {
    found.name: found
    for found in (
        Format("keras", ".keras", (), True, _write_keras, _load_keras, jax=True),
        Format("saved_model", "", ("tensorflow",), False, _write_saved_model, _load_saved_model, jax=True),
        Format("onnx", ".onnx", ("onnx", "onnxruntime", "tf2onnx"), True, _write_onnx, _load_onnx),
        Format("litert", ".tflite", ("tensorflow", "ai_edge_litert"), True, _write_litert, _load_litert),
        Format("openvino", ".xml", ("openvino",), False, _write_openvino, _load_openvino),
    )
}
