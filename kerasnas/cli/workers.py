"""How many workers and threads are used unless the user says otherwise."""

from __future__ import annotations

import os


def default_workers() -> int:
    """Return one worker for each core that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_threads() -> int:
    """Return 1: many small models train fastest side by side (benchmarks/README.md), and to the same last digit
    whatever the number of workers. JAX decides for itself."""
    return 0 if os.environ.get("KERAS_BACKEND") == "jax" else 1
