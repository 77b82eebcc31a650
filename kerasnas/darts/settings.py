"""What a user may set of a search, as it is written into the search's folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from kerasnas.darts.hypernetworks import HypernetworkChoice, Perturbation
from kerasnas.darts.preferences import Preferences
from kerasnas.data import Selection
from kerasnas.errors import ResultsError, SettingsError
from kerasnas.genome.arguments import suggestion

SPACES = ("darts", "nasbench201")
STOPS = ("skips", "eigenvalue")


@dataclass(frozen=True)
class SearchSettings:
    """The settings of a search; the defaults are the paper's (Liu et al. 2019).

    Attributes:
        space: `darts` or `nasbench201`.
        dataset: the name of the data set.
        epochs: passes through the weights' half of the images.
        batch_size: images a batch, of either half.
        channels: of the first cells.
        cells: cells of the network in DARTS' space, cells a stage in NAS-Bench-201's.
        nodes: nodes of DARTS' cells, 2 to 5; NAS-Bench-201's have 3 besides the input.
        order: 1, or 2 for the one-step unrolled gradient.
        weights_learning_rate: at the start of the cosine decay to 0.001.
        alphas_learning_rate: of the alphas' Adam.
        alphas_weight_decay: coupled.
        images: training images used, None for all.
        shrink: height and width of the images are divided by it.
        augment: whether batches are cropped and flipped.
        options: names for `kerasnas.darts.options.read_option`.
        stop: `skips=N` or `eigenvalue=RATIO`, the value may be left out; None for no early stop.
        max_skips: cap on the skips of the derived (normal) cell, None for none.
        checkpointing: recompute activations to save memory.
        seed: decides all that is drawn at random.
        selection: what is used of the data set, where it is one of image files.
        hypernetwork: `linear`, `mlp` or `structured`; None for weights that are trained themselves.
        perturbation: standard deviation of the alphas that the hypernetwork is trained at.
        tune_perturbation: whether it moves with the alphas.
        response_rate: learning rate of the hypernetwork's response over that of the weights at the present alphas.
        penalties: `RESOURCE=WEIGHT`, added to the alphas' loss.
        targets: `RESOURCE=AMOUNT`, what the expected cost should not be over.
        preference: `RESOURCE=LEAST:MOST`, the range of weights to search for all at once; None for one architecture.

    Raises:
        SettingsError: a value is out of range.
    """

    space: str
    dataset: str
    epochs: int = 50
    batch_size: int = 64
    channels: int = 16
    cells: int = 8
    nodes: int = 4
    order: int = 1
    weights_learning_rate: float = 0.025
    alphas_learning_rate: float = 3e-4
    alphas_weight_decay: float = 1e-3
    images: int | None = None
    shrink: int = 1
    augment: bool = False
    options: tuple[str, ...] = ()
    stop: str | None = None
    max_skips: int | None = None
    checkpointing: bool = False
    seed: int = 0
    selection: Selection = field(default_factory=Selection)
    hypernetwork: str | None = None
    perturbation: float = Perturbation.scale
    tune_perturbation: bool = False
    response_rate: float = 1.0
    penalties: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    preference: str | None = None

    def __post_init__(self) -> None:
        if self.space not in SPACES:
            raise SettingsError(
                f"unknown space {self.space!r}, expected one of {', '.join(SPACES)}" + suggestion(self.space, SPACES)
            )
        for name, least in (("epochs", 1), ("batch_size", 1), ("shrink", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise SettingsError(f"{name.replace('_', ' ')} must be at least {least}, found {getattr(self, name)}")
        for name in ("weights_learning_rate", "alphas_learning_rate"):
            if not getattr(self, name) > 0:
                raise SettingsError(f"{name.replace('_', ' ')} must be over 0, found {getattr(self, name)}")
        if self.stop is not None:
            self.read_stop()
        self.choice()
        self.read_preference()
        if self.hypernetwork is not None and self.order != 1:
            raise SettingsError("a hypernetwork takes the place of the unrolled step; leave out order 2, or it")
        if self.preference is not None and self.stop is not None:
            raise SettingsError("an early stop looks at one architecture; leave it out of a search with a preference")

    def read_stop(self) -> tuple[str, float | None]:
        """Return the name and the value of `stop`."""
        name, separator, value = (self.stop or "").partition("=")
        if name not in STOPS:
            raise SettingsError(f"stop {self.stop!r}: expected one of {', '.join(STOPS)}, or NAME=NUMBER")
        try:
            return name, float(value) if separator else None
        except ValueError:
            raise SettingsError(f"stop {self.stop!r}: {value!r} is not a number") from None

    def choice(self) -> HypernetworkChoice | None:
        """Return the hypernetwork, None where there is none."""
        if self.hypernetwork is None:
            return None
        perturbation = Perturbation(self.perturbation, self.tune_perturbation, seed=self.seed)
        return HypernetworkChoice(self.hypernetwork, perturbation, self.response_rate)

    def read_preference(self) -> tuple[str, Preferences] | None:
        """Return the resource and the range of `preference`, None where there is none."""
        if self.preference is None:
            return None
        resource, _, text = self.preference.partition("=")
        least, _, most = text.partition(":")
        try:
            return resource, Preferences(float(least), float(most), seed=self.seed)
        except ValueError as error:
            reason = str(error) if isinstance(error, SettingsError) else "two numbers were expected"
            raise SettingsError(
                f"preference {self.preference!r}: {reason}; write RESOURCE=LEAST:MOST, such as parameters=0.1:10"
            ) from None

    def write(self, path: Path) -> None:
        """Write the settings as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> SearchSettings:
        """Return the settings that `write` wrote; raises `ResultsError` where the file holds none."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            for name in ("options", "penalties", "targets"):
                values[name] = tuple(values.get(name, ()))
            selection = values.get("selection", {})
            values["selection"] = Selection(**{**selection, "where": tuple(selection.get("where", ()))})
            return cls(**values)
        except FileNotFoundError:
            raise ResultsError(f"{path}: no such file; name the folder of a search") from None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ResultsError(f"{path}: holds no settings of a search ({error})") from None

    def differences(self, other: SearchSettings) -> list[str]:
        """Return the names of the fields in which the two differ."""
        return [f.name for f in fields(self) if getattr(self, f.name) != getattr(other, f.name)]
