"""The kinds of argument that a gene takes, and how each is read from text."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Protocol

ACTIVATIONS = ("relu", "sigmoid", "tanh", "swish", "gelu")
MAX_WIDTH = 4096
MAX_KERNEL = 7
MAX_PERCENT = 90
MAX_REPEATS = 64
MAX_CELLS = 64


class ArgumentError(ValueError):
    """A word is not a value of its argument. The message says what was expected."""


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """A whole number from 1 to `largest`, written in ASCII digits."""

    name: str
    largest: int

    def read(self, word: str) -> int:
        """Return the number that `word` writes; raises `ArgumentError` where it writes none in range."""
        if word.isascii() and word.isdigit() and len(word) <= 12 and 1 <= int(word) <= self.largest:
            return int(word)
        raise ArgumentError(f"{self.name} must be a whole number from 1 to {self.largest}, found {abbreviate(word)!r}")


@dataclass(frozen=True, slots=True)
class EvenNumber:
    """An even number from 2 to `largest`, written in ASCII digits."""

    name: str
    largest: int

    def read(self, word: str) -> int:
        """Return the number that `word` writes; raises `ArgumentError` where it writes none in range."""
        number = WholeNumber(self.name, self.largest).read(word)
        if number % 2:
            raise ArgumentError(f"{self.name} must be an even number, found {number}")
        return number


@dataclass(frozen=True, slots=True)
class Name:
    """One of a fixed set of names, in any case."""

    name: str
    choices: tuple[str, ...]

    def read(self, word: str) -> str:
        """Return the name in lower case; raises `ArgumentError`, with the nearest name, for any other."""
        lower = word.lower()
        if lower in self.choices:
            return lower
        raise ArgumentError(
            f"unknown {self.name} {abbreviate(word)!r}, expected one of {', '.join(self.choices)}"
            + suggestion(lower, self.choices)
        )


class Argument(Protocol):
    """A kind of argument: its name, and how a word is read."""

    @property
    def name(self) -> str:
        """What messages call the argument; also the name of the gene's field."""
        ...

    def read(self, word: str) -> object:
        """Return the value that `word` writes; raises `ArgumentError` where it writes none."""
        ...


FILTERS = WholeNumber("filters", MAX_WIDTH)
UNITS = WholeNumber("units", MAX_WIDTH)
REPEATS = WholeNumber("repeats", MAX_REPEATS)
CELLS = WholeNumber("cells", MAX_CELLS)
CHANNELS = EvenNumber("channels", MAX_WIDTH)
KERNEL = WholeNumber("kernel", MAX_KERNEL)
WINDOW = WholeNumber("window", MAX_KERNEL)
PERCENT = WholeNumber("percent", MAX_PERCENT)
ACTIVATION = Name("activation", ACTIVATIONS)


def abbreviate(text: str, longest: int = 40) -> str:
    """Return `text`, cut in the middle where it is too long to stand in a one-line message."""
    return text if len(text) <= longest else f"{text[: longest - 15]}…{text[-12:]}"


def suggestion(word: str, names: tuple[str, ...]) -> str:
    """Return `"; did you mean 'x'?"` for the name most like `word`, or an empty text where none is near."""
    nearest = difflib.get_close_matches(word[:40], names, n=1, cutoff=0.5)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""
