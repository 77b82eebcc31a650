"""Hypernetworks in place of unrolling: the supernet's weights as a function of the architecture."""

from kerasnas.darts.hypernetworks.base import Hypernetwork
from kerasnas.darts.hypernetworks.choice import HypernetworkChoice
from kerasnas.darts.hypernetworks.linear import LinearHypernetwork
from kerasnas.darts.hypernetworks.mlp import PerceptronHypernetwork
from kerasnas.darts.hypernetworks.perturbation import Perturbation
from kerasnas.darts.hypernetworks.registry import KINDS, bytes_needed, check_memory, count_parameters, kind_of
from kerasnas.darts.hypernetworks.structured import StructuredHypernetwork

__all__ = [
    "KINDS",
    "Hypernetwork",
    "HypernetworkChoice",
    "LinearHypernetwork",
    "PerceptronHypernetwork",
    "Perturbation",
    "StructuredHypernetwork",
    "bytes_needed",
    "check_memory",
    "count_parameters",
    "kind_of",
]
