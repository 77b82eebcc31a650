"""What makes DARTS hold in practice: each option is one object, and a supernet takes any number of them."""

from kerasnas.darts.options.auxiliary_skip import AuxiliarySkip
from kerasnas.darts.options.base import CellShape, Moment, SearchOption
from kerasnas.darts.options.beta_decay import BetaDecay
from kerasnas.darts.options.edge_normalisation import EdgeNormalisation
from kerasnas.darts.options.gumbel import GumbelSampling
from kerasnas.darts.options.partial_channels import PartialChannels
from kerasnas.darts.options.registry import read_option
from kerasnas.darts.options.warm_up import WarmUp

__all__ = [
    "AuxiliarySkip",
    "BetaDecay",
    "CellShape",
    "EdgeNormalisation",
    "GumbelSampling",
    "Moment",
    "PartialChannels",
    "SearchOption",
    "WarmUp",
    "read_option",
]
