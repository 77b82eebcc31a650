"""Which search space the options ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnas.errors import SettingsError
from kerasnas.genome import ChainSpace, NasBench201Space, SearchSpace
from kerasnas.genome.arguments import suggestion
from kerasnas.genome.chain import DEFAULT_FILTERS, DEFAULT_SHAPE

SPACES = ("chain", "nasbench201")


def search_space(
    name: str,
    input_shape: tuple[int, int, int],
    classes: int,
    shape: str = DEFAULT_SHAPE,
    filters: Sequence[int] = DEFAULT_FILTERS,
) -> SearchSpace[Any]:
    """Return the search space `name` for images of `input_shape` `(height, width, channels)`.

    Args:
        name: one of `SPACES`.
        input_shape: the shape of one image.
        classes: the number of classes.
        shape: the layers of a chain.
        filters: the numbers of filters that a chain's layers choose from.

    Raises:
        SettingsError: there is no such space.
    """
    if name == "chain":
        return ChainSpace(input_shape, classes, shape=shape, filters=tuple(filters))
    if name == "nasbench201":
        return NasBench201Space()
    raise SettingsError(
        f"unknown search space {name!r}, expected one of {', '.join(SPACES)}" + suggestion(name, SPACES)
    )


def whole_numbers(text: str, option: str) -> list[int]:
    """Return the numbers that `4,8,16` writes; raises `SettingsError`, naming the option, where it writes none."""
    try:
        return [int(word) for word in text.split(",")]
    except ValueError:
        raise SettingsError(f"{option}: expected whole numbers joined by commas, found {text!r}") from None
