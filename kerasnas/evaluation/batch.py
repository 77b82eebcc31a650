"""Batch evaluation into a CSV: what is there already is not trained again, and nothing done is ever lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kerasnas.errors import GenomeError
from kerasnas.evaluation.evaluator import Evaluator, Job, parsed_or_none
from kerasnas.evaluation.measures import ACCURACY_ALONE, Measures
from kerasnas.genome import parse
from kerasnas.results import Protocol, Result, ResultsWriter, read


@dataclass
class Batch:
    """Which genomes of a batch are to be evaluated, and which are known already.

    Attributes:
        pending: canonical texts to evaluate, each once, in the order given; unreadable ones as given.
        known: how many have a row under this protocol already.
        repeated: how many were given more than once.
    """

    pending: list[str] = field(default_factory=list)
    known: int = 0
    repeated: int = 0


def read_genomes(arguments: Iterable[str]) -> list[str]:
    """Return the genome texts that the arguments give: each is a genome, or a file with one a line.

    Empty lines of a file, and what follows a `#`, are left out.

    Raises:
        GenomeError: an argument is neither a genome nor a file, or a file cannot be read.
    """
    texts: list[str] = []
    for argument in arguments:
        path = Path(argument)
        if len(argument) < 4096 and "\x00" not in argument and path.is_file():
            texts += _lines(path)
        else:
            try:
                parse(argument)
            except GenomeError as error:
                looks_like_file = ";" not in argument and not argument.strip().upper().startswith(("NC", "RC", "FL"))
                raise GenomeError(
                    f"{argument}: no such file" if looks_like_file else f"{argument[:80]!r}: {error}"
                ) from None
            texts.append(argument)
    return texts


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise GenomeError(f"{path}: cannot be read as text, one genome a line ({error})") from None
    return [text for line in lines if (text := line.partition("#")[0].strip())]


def plan(texts: Iterable[str], results: Iterable[Result], protocol: Protocol, *, retry_failed: bool) -> Batch:
    """Return what is left to do of `texts`, given the rows that are there.

    Args:
        texts: the genomes asked for.
        results: the rows that exist.
        protocol: the protocol asked for; rows of another count for nothing.
        retry_failed: whether genomes whose row says that they failed are tried again.
    """
    done = {result.genome for result in results if result.protocol == protocol and (result.ok or not retry_failed)}
    batch = Batch()
    seen: set[str] = set()
    for text in texts:
        genome = parsed_or_none(text)
        canonical = str(genome) if genome else text
        if canonical in seen:
            batch.repeated += 1
        elif canonical in done:
            batch.known += 1
        else:
            batch.pending.append(canonical)
        seen.add(canonical)
    return batch


def evaluate_into(
    writer: ResultsWriter,
    evaluator: Evaluator,
    jobs: Iterable[Job | None],
    on_result: Callable[[Result], None] = lambda result: None,
) -> None:
    """Evaluate `jobs`, and write each result to the disk before anything else is done with it."""
    for result in evaluator.evaluate(jobs):
        writer.append(result)
        on_result(result)


def existing_results(path: Path, measures: Measures = ACCURACY_ALONE) -> list[Result]:
    """Return the rows of a results file that need not be measured again; none where there is no such file yet."""
    rows = read(path).results if path.exists() and path.stat().st_size else []
    return [row for row in rows if measures.holds(row)]
