"""The genome language: text to `Genome` and back.

    NC 4 5 sigmoid;RC 64 3 relu;NC 4 5 sigmoid;RC 64 3 relu;FL gelu
    ST 16 3;CE 5 |skip_connect~0|+|nor_conv_3x3~0|none~1|;PC
    NC 16 3 relu;NC 16 5 relu;JN 0+2;MP 2;JN 1,4;FL relu

Genes are separated by `;`, their words by white space. Tokens and names may be written in any case, and one `;`
may end the text. `format_genome` writes the one canonical form: `format_genome(parse(text))` is a fixed point.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kerasnas.errors import GenomeError
from kerasnas.genome.arguments import ArgumentError, abbreviate, suggestion
from kerasnas.genome.genes import ENDINGS, GENE_TYPES, Gene, Genome, Join
from kerasnas.genome.joins import misread

MAX_TEXT = 100_000
"""The longest text, in characters, that `parse` looks at."""

_LONGEST_REMEMBERED = 200
_WORD = re.compile(r"\S+")


class _GeneError(ValueError):
    """A gene cannot be read: the index of the word at fault (-1: the gene as a whole), and why."""

    def __init__(self, word: int, reason: str) -> None:
        super().__init__(reason)
        self.word = word


def parse(text: str) -> Genome:
    """Return the genome that `text` writes.

    Nothing in the text is ever evaluated, and the time taken is bounded whatever it holds.

    Raises:
        GenomeError: naming the layer, the position (characters from 1), what was expected and what was found.
    """
    if not isinstance(text, str):
        raise GenomeError(f"a genome is a text such as 'NC 4 5 relu;FL relu', not {type(text).__name__}")
    if len(text) > MAX_TEXT:
        raise GenomeError(f"this genome has {len(text):,} characters; at most {MAX_TEXT:,} are read")
    parts = text.split(";")
    if not parts[-1].strip():
        parts.pop()
    if not parts:
        raise GenomeError("the genome is empty; write one such as 'NC 4 5 relu;RC 64 3 relu;FL gelu'")
    genes: list[Gene] = []
    for part in parts:
        try:
            genes.append(_read_gene(part) if len(part) > _LONGEST_REMEMBERED else _remembered_gene(part))
        except _GeneError as error:
            raise _located(parts, len(genes), error) from None
    _check_order(genes, parts)
    return Genome(tuple(genes))


def format_genome(genome: Genome) -> str:
    """Return the canonical text of `genome`."""
    return ";".join([format_gene(gene) for gene in genome.genes])


@lru_cache(maxsize=65536)
def format_gene(gene: Gene) -> str:
    """Return the canonical text of one gene, for example `NC 4 5 relu`."""
    named = [(argument.name, getattr(gene, argument.name)) for argument in gene.signatures[-1]]
    return " ".join([gene.token, *(str(value) for _, value in named if value is not None)])


def _read_gene(part: str) -> Gene:
    words = part.split()
    if not words:
        raise _GeneError(-1, f"the layer is empty, expected one of {', '.join(GENE_TYPES)} with its arguments")
    gene_type = GENE_TYPES.get(words[0].upper()) if words[0].isascii() else None  # a ligature's upper() is 'FL'
    if gene_type is None:
        raise _GeneError(
            0,
            f"unknown layer type {abbreviate(words[0])!r}, expected one of {', '.join(GENE_TYPES)}"
            + suggestion(words[0].upper(), tuple(GENE_TYPES)),
        )
    signature = next((s for s in gene_type.signatures if len(s) == len(words) - 1), None)
    if signature is None:
        forms = " or ".join(f"'{' '.join((gene_type.token, *(a.name for a in s)))}'" for s in gene_type.signatures)
        raise _GeneError(-1, f"expected {forms}, found {len(words) - 1} arguments")
    values = {}
    for index, (argument, word) in enumerate(zip(signature, words[1:], strict=True), start=1):
        try:
            values[argument.name] = argument.read(word)
        except ArgumentError as error:
            raise _GeneError(index, str(error)) from None
    return gene_type(**values)  # type: ignore[arg-type]


_remembered_gene = lru_cache(maxsize=65536)(_read_gene)


def _check_order(genes: list[Gene], parts: list[str]) -> None:
    for index, gene in enumerate(genes[:-1]):
        if isinstance(gene, ENDINGS):
            raise _located(parts, index, _GeneError(0, f"{gene.token} ends a genome, but more layers follow it"))
    if not isinstance(genes[-1], ENDINGS):
        tokens = " or ".join(ending.token for ending in ENDINGS)
        raise _located(parts, len(genes) - 1, _GeneError(0, f"the last layer must be {tokens}; append ';FL relu', say"))
    if any(isinstance(gene, Join) for gene in genes):
        for number, reason in misread([gene.sources if isinstance(gene, Join) else None for gene in genes]):
            raise _located(parts, number - 1, _GeneError(0, reason))


def _located(parts: list[str], index: int, error: _GeneError) -> GenomeError:
    start = sum(len(part) + 1 for part in parts[:index])
    words = [match.start() for match in _WORD.finditer(parts[index])]
    offset = words[max(error.word, 0)] if words else 0
    return GenomeError(
        f"layer {index + 1} ({abbreviate(parts[index].strip())!r}), character {start + offset + 1}: {error}"
    )
