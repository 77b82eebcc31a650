"""One result, and how it is written as a row of the results CSV.

The first four columns are those of the workflow's authors; every further column is ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any

from kerasnas.results.html import html_table
from kerasnas.results.protocol import ADDED_LATER, Protocol

OK = "ok"
"""The status of a genome that was trained to the end; any other status names what went wrong."""


@dataclass(frozen=True, slots=True)
class Result:
    """What is known of one genome under one protocol. Accuracies are percentages.

    Attributes:
        genome: the canonical text, or the text as given where it cannot be parsed.
        parameters: all parameters, as Keras counts them.
        training_accuracy: over the images trained on, during the epoch that the weights are from.
        testing_accuracy: over all test images; read once, after every choice was made.
        validation_accuracy: over the images held out; what selection goes by.
        testing_balanced_accuracy, validation_balanced_accuracy: the mean over classes of the accuracy on each.
        testing_roc_auc: area under the ROC curve, 0 to 1, where there are two classes.
        testing_confusion: how many test images of each class, row by row, were taken for which: `50 3; 4 60`; empty
            where there are very many classes.
        status: `ok`, or what went wrong, such as `failed`, `diverged`, `timeout`, `crashed`, `out of memory`.
        reason: one line on what went wrong.
        macs: multiply-adds for one image.
        peak_activation_bytes: memory that activations need for one image in float32.
        epochs_run: epochs trained, and best_epoch: the one, from 1, that the weights are from.
        training_loss: mean cross-entropy over the images trained on, in that epoch.
        validation_loss: mean cross-entropy over the images held out.
        seconds: wall-clock time of the training, evaluation included.
        cpu_seconds: of all threads of the process that trained, meanwhile; other programs disturb it less.
        score: what a genome was rated by that was not trained, larger is better; no accuracy.
        latency_ms: milliseconds for one image on the machine that trained it, where that was asked for.
        latency_ratio: the same, by ratio to a reference model (see `kerasnas.training.latency`).
        int8_bytes: size of the network's file in int8, where that was asked for (see `kerasnas.export.quantized`), and
            int8_validation_accuracy, int8_testing_accuracy: what that one reaches.
        attempts: how many times it was tried.
        estimate: how the accuracies were come by; `training` where the genome itself was trained.
        strategy: which one proposed the genome, where a search did.
        trial: the number of the trial in that search, from 0.
        finished: when, in UTC, ISO 8601.
        kerasnas, keras, backend: the versions that measured it.
        machine: processor, cores, system and accelerators that it was measured on.
        protocol: the conditions; None in files made by others.
    """

    genome: str
    parameters: int | None = None
    training_accuracy: float | None = None
    testing_accuracy: float | None = None
    validation_accuracy: float | None = None
    status: str = OK
    reason: str = ""
    macs: int | None = None
    peak_activation_bytes: int | None = None
    epochs_run: int | None = None
    best_epoch: int | None = None
    training_loss: float | None = None
    validation_loss: float | None = None
    seconds: float | None = None
    latency_ms: float | None = None
    latency_ratio: float | None = None
    attempts: int | None = None
    estimate: str = ""
    strategy: str = ""
    trial: int | None = None
    finished: str = ""
    kerasnas: str = ""
    keras: str = ""
    backend: str = ""
    testing_balanced_accuracy: float | None = None
    validation_balanced_accuracy: float | None = None
    testing_roc_auc: float | None = None
    testing_confusion: str = ""
    cpu_seconds: float | None = None
    score: float | None = None
    int8_bytes: int | None = None
    int8_validation_accuracy: float | None = None
    int8_testing_accuracy: float | None = None
    machine: str = ""
    protocol: Protocol | None = None

    @property
    def ok(self) -> bool:
        """Whether the genome was trained to the end."""
        return self.status == OK

    def _repr_html_(self) -> str:
        shown = [(name, getattr(self, name)) for name in RESULT_FIELDS]
        rows = [(name.replace("_", " "), value) for name, value in shown if value not in (None, "")]
        return html_table(("field", "value"), [*rows, ("protocol", self.protocol)])


_TITLES = {
    "genome": "Genome string",
    "macs": "MACs",
    "kerasnas": "kerasnas",
    "data_hash": "Data Hash",
    "testing_roc_auc": "Testing ROC AUC",
    "cpu_seconds": "CPU Seconds",
}
_ACCURACY_DECIMALS = 4
_LINE_BREAKS = re.compile(r"[\r\n\x00\u2028\u2029\x85\x0b\x0c\x1c-\x1e]+")


def _title(name: str) -> str:
    return _TITLES.get(name) or " ".join(word.capitalize() for word in name.split("_"))


RESULT_FIELDS = tuple(field.name for field in fields(Result) if field.name != "protocol")
PROTOCOL_FIELDS = tuple(field.name for field in fields(Protocol))
COLUMNS = tuple(_title(name) for name in (*RESULT_FIELDS, *PROTOCOL_FIELDS))
"""The header of the results CSV."""

FIGURES_ADDED_LATER = tuple(
    _title(name)
    for name in (
        "testing_balanced_accuracy",
        "validation_balanced_accuracy",
        "testing_roc_auc",
        "testing_confusion",
        "cpu_seconds",
        "score",
        "int8_bytes",
        "int8_validation_accuracy",
        "int8_testing_accuracy",
        "machine",
    )
)
"""Columns that older files lack and do without: rows that go on in such a file leave them out."""

FIELD_TYPES: dict[str, str] = {
    **{field.name: str(field.type).split(" |")[0] for field in fields(Result) if field.name != "protocol"},
    **{field.name: str(field.type) for field in fields(Protocol)},
}
"""The type of each field, by name: `str`, `int` or `float`."""


def to_cells(result: Result) -> list[str]:
    """Return the row of `result`, a text for each of `COLUMNS`, none of them with a line break."""
    cells = [_cell(name, getattr(result, name)) for name in RESULT_FIELDS]
    if result.protocol is None:
        return cells + [""] * len(PROTOCOL_FIELDS)
    return cells + [_cell(name, getattr(result.protocol, name)) for name in PROTOCOL_FIELDS]


def added_later(cells: list[str]) -> dict[str, tuple[str, str]]:
    """Return for each column of the protocol that older files lack: the row's cell, and the text that holds there."""
    defaults = {_title(name): _cell(name, value) for name, value in ADDED_LATER.items()}
    return {title: (cell, defaults[title]) for title, cell in zip(COLUMNS, cells, strict=True) if title in defaults}


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if FIELD_TYPES[name] == "float":
        return f"{value:.{_ACCURACY_DECIMALS}f}" if name.endswith("accuracy") else repr(float(value))
    text = str(value).encode(errors="backslashreplace").decode()  # UTF-8 has no lone surrogates
    return _LINE_BREAKS.sub(" ", text)
