"""What a training leaves in its folder: the model, the epochs, the curves, the result."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasnas.errors import ResultsError, first_line
from kerasnas.report.plots import plot_history
from kerasnas.results import Result

if TYPE_CHECKING:
    import keras

    from kerasnas.training.train import TrainedGenome


def prepare_folder(folder: Path) -> None:
    """Make `folder`, and see that it can be written to before hours are spent."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".kerasnas-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ResultsError(f"{folder}: cannot be written to ({error.strerror or error}); name another --out") from None


def write_artifacts(trained: TrainedGenome, folder: Path) -> None:
    """Write `model.keras`, `history.csv`, `curves.png` and `result.json` into `folder`."""
    from kerasnas.training.epoch import Epoch

    try:
        trained.model.save(folder / "model.keras")
        with (folder / "history.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [field.name for field in fields(Epoch)])
            writer.writeheader()
            writer.writerows(asdict(epoch) for epoch in trained.history)
    except OSError as error:
        raise ResultsError(f"{folder}: cannot be written to ({error.strerror or error})") from None
    described = {**result_as_dict(trained.result), "class_names": trained.class_names}
    write_json(described, folder / "result.json")
    plot_history(
        trained.history,
        trained.result.best_epoch or 1,
        folder / "curves.png",
        title=f"{trained.result.genome}\n{trained.result.parameters:,} parameters, "
        f"testing accuracy {trained.result.testing_accuracy:.2f}%",
    )


def load_model(file: Path) -> keras.Model:
    """Return the Keras model that a file holds; raises `ResultsError` where it holds none."""
    import keras

    if not file.is_file():
        raise ResultsError(f"{file}: no such file; kerasnas train-genome makes one")
    try:
        return keras.models.load_model(file, compile=False)
    except Exception as error:  # Keras raises all kinds of errors where a file is damaged
        raise ResultsError(
            f"{file}: cannot be loaded as a Keras model ({first_line(error)}); kerasnas train-genome makes one"
        ) from None


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write one JSON object; raises `ResultsError` where the file cannot be written."""
    try:
        path.write_text(json.dumps(content, indent=2), encoding="utf-8")
    except OSError as error:
        raise ResultsError(f"{path}: cannot be written ({error.strerror or error})") from None


def write_table(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write rows, at least one and all of the same columns, as CSV; raises `ResultsError` where that cannot be."""
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        raise ResultsError(f"{path}: cannot be written ({error.strerror or error})") from None


def result_as_dict(result: Result) -> dict:
    """Return a result for JSON, with how images have to be prepared for the model."""
    return {**asdict(result), "input": "float32 images scaled to 0..1 (uint8 / 255)"}
