"""What every evaluator does: genomes in, results out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from kerasnas.errors import GenomeError
from kerasnas.genome import Genome, parse
from kerasnas.model.cost import cost
from kerasnas.results import Protocol as ResultProtocol
from kerasnas.results import Result

INVALID = "invalid"
FAILED = "failed"
DIVERGED = "diverged"
TIMEOUT = "timeout"
CRASHED = "crashed"
OUT_OF_MEMORY = "out of memory"
EXCLUDED = "excluded"
"""The status of a genome that was not trained because it was measured to be over a limit."""

WORTH_A_RETRY = (FAILED, DIVERGED, TIMEOUT, CRASHED, OUT_OF_MEMORY)
"""The statuses after which a genome is tried once more before its failure becomes a row."""


@dataclass(frozen=True, slots=True)
class Job:
    """One genome to evaluate.

    Attributes:
        genome: its text.
        epochs: for how many epochs to train it at most; None: as the evaluator is set.
        decay_epochs: over which the learning rate falls to zero; 0: over those epochs.
        ancestor: the genome most like it of those evaluated before, whose weights it may inherit; empty for none.
        target: the validation accuracy, in percent, that it has to reach to be the best so far; None: not known.
    """

    genome: str
    epochs: int | None = None
    decay_epochs: int = 0
    ancestor: str = ""
    target: float | None = None

    def protocol(self, usual: ResultProtocol) -> ResultProtocol:
        """Return the protocol of this job's result, given that of jobs that say nothing about epochs."""
        return usual if self.epochs is None else replace(usual, epochs=self.epochs, decay_epochs=self.decay_epochs)


class Evaluator(Protocol):
    """Finds out how good genomes are, each under one protocol. It knows no search strategy."""

    def evaluate(self, jobs: Iterable[Job | None]) -> Iterator[Result]:
        """Yield a result for every job, in the order in which they are done.

        The next job is only taken when there is room for it, and after every result that is known has been yielded;
        so a search strategy may propose it then. None means that there is nothing to do until the next result has
        been yielded. A genome that fails yields a result whose status and reason say why.
        """
        ...


def failure(text: str, protocol: ResultProtocol, status: str, reason: str, attempts: int) -> Result:
    """Return the result of a genome that could not be evaluated, with its costs where it has any."""
    genome = parsed_or_none(text)
    shape = tuple(int(side) for side in protocol.image_shape.split("x"))
    try:
        costs = cost(genome, shape, protocol.classes) if genome else None
    except GenomeError:
        costs = None
    return Result(
        genome=str(genome) if genome else text,
        parameters=costs.parameters if costs else None,
        macs=costs.macs if costs else None,
        peak_activation_bytes=costs.peak_activation_bytes if costs else None,
        status=status,
        reason=reason,
        attempts=attempts,
        protocol=protocol,
    )


def parsed_or_none(text: str) -> Genome | None:
    """Return the genome that `text` writes, or None where it writes none."""
    try:
        return parse(text)
    except GenomeError:
        return None
