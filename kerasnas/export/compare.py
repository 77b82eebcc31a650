"""Exporting a model, and holding what its runtime computes against Keras."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import keras
import numpy as np

from kerasnas.errors import BackendError, KerasnasError, ResultsError, first_line
from kerasnas.export.formats import FORMATS, INT8, Format
from kerasnas.training.backend import backend
from kerasnas.training.latency import times_in_turns

BOUNDS = {None: 1e-3, INT8: 0.25}
"""The largest difference in a probability that is let pass. OpenVINO keeps weights in 16 bits, hence not 1e-5."""


class ExportError(KerasnasError):
    """What was exported does not compute what Keras computes."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One export.

    Attributes:
        format: its name.
        path: the file, or the folder.
        bytes: of all its files.
        max_difference: the largest from Keras, over all images and classes, in a probability.
        bound: the largest that is let pass.
        agreement: the share of the images for which both have the same most likely class.
        latency_ms: milliseconds for one image in the format's runtime.
        keras_latency_ms: the same in Keras, measured in turns.
    """

    format: str
    path: Path
    bytes: int
    max_difference: float
    bound: float
    agreement: float
    latency_ms: float
    keras_latency_ms: float


def export(
    model: keras.Model,
    kind: Format,
    path: Path,
    images: np.ndarray,
    *,
    quantize: str | None = None,
    bound: float | None = None,
) -> Exported:
    """Write `model` to `path`, load it in its runtime, and compare the two.

    Args:
        model: maps images to class probabilities.
        kind: the format.
        path: the file to write, or the folder for a format of several files.
        images: real ones, float32 `(n, height, width, channels)` scaled to 0..1; they calibrate too.
        quantize: `int8` or None.
        bound: the largest difference that is let pass; one of `BOUNDS` unless set.

    Raises:
        SettingsError: a package is missing, or the format cannot be quantised.
        BackendError: Keras cannot export so on the backend in use.
        ResultsError: the file cannot be written.
        ExportError: the difference is over the bound.
    """
    kind.check(quantize)
    _check_backend(kind)
    with _explained(kind, path):
        _check_place(path, kind)
        kind.write(model, path, images if quantize else None)
        predict = kind.load(path)
    expected = keras.ops.convert_to_numpy(model(images, training=False))
    found = predict(images)
    largest = float(np.max(np.abs(found - expected)))
    own, theirs = map(median, times_in_turns([backend().inference(model), predict], images[:1]))
    exported = Exported(
        kind.name,
        path,
        _size(path),
        largest,
        BOUNDS[quantize] if bound is None else bound,
        float(np.mean(found.argmax(-1) == expected.argmax(-1))),
        theirs,
        own,
    )
    if not largest <= exported.bound:
        raise ExportError(
            f"{path}: differs from Keras by {largest:.2g} in a probability, the bound is {exported.bound:g}; "
            f"do not use it, or raise --bound"
        )
    return exported


@contextmanager
def _explained(kind: Format, path: Path) -> Iterator[None]:
    """Turn what exporters raise, which is of any kind, into one line."""
    try:
        yield
    except KerasnasError:
        raise
    except OSError as error:
        raise ResultsError(f"{path}: cannot be written ({error.strerror or error}); name another --out") from None
    except Exception as error:
        raise BackendError(
            f"Keras {keras.__version__} on {keras.backend.backend()} cannot export this model as {kind.name}: "
            f"{first_line(error)[:300]}; try KERAS_BACKEND=tensorflow or another format"
        ) from error


def _check_backend(kind: Format) -> None:
    if keras.backend.backend() == "jax" and not kind.jax:
        able = ", ".join(name for name, other in FORMATS.items() if other.jax)
        raise BackendError(
            f"Keras exports no {kind.name} on JAX; set KERAS_BACKEND=tensorflow, which loads the same model.keras, or "
            f"take one of {able}"
        )


def _check_place(path: Path, kind: Format) -> None:
    """See that the file can be written, which exporters say in words of their own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not kind.ending:
        path.mkdir(exist_ok=True)
    elif path.exists():
        path.open("ab").close()
    else:
        path.touch()
        path.unlink()


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    weights = path.with_suffix(".bin")  # OpenVINO keeps them beside the file
    return path.stat().st_size + (weights.stat().st_size if path.suffix == ".xml" and weights.exists() else 0)
