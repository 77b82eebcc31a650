"""The estimators by name: how each is written, what it changes of the settings, and what it does with a genome."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasnas.errors import SettingsError
from kerasnas.evaluation.task import Estimate
from kerasnas.genome.arguments import suggestion
from kerasnas.training.fidelity import Fidelity
from kerasnas.training.settings import TrainingSettings

if TYPE_CHECKING:
    from kerasnas.data import Dataset
    from kerasnas.genome import SearchSpace

Note = Callable[[str], None]

MEASURED_BEST = "fidelity:epochs=0.2,shrink=2"
"""What `auto` means: of those that cost at most a tenth, the one that ranked best; see results/rank_correlation."""

ZERO_COST = ("synflow", "naswot", "grad-norm")
NAMES = ("fidelity", "curve", "inheritance", "one-shot", *ZERO_COST, "auto")


class Estimator(ABC):
    """A way to rate genomes for less than a full training, without a look at the test images.

    `str(estimator)` is how it is written: `NAME`, or `NAME:` and its settings.
    """

    @abstractmethod
    def settings(self, full: TrainingSettings) -> TrainingSettings:
        """Return the settings that its rows are of, given those of a full training."""

    def prepare(  # noqa: B027  # most have nothing to prepare
        self, dataset: Dataset, space: SearchSpace[Any], full: TrainingSettings, folder: Path, note: Note
    ) -> None:
        """Do once what all estimates rest on; what is in `folder` already is not done again."""

    def cpu_seconds_once(self, folder: Path) -> float:
        """Return the CPU time that `prepare` took when it did its work, in seconds."""
        return 0.0

    def estimate(self, space: SearchSpace[Any], full: TrainingSettings, folder: Path) -> Estimate | None:
        """Return what a worker does with a genome in the place of training it by `settings`; None: train it.

        Args:
            space: what is searched.
            full: the settings of a full training.
            folder: where what estimates rest on is kept.
        """
        return None


@dataclass(frozen=True)
class LowFidelity(Estimator):
    """Trains with fewer epochs, less data, smaller images, fewer channels or cells."""

    fidelity: Fidelity

    def __str__(self) -> str:
        return f"fidelity:{self.fidelity}"

    def settings(self, full: TrainingSettings) -> TrainingSettings:
        """See `Estimator`."""
        return replace(self.fidelity.of(full), estimator=str(self))


@dataclass(frozen=True)
class LearningCurve(Estimator):
    """Stops trainings that are unlikely to beat the best; see `kerasnas.estimation.learning_curve`.

    Attributes:
        confidence: a training is stopped where its chance to beat the best is under 1 - `confidence`.
    """

    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not 0.5 <= self.confidence < 1:
            raise SettingsError(f"curve: the confidence must be from 0.5 to under 1, found {self.confidence:g}")

    def __str__(self) -> str:
        return f"curve:{self.confidence:g}"

    def settings(self, full: TrainingSettings) -> TrainingSettings:
        """See `Estimator`."""
        return replace(full, estimator=str(self))

    def estimate(self, space: SearchSpace[Any], full: TrainingSettings, folder: Path) -> Estimate:
        """See `Estimator`."""
        from kerasnas.estimation.estimates import CurveEstimate

        return CurveEstimate(self.confidence)


@dataclass(frozen=True)
class Inheritance(Estimator):
    """Trains for a part of the epochs, from the weights of the genome most like it; see `...estimation.inheritance`.

    Raises:
        SettingsError: the fidelity makes images or networks smaller, so that weights would not fit.
    """

    fidelity: Fidelity

    def __post_init__(self) -> None:
        if self.fidelity.size != Fidelity():
            raise SettingsError(f"inheritance takes shares of epochs and data alone, found {self.fidelity}")

    def __str__(self) -> str:
        return f"inheritance:{self.fidelity}"

    def settings(self, full: TrainingSettings) -> TrainingSettings:
        """See `Estimator`."""
        return replace(self.fidelity.of(full), estimator=str(self))

    def estimate(self, space: SearchSpace[Any], full: TrainingSettings, folder: Path) -> Estimate:
        """See `Estimator`."""
        from kerasnas.estimation.estimates import InheritanceEstimate

        return InheritanceEstimate(replace(full, estimator=str(self)), folder / "weights")


@dataclass(frozen=True)
class OneShot(Estimator):
    """Rates genomes by shared weights; see `kerasnas.estimation.one_shot`.

    Attributes:
        epochs: of the shared weights' training, in those of a full training of one genome.
    """

    epochs: float = 1.0

    def __post_init__(self) -> None:
        if not self.epochs > 0:
            raise SettingsError(f"one-shot: the epochs must be over 0 times those of a training, found {self.epochs:g}")

    def __str__(self) -> str:
        return "one-shot" if self.epochs == 1 else f"one-shot:{self.epochs:g}"

    def settings(self, full: TrainingSettings) -> TrainingSettings:
        """See `Estimator`."""
        return replace(full, estimator=str(self))

    def prepare(
        self, dataset: Dataset, space: SearchSpace[Any], full: TrainingSettings, folder: Path, note: Note
    ) -> None:
        """Train the shared weights."""
        from kerasnas.estimation.estimates import train_shared_weights

        longer = replace(full, epochs=max(1, round(full.epochs * self.epochs)))
        train_shared_weights(dataset, space, longer, folder / "one_shot.npz", note)

    def cpu_seconds_once(self, folder: Path) -> float:
        """See `Estimator`."""
        from kerasnas.estimation.estimates import shared_weights_seconds

        return shared_weights_seconds(folder / "one_shot.npz")

    def estimate(self, space: SearchSpace[Any], full: TrainingSettings, folder: Path) -> Estimate:
        """See `Estimator`."""
        from kerasnas.estimation.estimates import OneShotEstimate

        return OneShotEstimate(folder / "one_shot.npz", space)


@dataclass(frozen=True)
class ZeroCost(Estimator):
    """Scores genomes at initialisation; see `kerasnas.estimation.zero_cost`."""

    name: str

    def __str__(self) -> str:
        return self.name

    def settings(self, full: TrainingSettings) -> TrainingSettings:
        """See `Estimator`."""
        return replace(full, estimator=str(self))

    def estimate(self, space: SearchSpace[Any], full: TrainingSettings, folder: Path) -> Estimate:
        """See `Estimator`."""
        from kerasnas.estimation.estimates import ZeroCostEstimate

        return ZeroCostEstimate(self.name)


def read_estimator(text: str) -> Estimator:
    """Return the estimator that `text` writes, for example `fidelity:epochs=0.2,shrink=2` or `synflow`.

    Raises:
        SettingsError: there is no such estimator, or its settings make no sense.
    """
    name, _, settings = text.strip().partition(":")
    if name not in NAMES:
        raise SettingsError(f"unknown estimator {name!r}, expected one of {', '.join(NAMES)}" + suggestion(name, NAMES))
    if name == "auto" and not settings:
        return read_estimator(MEASURED_BEST)
    if name in (*ZERO_COST, "auto"):
        if settings:
            raise SettingsError(f"estimator {text!r}: {name} has no settings")
        return ZeroCost(name)
    if name in ("fidelity", "inheritance"):
        fidelity = Fidelity.read(settings or "epochs=0.1")
        return LowFidelity(fidelity) if name == "fidelity" else Inheritance(fidelity)
    kind = LearningCurve if name == "curve" else OneShot
    try:
        number = float(settings) if settings else None
    except ValueError:
        raise SettingsError(f"estimator {text!r}: {settings!r} is not a number; write {name}:NUMBER") from None
    return kind() if number is None else kind(number)
