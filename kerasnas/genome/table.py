"""The genomes that a table holds, in whatever language they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from random import Random

from kerasnas.errors import GenomeError
from kerasnas.genome.arguments import abbreviate
from kerasnas.genome.combinations import CombinationSpace
from kerasnas.genome.space import Combination, Positions

_SEPARATORS = re.compile(r"[\s;,|+]+")


class TableSpace(CombinationSpace[str]):
    """The given texts, each a genome of the same number of genes; neighbours differ in one gene.

    The genes of a text are its words, which white space or any of `;,|+` separates; a text of one word, such as
    `20112012`, has a gene for each of its characters.

    Args:
        texts: the genomes; repeated ones count once.

    Raises:
        GenomeError: there is no text, or texts differ in their number of genes.
    """

    name = "table"

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = tuple(dict.fromkeys(text.strip() for text in texts))
        if not self.texts:
            raise GenomeError("the table holds no genome; a search space needs at least one")
        lengths = {text: len(_genes(text)) for text in self.texts}
        first = self.texts[0]
        for text, length in lengths.items():
            if length != lengths[first]:
                raise GenomeError(
                    f"the genomes of a table must have one length: {abbreviate(first)!r} has {lengths[first]} genes, "
                    f"{abbreviate(text)!r} has {length}; keep those of one length"
                )

    @cached_property
    def positions(self) -> Positions:
        """The genes that occur at each position, sorted."""
        return tuple(tuple(sorted(set(column))) for column in zip(*map(_genes, self.texts), strict=True))

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __contains__(self, genome: str) -> bool:
        """Tell whether the table holds `genome`."""
        return genome in self._combinations

    def read(self, text: str) -> str:
        """Return `text`, stripped; raises `GenomeError` where the table does not hold it."""
        genome = text.strip()
        if genome not in self:
            raise GenomeError(f"{abbreviate(text)!r} is not among the {len(self.texts)} genomes of the table")
        return genome

    def encode(self, genome: str) -> Combination:
        """Return for each gene its number among those of its position."""
        return self._combinations[genome]

    def decode(self, combination: Combination) -> str:
        """Return the genome of the table with those genes; raises `GenomeError` where it has none."""
        genome = self._genomes.get(combination)
        if genome is None:
            raise GenomeError(f"the table holds no genome with the genes {combination}")
        return genome

    def sample(self, rng: Random) -> str:
        """Return one of the table's genomes, each as likely as any other."""
        return rng.choice(self.texts)

    @cached_property
    def _combinations(self) -> dict[str, Combination]:
        numbers = [{gene: number for number, gene in enumerate(genes)} for genes in self.positions]
        return {
            text: tuple(position[gene] for position, gene in zip(numbers, _genes(text), strict=True))
            for text in self.texts
        }

    @cached_property
    def _genomes(self) -> dict[Combination, str]:
        return {combination: text for text, combination in self._combinations.items()}


def _genes(text: str) -> list[str]:
    words = [word for word in _SEPARATORS.split(text) if word]
    return words if len(words) > 1 else list("".join(words))
