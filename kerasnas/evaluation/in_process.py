"""Evaluation in this very process: no isolation, nothing to start; for tests, notebooks and small jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasnas.evaluation.evaluator import Job
from kerasnas.evaluation.task import train_to_result
from kerasnas.results import Result
from kerasnas.training.settings import TrainingSettings

if TYPE_CHECKING:
    from kerasnas.data import Dataset
    from kerasnas.training.epoch import Epoch


@dataclass(frozen=True)
class InProcessEvaluator:
    """Trains one genome after the other here.

    Attributes:
        dataset: the images.
        settings: how to train.
        on_epoch: called after each epoch.
    """

    dataset: Dataset
    settings: TrainingSettings
    on_epoch: Callable[[Epoch], None] = lambda epoch: None

    def evaluate(self, jobs: Iterable[Job | None]) -> Iterator[Result]:
        """Yield the result of each job in turn; see `Evaluator`."""
        for job in jobs:
            if job is not None:
                settings = self.settings.for_epochs(job.epochs, job.decay_epochs)
                yield train_to_result(job.genome, self.dataset, settings, self.on_epoch)
