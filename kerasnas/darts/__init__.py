"""Differentiable architecture search (Liu, Simonyan, Yang, "DARTS", ICLR 2019) as a Keras model."""

from kerasnas.darts.derive import derive
from kerasnas.darts.factory import darts_supernet, nasbench201_supernet
from kerasnas.darts.optimizers import CoupledAdam, EpochCosine, MomentumSGD
from kerasnas.darts.supernet import Supernet
from kerasnas.genome.genotype import Genotype

__all__ = [
    "CoupledAdam",
    "EpochCosine",
    "Genotype",
    "MomentumSGD",
    "Supernet",
    "darts_supernet",
    "derive",
    "nasbench201_supernet",
]
