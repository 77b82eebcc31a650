"""Search strategies: pure proposers over any search space. Nothing here imports Keras.

The strategies by name are in `kerasnas.search.registry`, the benchmark over tables in `kerasnas.search.benchmark`;
they load scikit-learn, which this package alone does not.
"""

import sys

from kerasnas._callable_search import CallableSearch
from kerasnas.search.limits import Limits
from kerasnas.search.objective import FAILED, Fitness
from kerasnas.search.strategy import Strategy, trial_generator

__all__ = ["FAILED", "Fitness", "Limits", "Strategy", "trial_generator"]

sys.modules[__name__].__class__ = CallableSearch
