"""Which strategy the options ask for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from kerasnas.errors import SettingsError
from kerasnas.genome import Genome, SearchSpace
from kerasnas.genome.arguments import suggestion
from kerasnas.results import Result
from kerasnas.search.registry import strategy_named
from kerasnas.search.strategy import AnyStrategy

KERAS_TUNER_STRATEGIES = ("bayesian", "hyperband")

_COMMON = ("self", "space", "fitness", "admits")


def named(name: str) -> type[AnyStrategy]:
    """Return the strategy `name`, one of KerasTuner's among them; raises `SettingsError` where there is none."""
    if name in KERAS_TUNER_STRATEGIES:
        import kerasnas.oracles  # noqa: F401  # registers them; imports Keras, which takes seconds
    return strategy_named(name)


def made_strategy(
    name: str,
    space: SearchSpace[Any],
    fitness: Callable[[Result], float],
    admits: Callable[[Genome], bool],
    assignments: Sequence[str],
) -> AnyStrategy:
    """Return the strategy `name` over `space`.

    Args:
        name: of the strategy.
        space: what is searched.
        fitness: what is climbed.
        admits: tells what may be proposed.
        assignments: `name=value` for its own arguments, such as `population=20`.

    Raises:
        SettingsError: there is no such strategy or argument, or a value is of the wrong kind.
    """
    kind = named(name)
    accepted = {
        key: parameter.default
        for key, parameter in inspect.signature(kind.__init__).parameters.items()
        if key not in _COMMON
    }
    values: dict[str, Any] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals or key not in accepted:
            options = ", ".join(f"{key}={value}" for key, value in accepted.items()) or "none"
            raise SettingsError(
                f"--strategy-option {assignment!r}: strategy {name} has the options {options}"
                + suggestion(key, tuple(accepted))
            )
        values[key] = _value(key, text, accepted[key])
    return kind(space, fitness=fitness, admits=admits, **values)


def _value(key: str, text: str, default: Any) -> Any:
    kind = type(default)
    try:
        return kind(text) if kind in (int, float) else text
    except ValueError:
        raise SettingsError(f"--strategy-option {key}: expected a value such as {default}, found {text!r}") from None
