"""The strategies by name."""

from __future__ import annotations

import importlib
import os
import sys

from kerasnas.errors import SettingsError
from kerasnas.genome.arguments import suggestion
from kerasnas.search.evolution import RegularisedEvolution
from kerasnas.search.hill_climb import HillClimb, SteepestHillClimb
from kerasnas.search.nsga2 import Nsga2
from kerasnas.search.predictor import PredictorGuided
from kerasnas.search.random_search import RandomSearch
from kerasnas.search.reinforce import Reinforce
from kerasnas.search.strategy import AnyStrategy, Strategy

STRATEGIES: dict[str, type[AnyStrategy]] = {
    strategy.name: strategy
    for strategy in (
        RandomSearch,
        HillClimb,
        SteepestHillClimb,
        RegularisedEvolution,
        Nsga2,
        Reinforce,
        PredictorGuided,
    )
}


def register(strategy: type[AnyStrategy]) -> type[AnyStrategy]:
    """Add a strategy under its `name`, so that every command finds it; usable as a decorator.

    Raises:
        SettingsError: the name is taken by another strategy.
    """
    if STRATEGIES.setdefault(strategy.name, strategy) is not strategy:
        raise SettingsError(f"a strategy named {strategy.name!r} exists already; give yours another name")
    return strategy


def strategy_named(name: str) -> type[AnyStrategy]:
    """Return the strategy that `name` names: one of `STRATEGIES`, or `module:Class` for one of your own.

    The module is looked for where Python looks, and in the folder that the command runs in.

    Raises:
        SettingsError: there is no such strategy, or the module cannot be imported.
    """
    if ":" in name:
        return _imported(name)
    if name not in STRATEGIES:
        raise SettingsError(
            f"unknown strategy {name!r}, expected one of {', '.join(STRATEGIES)}" + suggestion(name, tuple(STRATEGIES))
        )
    return STRATEGIES[name]


def _imported(name: str) -> type[AnyStrategy]:
    module, _, attribute = name.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    try:
        found = getattr(importlib.import_module(module), attribute, None)
    except ImportError as error:
        raise SettingsError(f"strategy {name!r}: the module {module!r} cannot be imported ({error})") from None
    if not (isinstance(found, type) and issubclass(found, Strategy)):
        raise SettingsError(f"strategy {name!r}: {module!r} has no class {attribute!r} that is a kerasnas Strategy")
    return found
