"""What the trials before tell of a genome that is about to be evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from difflib import SequenceMatcher

from kerasnas.evaluation.evaluator import failure
from kerasnas.results import OK, Protocol, Result
from kerasnas.search.objective import FAILED

_WORDS = re.compile(r"[^\s;|+]+|;")


def most_alike(genome: str, results: Iterable[Result]) -> str:
    """Return the genome among the successful results whose text is most like that of `genome`, the latest of equals.

    Empty where there is none.
    """
    words = _WORDS.findall(genome)
    best, likeness = "", -1.0
    for result in results:
        if result.ok:
            found = SequenceMatcher(None, words, _WORDS.findall(result.genome), autojunk=False).ratio()
            if found >= likeness:
                best, likeness = result.genome, found
    return best


def accuracy_to_win(
    genome: str, results: Iterable[Result], fitness: Callable[[Result], float], protocol: Protocol
) -> float | None:
    """Return the validation accuracy, in percent, with which `genome` would be as fit as the best result.

    None where no result is fit. It takes the fitness to grow with the accuracy point by point, as `Fitness` does.
    """
    best = max((fitness(result) for result in results if result.ok), default=FAILED)
    if best == FAILED:
        return None
    without_accuracy = replace(failure(genome, protocol, OK, "", attempts=0), validation_accuracy=0.0)
    return best - fitness(without_accuracy)
