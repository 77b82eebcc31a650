"""The options that limit what a network may cost, for every command that proposes or derives one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kerasnas.search.limits import Limits

Most = int | None


@dataclass(frozen=True, slots=True)
class LimitOptions:
    """The limits of `Limits` as options."""

    max_parameters: Annotated[Most, typer.Option(min=1, help="Leave out larger networks.", show_default=False)] = None
    max_macs: Annotated[
        Most, typer.Option(min=1, help="Leave out networks with more multiply-adds.", show_default=False)
    ] = None
    max_activation_bytes: Annotated[
        Most, typer.Option(min=1, help="Leave out those whose activations need more memory.", show_default=False)
    ] = None
    max_model_bytes: Annotated[
        Most, typer.Option(min=1, help="Leave out those whose weights, in float32, take more.", show_default=False)
    ] = None

    def limits(self, image_shape: tuple[int, int, int], classes: int) -> Limits:
        """Return the limits for images of `image_shape` `(height, width, channels)` of so many classes."""
        from kerasnas.search.limits import Limits

        return Limits(image_shape, classes, **asdict(self))
