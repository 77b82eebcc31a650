"""Settings for every DARTS test; they run on whichever backend KERAS_BACKEND names."""

import os

# The tests compile dozens of small functions that run a few times each.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
