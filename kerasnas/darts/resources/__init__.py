"""What derived networks cost, as a function of the alphas: to search by, and to derive within."""

from kerasnas.darts.resources.expected import RESOURCES, ExpectedCost, expected_cost
from kerasnas.darts.resources.limited import derive_within
from kerasnas.darts.resources.networks import DerivedNetworks
from kerasnas.darts.resources.penalties import ResourcePenalty, ResourcePreference, ResourceTarget

__all__ = [
    "RESOURCES",
    "DerivedNetworks",
    "ExpectedCost",
    "ResourcePenalty",
    "ResourcePreference",
    "ResourceTarget",
    "derive_within",
    "expected_cost",
]
