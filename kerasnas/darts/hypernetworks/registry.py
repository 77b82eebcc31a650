"""The kinds of hypernetwork by name, their sizes, and the refusal of what does not fit into memory."""

from __future__ import annotations

from collections.abc import Sequence

import psutil

from kerasnas.darts.hypernetworks.base import Hypernetwork
from kerasnas.darts.hypernetworks.linear import LinearHypernetwork
from kerasnas.darts.hypernetworks.mlp import PerceptronHypernetwork
from kerasnas.darts.hypernetworks.structured import StructuredHypernetwork
from kerasnas.errors import SettingsError
from kerasnas.genome.arguments import suggestion

KINDS: dict[str, type[Hypernetwork]] = {
    "linear": LinearHypernetwork,
    "mlp": PerceptronHypernetwork,
    "structured": StructuredHypernetwork,
}

BYTES_PER_VALUE = 4
COPIES = 6
"""What a step holds of the parameters at once: old and new values, old and new velocity, gradient, clipped gradient."""

Shapes = Sequence[tuple[int, ...]]


def kind_of(name: str) -> type[Hypernetwork]:
    """Return the class of a kind; raises `SettingsError` where there is none of that name."""
    if name not in KINDS:
        raise SettingsError(
            f"unknown hypernetwork {name!r}, expected one of {', '.join(KINDS)}" + suggestion(name, tuple(KINDS))
        )
    return KINDS[name]


def count_parameters(name: str, size: int, shapes: Shapes) -> int:
    """Return the parameters of a hypernetwork from `size` inputs to weights of these shapes, without building it."""
    return kind_of(name).count(size, shapes)


def bytes_needed(parameters: int) -> int:
    """Return what a search step takes for so many parameters in float32, activations not counted."""
    return COPIES * BYTES_PER_VALUE * parameters


def check_memory(name: str, size: int, shapes: Shapes, available: int | None = None) -> None:
    """Raise `SettingsError` where a hypernetwork would not fit into memory.

    Args:
        name: its kind.
        size: how many inputs it has.
        shapes: of the supernet's weights.
        available: bytes; None for what the machine's main memory has free now.
    """
    count = count_parameters(name, size, shapes)
    free = psutil.virtual_memory().available if available is None else available
    if bytes_needed(count) <= free:
        return
    small = count_parameters("structured", size, shapes)
    remedy = (
        f"use --hypernetwork structured ({small:,} parameters), fewer channels or fewer cells"
        if name != "structured"
        else "use fewer channels or fewer cells"
    )
    raise SettingsError(
        f"hypernetwork {name}: {count:,} parameters take {_gib(bytes_needed(count))} while they are trained, and "
        f"{_gib(free)} of memory are free; {remedy}."
    )


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"
