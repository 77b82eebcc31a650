"""Which hypernetwork a search has, and how it is trained."""

from __future__ import annotations

from dataclasses import dataclass, field

from kerasnas.darts.hypernetworks.perturbation import Perturbation
from kerasnas.darts.hypernetworks.registry import kind_of
from kerasnas.errors import SettingsError


@dataclass(frozen=True)
class HypernetworkChoice:
    """A kind of hypernetwork with its settings.

    Attributes:
        kind: "linear" (HyperDARTS-1), "mlp" (HyperDARTS-2) or "structured".
        perturbation: of the alphas that it is trained at.
        response_rate: learning rate of the response over that of the weights at the present alphas.

    Raises:
        SettingsError: the kind is unknown, or the rate is not over 0.
    """

    kind: str
    perturbation: Perturbation = field(default_factory=Perturbation)
    response_rate: float = 1.0

    def __post_init__(self) -> None:
        kind_of(self.kind)
        if not self.response_rate > 0:
            raise SettingsError(f"response rate must be over 0, found {self.response_rate}")
