"""A live search: a strategy's proposals, one after the other, for an evaluator to train."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kerasnas.errors import SearchError, SettingsError
from kerasnas.evaluation.evaluator import Job
from kerasnas.results import Protocol, Result
from kerasnas.search.precedent import accuracy_to_win, most_alike
from kerasnas.search.strategy import AnyStrategy, trial_generator

PENDING = "pending"
"""The status of a trial whose result is not known, or is not yet shown to the strategy."""


@dataclass(frozen=True, slots=True)
class Budget:
    """When a search ends: at whichever comes first. None does not limit.

    Attributes:
        trials: how many genomes are proposed, those known already among them.
        minutes: of wall-clock time; what is training then is finished. An earlier run of the same search counts with
            the training time of its rows, divided by the number of workers.
        epochs: of training, over all trials.

    Raises:
        SettingsError: a limit is not positive, or there is none.
    """

    trials: int | None = None
    minutes: float | None = None
    epochs: int | None = None

    def __post_init__(self) -> None:
        limits = {"trials": self.trials, "minutes": self.minutes, "epochs": self.epochs}
        for name, limit in limits.items():
            if limit is not None and not limit > 0:
                raise SettingsError(f"the budget of {name} must be over 0, found {limit}")
        if all(limit is None for limit in limits.values()):
            raise SettingsError("a search needs a budget: trials, minutes or epochs")


@dataclass(slots=True)
class _Trial:
    """One proposal: what it waits for as a pending result, and its result once that is known."""

    pending: Result
    result: Result | None = None


class LiveSearch:
    """Proposes trials for an evaluator, and takes in their results.

    A search is a function of its settings: trial `n` is proposed from the results of the trials up to `n - lag`, the
    ones after that shown as pending, whatever is known of them. So its proposals do not depend on which worker was
    faster, and a search resumes by being run again: trials whose row is known already are not trained again.

    Args:
        strategy: proposes.
        protocol: of trials that say nothing about epochs.
        budget: when to end.
        workers: how many trials run at once. One waits for each result before the next proposal; more than one let a
            proposal lag two results a worker behind, so that none of them has to wait.
        known: results that need not be come by again; those of other protocols serve trials of other epochs only.
        precedents: whether jobs say what the trials before tell of them, `Job.ancestor` and `Job.target`.

    Attributes:
        ended: why the search proposed no more; empty before that.
    """

    def __init__(
        self,
        strategy: AnyStrategy,
        protocol: Protocol,
        budget: Budget,
        *,
        workers: int = 1,
        known: Iterable[Result] = (),
        precedents: bool = False,
    ) -> None:
        self._strategy = strategy
        self._protocol = protocol
        self._budget = budget
        self._workers = workers
        self._precedents = precedents
        self._lag = 1 if workers == 1 else 2 * workers
        self._known = {_key(result): result for result in known}
        self._trials: list[_Trial] = []
        self._started = time.monotonic()
        self._seconds_before = 0.0
        self._everything_needed = False
        self.ended = ""

    @property
    def results(self) -> list[Result]:
        """The results so far, in the order of the trials."""
        return [trial.result for trial in self._trials if trial.result is not None]

    @property
    def proposed(self) -> int:
        """How many trials there have been, those still running among them."""
        return len(self._trials)

    def jobs(self) -> Iterator[Job | None]:
        """Yield what to evaluate, None while the next proposal waits for a result; see `Evaluator.evaluate`."""
        while not self.ended:
            if not self._may_propose():
                yield None
                continue
            self.ended = self._over_budget()
            if self.ended:
                return
            trial = self._propose()
            if trial is not None and trial.result is None:
                yield self._job(trial.pending)

    def record(self, result: Result) -> Result:
        """Take in the result of a trial; return it with the strategy and the number of the trial."""
        for number, trial in enumerate(self._trials):
            if trial.result is None and _key(trial.pending) == _key(result):
                trial.result = replace(result, strategy=self._strategy.name, trial=number)
                self._known[_key(result)] = trial.result
                return trial.result
        raise SearchError(f"{result.genome}: a result came in that no trial waits for; record each job's result once")

    def _job(self, pending: Result) -> Job:
        protocol = pending.protocol
        assert protocol is not None
        job = Job(pending.genome, protocol.epochs, protocol.decay_epochs)
        if not self._precedents:
            return job
        known = [result for result in self._history() if result.status != PENDING]
        return replace(
            job,
            ancestor=most_alike(pending.genome, known),
            target=accuracy_to_win(pending.genome, known, self._strategy.fitness, protocol),
        )

    @property
    def _shown(self) -> int:
        """How many results the next proposal needs, and sees; it sees the trials after them as pending."""
        lag = 1 if self._everything_needed else self._lag
        return max(0, len(self._trials) + 1 - lag)

    def _may_propose(self) -> bool:
        return all(trial.result is not None for trial in self._trials[: self._shown])

    def _history(self) -> Sequence[Result]:
        return [
            trial.result if number < self._shown and trial.result is not None else trial.pending
            for number, trial in enumerate(self._trials)
        ]

    def _propose(self) -> _Trial | None:
        """Return the next trial; None where there is none, or none before all results are in."""
        number = len(self._trials)
        try:
            proposal = self._strategy.propose_trial(self._history(), trial_generator(self._protocol.seed, number))
        except SearchError as error:
            if self._shown < number:
                # A result that is pending may free a proposal, as where the best of a round go on for more epochs.
                self._everything_needed = True
            else:
                self.ended = str(error)
            return None
        self._everything_needed = False
        protocol = self._protocol
        if proposal.epochs is not None:
            decay_epochs = proposal.decay_epochs if proposal.decay_epochs > proposal.epochs else 0
            protocol = replace(protocol, epochs=proposal.epochs, decay_epochs=decay_epochs)
        pending = Result(str(proposal.genome), status=PENDING, strategy=self._strategy.name, protocol=protocol)
        trial = _Trial(pending, self._known.get(_key(pending)))
        if trial.result is not None:
            self._seconds_before += (trial.result.seconds or 0.0) / self._workers
        self._trials.append(trial)
        return trial

    def _over_budget(self) -> str:
        budget = self._budget
        if budget.trials is not None and len(self._trials) >= budget.trials:
            return f"the budget of {budget.trials} trials is spent"
        minutes = (self._seconds_before + time.monotonic() - self._started) / 60
        if budget.minutes is not None and minutes >= budget.minutes:
            return f"the budget of {budget.minutes:g} minutes is spent"
        if budget.epochs is not None and self._epochs() >= budget.epochs:
            return f"the budget of {budget.epochs} epochs is spent"
        return ""

    def _epochs(self) -> int:
        """Return the epochs trained, running trials counted as if they ran to their end."""
        total = 0
        for trial in self._trials:
            found = trial.result or trial.pending
            assert trial.pending.protocol is not None
            total += found.epochs_run if found.epochs_run is not None else trial.pending.protocol.epochs
        return total


def _key(result: Result) -> tuple[str, Protocol | None]:
    return result.genome, result.protocol
