"""Which earlier layers a layer reads, and how their maps are joined: `0+2` is their sum, `0,2` their concatenation.

Layers are numbered from 1 as they stand in the genome, joins among them; 0 is the image.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from kerasnas.genome.arguments import ArgumentError, abbreviate

JoinKind: TypeAlias = Literal["sum", "concatenation"]

_SIGNS: dict[JoinKind, str] = {"sum": "+", "concatenation": ","}
_NUMBER = re.compile(r"[0-9]{1,5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sources:
    """The layers that are read: one, or several and how they are joined. `str(sources)` is the canonical text.

    Attributes:
        numbers: of the layers, sorted, none of them twice; 0 is the image.
        kind: how they are joined; a sum where there is one.
    """

    numbers: tuple[int, ...]
    kind: JoinKind = "sum"

    def __str__(self) -> str:
        return _SIGNS[self.kind].join(map(str, self.numbers))


@dataclass(frozen=True, slots=True)
class SourcesText:
    """The argument that names the layers to read."""

    name: str = "sources"

    def read(self, word: str) -> Sources:
        """Return the sources that `word` writes; raises `ArgumentError` where it writes none."""
        if "+" in word and "," in word:
            raise ArgumentError(
                f"{self.name} are joined by + (their sum) or by , (their concatenation), not by both, found "
                f"{abbreviate(word)!r}"
            )
        kind: JoinKind = "concatenation" if "," in word else "sum"
        words = word.split(_SIGNS[kind])
        for number in words:
            if _NUMBER.fullmatch(number) is None:
                raise ArgumentError(
                    f"{self.name} must be numbers of layers such as 0+2 or 0,2 (0 is the image), found "
                    f"{abbreviate(word)!r}"
                )
        numbers = sorted(map(int, words))
        for layer, following in pairwise(numbers):
            if layer == following:
                raise ArgumentError(f"{self.name} name layer {layer} twice, found {abbreviate(word)!r}")
        return Sources(tuple(numbers), kind)


def misread(sources: Sequence[Sources | None]) -> Iterator[tuple[int, str]]:
    """Yield the number of each layer whose reading makes no sense, and what is wrong.

    Args:
        sources: of each layer; None where it reads the layer before it.
    """
    unread = set(range(1, len(sources)))
    for number, read in enumerate(sources, start=1):
        if read is None:
            unread.discard(number - 1)
        elif read.numbers[-1] >= number:
            yield number, f"it can read layers 0 (the image) to {number - 1} only, found {read.numbers[-1]}"
        elif read.numbers == (number - 1,):
            before = "the image" if number == 1 else "the layer before it"
            yield number, f"a layer reads {before} where nothing else is said; leave this one out"
        else:
            unread.difference_update(read.numbers)
    for number in sorted(unread):
        yield number, "it is read by no later layer; name it in a JN, or remove it"
