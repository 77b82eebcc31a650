"""kerasnas: neural architecture search for Keras 3.

    import kerasnas as kn

    kn.cost("NC 4 5 sigmoid;RC 64 3 relu;FL gelu")
    trained = kn.train("NC 4 5 sigmoid;RC 64 3 relu;FL gelu", "digits", epochs=5)
    found = kn.search("digits", "evolution", trials=10, epochs=2)

Importing it imports no backend: each name is fetched when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from kerasnas._version import __version__

if TYPE_CHECKING:
    from kerasnas.api import Drawing, Search, build, code, cost, search, show, train
    from kerasnas.errors import KerasnasError
    from kerasnas.genome import Genome, parse
    from kerasnas.results import Result, read
    from kerasnas.training.settings import TrainingSettings

__all__ = [
    "Drawing",
    "Genome",
    "KerasnasError",
    "Result",
    "Search",
    "TrainingSettings",
    "__version__",
    "build",
    "code",
    "cost",
    "parse",
    "read",
    "search",
    "show",
    "train",
]

_MODULES = {
    **dict.fromkeys(("Drawing", "Search", "build", "code", "cost", "show", "train"), "kerasnas.api"),
    "KerasnasError": "kerasnas.errors",
    **dict.fromkeys(("Genome", "parse"), "kerasnas.genome"),
    **dict.fromkeys(("Result", "read"), "kerasnas.results"),
    "TrainingSettings": "kerasnas.training.settings",
}


def __getattr__(name: str) -> Any:
    if name == "search":
        return importlib.import_module("kerasnas.search")  # a package that can be called
    if name not in _MODULES:
        raise AttributeError(f"module 'kerasnas' has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
