"""Search strategies: pure proposers over any search space, and the benchmark that keeps them honest. No Keras."""

from kerasnas.search.limits import Limits
from kerasnas.search.objective import FAILED, Fitness
from kerasnas.search.registry import STRATEGIES, register, strategy_named
from kerasnas.search.strategy import Strategy, trial_generator

__all__ = [
    "FAILED",
    "STRATEGIES",
    "Fitness",
    "Limits",
    "Strategy",
    "register",
    "strategy_named",
    "trial_generator",
]
