"""How much of a full training an accuracy rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from kerasnas.data.shrink import shrunk
from kerasnas.errors import SettingsError
from kerasnas.genome.arguments import suggestion
from kerasnas.genome.scaling import fitted, scaled
from kerasnas.training.settings import TrainingSettings

if TYPE_CHECKING:
    from kerasnas.data import Dataset
    from kerasnas.genome import Genome


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Shares of a full training; 1 is all of it.

    Written as `epochs=0.2,data=0.5,shrink=2,channels=0.5,cells=0.5`, what is 1 left out.

    Attributes:
        epochs: share of the epochs, rounded, at least 1.
        data: share of the images that are trained on.
        shrink: what height and width of the images are divided by, a whole number; means over squares of pixels.
        channels: share of the filters of every layer.
        cells: share of the cells of every stack.

    Raises:
        SettingsError: a share is not over 0 and at most 1, or `shrink` is no whole number from 1.
    """

    epochs: float = 1.0
    data: float = 1.0
    shrink: int = 1
    channels: float = 1.0
    cells: float = 1.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "shrink":
                if value < 1:
                    raise SettingsError(f"fidelity: shrink must be a whole number from 1, found {value}")
            elif not 0 < value <= 1:
                raise SettingsError(f"fidelity: {field.name} must be a share over 0 and at most 1, found {value:g}")

    @classmethod
    def read(cls, text: str) -> Fidelity:
        """Return the fidelity that `text` writes, the full one where it is empty; raises `SettingsError`."""
        names = tuple(field.name for field in fields(cls))
        values: dict[str, float] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, _, value = (word.strip() for word in part.partition("="))
            if name not in names:
                raise SettingsError(
                    f"fidelity {text!r}: unknown part {name!r}, expected some of {', '.join(names)}, such as "
                    f"epochs=0.2,data=0.5{suggestion(name, names)}"
                )
            try:
                values[name] = int(value) if name == "shrink" else float(value)
            except ValueError:
                raise SettingsError(f"fidelity {text!r}: {value!r} is not a number; write {name}=NUMBER") from None
        return cls(**values)  # type: ignore[arg-type]

    def __str__(self) -> str:
        return ",".join(f"{f.name}={getattr(self, f.name):g}" for f in fields(self) if getattr(self, f.name) != 1)

    @property
    def size(self) -> Fidelity:
        """What of it changes the images and the network, not how long it is trained."""
        return replace(self, epochs=1.0, data=1.0)

    def of(self, settings: TrainingSettings) -> TrainingSettings:
        """Return full settings at this fidelity; raises `SettingsError` where they have one already."""
        if settings.fidelity:
            raise SettingsError(f"these settings are of fidelity {settings.fidelity} already; give one fidelity")
        return replace(
            settings,
            epochs=max(1, round(settings.epochs * self.epochs)),
            train_fraction=settings.train_fraction * self.data,
            fidelity=str(self.size),
        )

    def genome(self, genome: Genome, image_shape: Sequence[int]) -> Genome:
        """Return the network that is trained in the place of `genome`, on images of `image_shape` at this fidelity.

        Where images are shrunk, kernels larger than a map are cut to it, so that whatever can be trained can be at
        this fidelity too.
        """
        smaller = scaled(genome, channels=self.channels, cells=self.cells)
        return smaller if self.shrink == 1 else fitted(smaller, image_shape)

    def dataset(self, dataset: Dataset) -> Dataset:
        """Return `dataset` with its images shrunk; raises `DataError` where nothing would be left of them."""
        return dataset if self.shrink == 1 else _shrunk(dataset, self.shrink)


@lru_cache(maxsize=1)
def _shrunk(dataset: Dataset, factor: int) -> Dataset:
    """Shrink it once, and not again for every genome: that would take longer than to train one."""
    train, test = (shrunk(images, factor) for images in (dataset.train_images, dataset.test_images))
    return replace(dataset, train_images=train, test_images=test)
