"""Evaluation in this very process: no isolation, nothing to start; for tests, notebooks and small jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasnas.evaluation.task import train_to_result
from kerasnas.results import Result
from kerasnas.training.settings import TrainingSettings

if TYPE_CHECKING:
    from kerasnas.data import Dataset
    from kerasnas.training.train import Epoch


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

    def evaluate(self, genomes: Iterable[str]) -> Iterator[Result]:
        """Yield the result of each genome in turn; see `Evaluator`."""
        for text in genomes:
            yield train_to_result(text, self.dataset, self.settings, self.on_epoch)
