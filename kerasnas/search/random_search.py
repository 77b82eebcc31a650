"""Random search."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from kerasnas.genome.space import G
from kerasnas.results import Result
from kerasnas.search.strategy import Strategy


class RandomSearch(Strategy[G]):
    """Draws uniformly from all genomes not yet evaluated.

    Source: Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 2012; as a baseline for
    architecture search, Li and Talwalkar, arXiv 1902.07638.
    """

    name = "random"

    def propose(self, history: Sequence[Result], rng: Random) -> G:
        """Return a genome drawn uniformly from those not in the history."""
        return self.fresh(self.observed(history), rng)
