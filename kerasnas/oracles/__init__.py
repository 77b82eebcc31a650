"""KerasTuner: kerasnas' strategies as its oracles, and its algorithms as kerasnas' strategies.

Importing this package registers the strategies `bayesian` and `hyperband`; it imports neither KerasTuner nor a
backend before something of them is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasnas.oracles.bayesian import BayesianOptimization
from kerasnas.oracles.hyperband import Hyperband
from kerasnas.search.registry import register

if TYPE_CHECKING:
    from kerasnas.oracles.genome_oracle import GenomeOracle
    from kerasnas.oracles.hypermodel import GenomeHyperModel

__all__ = ["BayesianOptimization", "GenomeHyperModel", "GenomeOracle", "Hyperband"]

register(BayesianOptimization)
register(Hyperband)


def __getattr__(name: str) -> Any:
    """Import what derives from KerasTuner's classes when it is first asked for: that takes seconds."""
    if name not in ("GenomeHyperModel", "GenomeOracle"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kerasnas.training.quiet import import_backend_quietly

    import_backend_quietly()
    if name == "GenomeOracle":
        from kerasnas.oracles.genome_oracle import GenomeOracle

        return GenomeOracle
    from kerasnas.oracles.hypermodel import GenomeHyperModel

    return GenomeHyperModel
