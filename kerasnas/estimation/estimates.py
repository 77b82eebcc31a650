"""What a worker does with a genome in the place of a full training, for each estimator that does not just train.

A worker reads these classes before it is set up, so that nothing here imports a backend before it is called.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasnas.data.files import write_npz
from kerasnas.errors import SettingsError
from kerasnas.estimation.learning_curve import StopUnlikely, extrapolate
from kerasnas.evaluation.evaluator import Job, failure
from kerasnas.genome import ChainSpace, Genome, VariableChainSpace, parse
from kerasnas.results import OK, Result
from kerasnas.training.epoch import Epoch
from kerasnas.training.settings import TrainingSettings

if TYPE_CHECKING:
    import keras

    from kerasnas.data import Dataset
    from kerasnas.estimation.one_shot import OneShotChain
    from kerasnas.genome import SearchSpace

OnEpoch = Callable[[Epoch], None]
ZERO_COST_BATCH = 64


@dataclass(frozen=True)
class RecordedTraining:
    """Trains in full, and keeps the learning curve.

    Attributes:
        folder: where the curves are kept, a file a genome; see `read_curve`.
    """

    folder: Path

    def __call__(
        self, job: Job, genome: Genome, dataset: Dataset, settings: TrainingSettings, on_epoch: OnEpoch
    ) -> Result:
        """See `kerasnas.evaluation.task.Estimate`."""
        from kerasnas.training.train import train

        trained = train(genome, dataset, settings, on_epoch)
        self.folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps([asdict(epoch) for epoch in trained.history])
        _file_of(self.folder, trained.result.genome, ".json").write_text(content, encoding="utf-8")
        return trained.result


def read_curve(folder: Path, genome: str) -> list[Epoch] | None:
    """Return the epochs that `RecordedTraining` kept of `genome`, None where there are none."""
    try:
        return [Epoch(**epoch) for epoch in json.loads(_file_of(folder, genome, ".json").read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return None


@dataclass(frozen=True)
class CurveEstimate:
    """Trains, and stops where the job's target is out of reach; the validation accuracy is then the extrapolated one.

    Attributes:
        confidence: see `StopUnlikely`.
    """

    confidence: float

    def __call__(
        self, job: Job, genome: Genome, dataset: Dataset, settings: TrainingSettings, on_epoch: OnEpoch
    ) -> Result:
        """See `kerasnas.evaluation.task.Estimate`."""
        from kerasnas.training.train import train

        unlikely = StopUnlikely(job.target, self.confidence, settings.epochs)

        def stop(history: Sequence[Epoch]) -> bool:
            return unlikely([epoch.validation_accuracy for epoch in history])

        trained = train(genome, dataset, settings, on_epoch, stop=stop)
        accuracies = [epoch.validation_accuracy for epoch in trained.history]
        found = extrapolate(accuracies, settings.epochs)
        if not stop(trained.history) or found is None:
            return trained.result
        estimate = f"validation accuracy extrapolated from {len(accuracies)} of {settings.epochs} epochs"
        return replace(trained.result, validation_accuracy=found.mean, estimate=estimate)


@dataclass(frozen=True)
class InheritanceEstimate:
    """Trains from the weights of the job's ancestor, and keeps the weights for those to come.

    Attributes:
        full: the settings for a genome that has no ancestor, or whose ancestor's weights are lost.
        folder: where the weights are kept, a file a genome.
    """

    full: TrainingSettings
    folder: Path

    def __call__(
        self, job: Job, genome: Genome, dataset: Dataset, settings: TrainingSettings, on_epoch: OnEpoch
    ) -> Result:
        """See `kerasnas.evaluation.task.Estimate`."""
        from kerasnas.estimation.inheritance import inherit
        from kerasnas.training.train import train

        ancestor = self._trained(job.ancestor, dataset) if job.ancestor else None
        if ancestor is None:
            trained = train(genome, dataset, self.full, on_epoch)
            result = replace(trained.result, protocol=settings.protocol(dataset))
        else:

            def initialise(model: keras.Model, reduced: Genome) -> None:
                inherit(model, reduced, ancestor, parse(job.ancestor), seed=settings.seed)

            trained = train(genome, dataset, settings, on_epoch, initialise=initialise)
            result = replace(trained.result, estimate=f"training from weights of {job.ancestor}")
        weights = enumerate(trained.trained_model.get_weights())
        write_npz(_file_of(self.folder, trained.result.genome, ".npz"), {str(place): array for place, array in weights})
        return result

    def _trained(self, genome: str, dataset: Dataset) -> keras.Model | None:
        from kerasnas.model.build import build

        try:
            with np.load(_file_of(self.folder, genome, ".npz"), allow_pickle=False) as stored:
                weights = [stored[name] for name in stored.files]
        except Exception:  # a lost or damaged file costs a longer training, no more
            return None
        model = build(parse(genome), dataset.image_shape, dataset.classes)
        model.set_weights(weights)
        return model


@dataclass(frozen=True)
class OneShotEstimate:
    """Rates a genome by the validation accuracy that it has with its part of the shared weights.

    Attributes:
        path: of the shared weights.
        space: the one that they are of.
    """

    path: Path
    space: SearchSpace[Any]

    def __call__(
        self, job: Job, genome: Genome, dataset: Dataset, settings: TrainingSettings, on_epoch: OnEpoch
    ) -> Result:
        """See `kerasnas.evaluation.task.Estimate`."""
        from kerasnas.data import split

        started = _now()
        parts = split(
            dataset,
            validation_fraction=settings.validation_fraction,
            train_fraction=settings.train_fraction,
            seed=settings.seed,
        )
        held_out = dataset.train_images[parts.validation], dataset.train_labels[parts.validation]
        accuracy = _shared_weights(self.path, _of_chains(self.space)).accuracy(genome, *held_out)
        return _rated(job, settings, dataset, started, "one-shot", validation_accuracy=accuracy)


@dataclass(frozen=True)
class ZeroCostEstimate:
    """Scores a genome at initialisation, on the first training images of the split.

    Attributes:
        name: one of `kerasnas.estimation.zero_cost.SCORES`.
    """

    name: str

    def __call__(
        self, job: Job, genome: Genome, dataset: Dataset, settings: TrainingSettings, on_epoch: OnEpoch
    ) -> Result:
        """See `kerasnas.evaluation.task.Estimate`."""
        from kerasnas.estimation.zero_cost import SCORES

        started = _now()
        chosen = np.random.default_rng(settings.seed).choice(
            len(dataset.train_images), min(ZERO_COST_BATCH, len(dataset.train_images)), replace=False
        )
        images, labels = dataset.train_images[chosen], dataset.train_labels[chosen]
        score = SCORES[self.name](genome, images, labels, dataset.classes, settings.seed)
        return _rated(job, settings, dataset, started, self.name, score=score)


def train_shared_weights(
    dataset: Dataset, space: SearchSpace[Any], settings: TrainingSettings, path: Path, note: Callable[[str], None]
) -> None:
    """Train the weights that all chains of `space` share, unless `path` holds them.

    Raises:
        SettingsError: the genomes of `space` cannot share weights.
    """
    from kerasnas.estimation.one_shot import OneShotChain

    if path.exists():
        note(f"{path}: shared weights are there already, and are used")
        return
    started = time.process_time()
    shared = OneShotChain(_of_chains(space), settings.seed)
    note(f"training shared weights for {settings.epochs} epochs")
    shared.fit(
        dataset,
        settings,
        lambda epoch: note(f"shared weights, epoch {epoch.epoch} of {epoch.epochs}: loss {epoch.training_loss:.3f}"),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    shared.save(path)
    path.with_suffix(".json").write_text(json.dumps({"cpu_seconds": time.process_time() - started}), encoding="utf-8")


def _of_chains(space: SearchSpace[Any]) -> ChainSpace | VariableChainSpace:
    if isinstance(space, ChainSpace | VariableChainSpace):
        return space
    raise SettingsError(f"genomes of space {space.name} cannot share weights; one-shot needs --space chain")


def shared_weights_seconds(path: Path) -> float:
    """Return the CPU time in seconds that training the shared weights at `path` took; NaN where it is not known."""
    try:
        return float(json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["cpu_seconds"])
    except (OSError, ValueError, KeyError):
        return math.nan


@lru_cache(maxsize=1)
def _shared_weights(path: Path, space: ChainSpace | VariableChainSpace) -> OneShotChain:
    from kerasnas.estimation.one_shot import OneShotChain

    return OneShotChain.load(path, space)


def _file_of(folder: Path, genome: str, ending: str) -> Path:
    return folder / (hashlib.sha256(genome.encode()).hexdigest()[:20] + ending)


def _now() -> tuple[float, float]:
    return time.monotonic(), time.process_time()


def _rated(
    job: Job,
    settings: TrainingSettings,
    dataset: Dataset,
    started: tuple[float, float],
    estimate: str,
    validation_accuracy: float | None = None,
    score: float | None = None,
) -> Result:
    """Return the row of a genome that was not trained."""
    seconds, cpu_seconds = (now - then for now, then in zip(_now(), started, strict=True))
    return replace(
        failure(job.genome, settings.protocol(dataset), OK, "", attempts=1),
        validation_accuracy=validation_accuracy,
        score=score,
        seconds=round(seconds, 3),
        cpu_seconds=round(cpu_seconds, 3),
        estimate=estimate,
    )
