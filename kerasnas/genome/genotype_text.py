"""Reading genotypes from the text that Python prints for them; nothing in it is evaluated."""

from __future__ import annotations

import re
from typing import NoReturn, TypeAlias

from kerasnas.errors import GenomeError
from kerasnas.genome.arguments import abbreviate
from kerasnas.genome.genotype import EDGES_PER_NODE, Edges, Genotype

MAX_TEXT = 20_000
"""The longest text, in characters, that is looked at."""

MAX_DEPTH = 3
MAX_RANGE = 100

FIELDS = ("normal", "normal_concat", "reduce", "reduce_concat")

_TOKEN = re.compile(r"\s*(?:([A-Za-z_]\w*)|(\d{1,3}(?!\w))|'(\w{1,40})'|\"(\w{1,40})\"|([()\[\],=]))", re.ASCII)
_ASSIGNED = re.compile(r"\s*[A-Za-z_]\w*\s*=", re.ASCII)
_CLOSING = {"(": ")", "[": "]"}

Value: TypeAlias = "str | int | list[Value]"


def read_genotype(text: str) -> Genotype:
    """Return the genotype that `text` writes: `Genotype(normal=[…], normal_concat=…, reduce=[…], reduce_concat=…)`.

    Edges may stand one after the other or in a list for each node, lists in round or square brackets, a concatenation
    as a list or a `range`; a name before it, as in `DARTS = Genotype(…)`, is passed over.

    Raises:
        GenomeError: naming the position (characters from 1), what was expected and what was found.
    """
    if not isinstance(text, str):
        raise GenomeError(f"a genotype is a text such as 'Genotype(normal=[…], …)', not {type(text).__name__}")
    if len(text) > MAX_TEXT:
        raise GenomeError(f"this genotype has {len(text):,} characters; at most {MAX_TEXT:,} are read")
    values = _Reader(text).read()
    for name in FIELDS:
        if name not in values:
            raise GenomeError(f"genotype: {name} is missing; expected {', '.join(FIELDS)}")
    return Genotype(
        _edges(values["normal"], "normal"),
        _states(values["normal_concat"], "normal_concat"),
        _edges(values["reduce"], "reduce"),
        _states(values["reduce_concat"], "reduce_concat"),
    )


class _Reader:
    """Goes through a text once, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        named = _ASSIGNED.match(text)
        self._next = named.end() if named else 0
        self._kind, self._word, self._start = "", "", 0
        self._advance()

    def read(self) -> dict[str, Value]:
        """Return the fields of the one genotype that is the text."""
        self._take("Genotype")
        self._take("(")
        fields: dict[str, Value] = {}
        while self._word != ")":
            field = self._word
            if field not in FIELDS or field in fields:
                self._refuse(f"each of {', '.join(FIELDS)} once", field)
            self._advance()
            self._take("=")
            fields[field] = self._value(0)
            if self._word != ")":
                self._take(",")
        self._advance()
        if self._kind:
            self._refuse("the end of the text", self._word)
        return fields

    def _value(self, depth: int) -> Value:
        kind, word = self._kind, self._word
        if kind == "number":
            self._advance()
            return int(word)
        if kind == "text":
            self._advance()
            return word
        if (kind, word) == ("name", "range"):
            self._advance()
            return self._range()
        if word in _CLOSING and depth < MAX_DEPTH:
            self._advance()
            return self._list(_CLOSING[word], depth)
        self._refuse("a list, a range, an operation's name in quotes or a number", word)

    def _list(self, closing: str, depth: int) -> list[Value]:
        values: list[Value] = []
        while self._word != closing:
            values.append(self._value(depth + 1))
            if self._word != closing:
                self._take(",")
        self._advance()
        return values

    def _range(self) -> list[Value]:
        self._take("(")
        bounds = self._list(")", MAX_DEPTH - 1)
        if not all(isinstance(bound, int) and bound <= MAX_RANGE for bound in bounds) or len(bounds) not in (1, 2):
            self._refuse("range(first, end)", str(bounds))
        return list(range(*bounds))  # type: ignore[arg-type]

    def _take(self, expected: str) -> None:
        """Go on to the next word; the one in hand must be `expected`, and no text in quotes."""
        if self._word != expected or self._kind == "text":
            self._refuse(repr(expected), self._word)
        self._advance()

    def _advance(self) -> None:
        match = _TOKEN.match(self._text, self._next)
        if match is None:
            rest = self._text[self._next :].strip()
            self._start = len(self._text) - len(self._text[self._next :].lstrip())
            self._kind, self._word = "unknown" if rest else "", rest
            return
        name, number, single, double, sign = match.groups()
        self._next = match.end()
        self._word = name or number or single or double or sign
        self._kind = "name" if name else "number" if number else "sign" if sign else "text"
        self._start = match.end() - len(match.group().lstrip())

    def _refuse(self, expected: str, found: str) -> NoReturn:
        raise GenomeError(
            f"genotype, character {self._start + 1}: expected {expected}, found {abbreviate(found or 'the end')!r}"
        )


def _edges(value: Value, field: str) -> Edges:
    edges: list[tuple[str, int]] = []
    nodes = value if isinstance(value, list) else [value]
    for place, item in enumerate(nodes):
        if _is_edge(item):
            edges.append((item[0], item[1]))  # type: ignore[index, arg-type]
        elif isinstance(item, list) and item and all(map(_is_edge, item)):
            if len(item) != EDGES_PER_NODE:
                raise GenomeError(
                    f"genotype: node {place + 2} of {field} has {len(item)} edges, expected {EDGES_PER_NODE}; "
                    f"write such a cell as a genome (NR)"
                )
            edges += [(edge[0], edge[1]) for edge in item]  # type: ignore[index, misc]
        else:
            raise GenomeError(
                f"genotype: {field} must list edges such as ('sep_conv_3x3', 0), found {abbreviate(repr(item))}"
            )
    return tuple(edges)


def _is_edge(value: Value) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int)


def _states(value: Value, field: str) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(isinstance(state, int) for state in value):
        raise GenomeError(f"genotype: {field} must list states, such as [2, 3, 4, 5], found {abbreviate(repr(value))}")
    return tuple(value)  # type: ignore[arg-type]
