"""The strategies by name."""

from __future__ import annotations

from kerasnas.errors import SettingsError
from kerasnas.genome.arguments import suggestion
from kerasnas.search.evolution import RegularisedEvolution
from kerasnas.search.hill_climb import HillClimb, SteepestHillClimb
from kerasnas.search.nsga2 import Nsga2
from kerasnas.search.predictor import PredictorGuided
from kerasnas.search.random_search import RandomSearch
from kerasnas.search.reinforce import Reinforce
from kerasnas.search.strategy import AnyStrategy

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
    """Return the strategy that `name` names; raises `SettingsError` where there is none."""
    if name not in STRATEGIES:
        raise SettingsError(
            f"unknown strategy {name!r}, expected one of {', '.join(STRATEGIES)}" + suggestion(name, tuple(STRATEGIES))
        )
    return STRATEGIES[name]
