"""The name of the machine that trains, as a row keeps it: seconds mean little without it."""

from __future__ import annotations

import os
import platform
from functools import cache
from pathlib import Path

from kerasnas.training.backend import backend


@cache
def machine() -> str:
    """Return processor, its cores, the system and any accelerators: `Intel(R) Xeon(R) Processor, 2 cores, Linux`."""
    return ", ".join([_processor(), f"{os.cpu_count()} cores", platform.system(), *backend().accelerators()])


def _processor() -> str:
    try:  # Python's own `platform.processor` is empty on many Linux systems
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
