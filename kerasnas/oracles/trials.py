"""KerasTuner's trials as results, which is what a strategy reads."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

from kerasnas.errors import GenomeError, SettingsError
from kerasnas.genome import Genome, SearchSpace, parse
from kerasnas.model.cost import Cost, cost
from kerasnas.oracles.status import PENDING
from kerasnas.results import OK, Protocol, Result

GENOME = "genome"
"""The hyperparameter that holds a trial's genome, as text."""

EPOCHS = "tuner/epochs"
"""The hyperparameter that says for how many epochs to train, where the strategy decides it; Hyperband's name for it."""

INITIAL_EPOCH = "tuner/initial_epoch"

Costs = Callable[[str], "Cost | None"]


def image_shape(
    space: SearchSpace[Any], input_shape: tuple[int, int, int] | None, classes: int | None
) -> tuple[tuple[int, int, int] | None, int | None]:
    """Return the shape of one image and the number of classes: as given, else those that the space is of."""
    return input_shape or getattr(space, "input_shape", None), classes or getattr(space, "classes", None)


def costs_on(input_shape: tuple[int, int, int] | None, classes: int | None) -> Costs:
    """Return a function from a genome's text to its cost, None where that cannot be told."""
    if input_shape is None or classes is None:
        return lambda text: None

    @cache
    def known(text: str) -> Cost | None:
        try:
            return cost(parse(text), input_shape, classes)
        except GenomeError:
            return None

    return known


def to_result(text: str, objective: float | None, direction: str, epochs: int | None, costs: Costs) -> Result:
    """Return the result of a trial.

    Args:
        text: the genome.
        objective: the best that was reported, a share from 0 to 1 as Keras' metrics are; NaN where the trial
            failed, None where it is not finished.
        direction: `max` or `min`; what is to be small counts as a negative accuracy.
        epochs: for how many epochs it was to be trained at most, None where the tuner decides.
        costs: of a genome.
    """
    status = PENDING if objective is None else "failed" if math.isnan(objective) else OK
    percent = (100 if direction == "max" else -100) * objective if objective is not None and status == OK else None
    found = costs(text)
    return Result(
        genome=text,
        parameters=found.parameters if found else None,
        macs=found.macs if found else None,
        peak_activation_bytes=found.peak_activation_bytes if found else None,
        validation_accuracy=percent,
        status=status,
        protocol=None if epochs is None else _protocol(epochs),
    )


def checked_genome(space: SearchSpace[Any], text: str) -> Genome:
    """Return the genome that `text` writes; raises `SettingsError` where the space's genomes are no networks."""
    genome = space.read(text)
    if not isinstance(genome, Genome):
        raise SettingsError(f"space {space.name}: {text!r} is no network that Keras could build; use another space")
    return genome


def _protocol(epochs: int) -> Protocol:
    """Return a protocol that says the epochs; the data are the tuner's, and the same for all trials."""
    return Protocol(
        dataset="",
        data_hash="",
        image_shape="",
        classes=0,
        validation_fraction=0.0,
        train_fraction=1.0,
        epochs=epochs,
        patience=0,
        batch_size=0,
        learning_rate=0.0,
        seed=0,
    )
