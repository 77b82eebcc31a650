"""How costly a network may be for it to be proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kerasnas.errors import SettingsError
from kerasnas.genome import Genome
from kerasnas.model.cost import Cost, cost


@dataclass(frozen=True)
class Limits:
    """The most that a network may cost on the images of a data set; None does not limit.

    A limit is a predicate: `limits(genome)` tells whether `genome` keeps within it.

    Attributes:
        input_shape: the shape of one image, `(height, width, channels)`.
        classes: the number of classes.
        max_parameters: weights, batch norm's moving statistics among them.
        max_macs: multiply-adds for one image.
        max_activation_bytes: peak activation memory for one image in float32, in bytes.
        max_model_bytes: the weights in float32, in bytes: four times the parameters.

    Raises:
        SettingsError: a limit is not positive.
    """

    input_shape: tuple[int, int, int]
    classes: int
    max_parameters: int | None = None
    max_macs: int | None = None
    max_activation_bytes: int | None = None
    max_model_bytes: int | None = None

    def __post_init__(self) -> None:
        for name in ("max_parameters", "max_macs", "max_activation_bytes", "max_model_bytes"):
            limit = getattr(self, name)
            if limit is not None and limit < 1:
                raise SettingsError(f"{name} must be a positive whole number, found {limit}")

    def __call__(self, genome: Genome) -> bool:
        """Tell whether `genome` keeps within the limits."""
        return not self.exceeded(cost(genome, self.input_shape, self.classes))

    def exceeded(self, found: Cost) -> Sequence[str]:
        """Return a phrase for each limit that `found` exceeds, for example `16598 parameters, at most 4000`."""
        limits = (
            (found.parameters, self.max_parameters, "parameters"),
            (found.macs, self.max_macs, "multiply-adds"),
            (found.peak_activation_bytes, self.max_activation_bytes, "bytes of activations"),
            (found.model_bytes, self.max_model_bytes, "bytes of weights"),
        )
        return [
            f"{value:,} {what}, at most {limit:,}"
            for value, limit, what in limits
            if limit is not None and value > limit
        ]
