"""Lets the package `kerasnas.search` be called, so that `kerasnas.search(…)` searches.

A function of that name cannot stand beside the package: importing the package would replace it.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasnas.api import Search


class CallableSearch(ModuleType):
    """The class of the package `kerasnas.search`."""

    def __call__(self, *arguments: Any, **options: Any) -> Search:
        """Search; see `kerasnas.api.search`."""
        from kerasnas.api import search

        return search(*arguments, **options)
