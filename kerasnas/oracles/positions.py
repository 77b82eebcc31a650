"""A search space as KerasTuner's hyperparameters: one `Choice` for each position of its genomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasnas.genome import SearchSpace
from kerasnas.genome.space import Combination, Value

_Choices = list[tuple[str, list[Any]]]


def choices(space: SearchSpace[Any]) -> _Choices:
    """Return the name and the values of each position, in their order; a name tells its place in a genome."""
    return [(f"position_{number:02d}", _of_one_type(values)) for number, values in enumerate(space.positions)]


def open_choices(space: SearchSpace[Any]) -> _Choices:
    """Return those of the `choices` at which there is more than one value."""
    return [(name, values) for name, values in choices(space) if len(values) > 1]


def declare(hp: Any, space: SearchSpace[Any], default: Combination) -> Combination:
    """Register one `Choice` for each position with `hp`, and return the combination that `hp` holds.

    Args:
        hp: the `keras_tuner.HyperParameters`.
        space: whose positions they are.
        default: the combination that a fresh `hp` stands for.
    """
    named = zip(choices(space), default, strict=True)
    return tuple(
        values.index(hp.Choice(name, values, default=values[number])) if len(values) > 1 else 0
        for (name, values), number in named
    )


def to_values(space: SearchSpace[Any], combination: Combination) -> dict[str, Any]:
    """Return the value of each open choice in `combination`, by name."""
    pairs = zip(choices(space), combination, strict=True)
    return {name: values[number] for (name, values), number in pairs if len(values) > 1}


def to_combination(space: SearchSpace[Any], chosen: Mapping[str, Any]) -> Combination:
    """Return the combination of the values that were chosen, by name."""
    return tuple(values.index(chosen[name]) if len(values) > 1 else 0 for name, values in choices(space))


def _of_one_type(values: tuple[Value, ...]) -> list[Any]:
    """Return the values as a `Choice` takes them, all of one type: as texts where they are of several."""
    alike = all(isinstance(value, str) for value in values) or all(type(value) is int for value in values)
    return list(values) if alike else [str(value) for value in values]
