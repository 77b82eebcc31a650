"""Differentiable architecture search (Liu, Simonyan, Yang, "DARTS", ICLR 2019) as a Keras model."""

from kerasnas.darts.derive import derive, derive_cell
from kerasnas.darts.early_stopping import StopOnEigenvalue, StopOnSkips
from kerasnas.darts.factory import darts_supernet, nasbench201_supernet
from kerasnas.darts.optimizers import CoupledAdam, EpochCosine, MomentumSGD
from kerasnas.darts.perturbation import PerturbationSelection
from kerasnas.darts.supernet import Supernet
from kerasnas.genome.genotype import Genotype

__all__ = [
    "CoupledAdam",
    "EpochCosine",
    "Genotype",
    "MomentumSGD",
    "PerturbationSelection",
    "StopOnEigenvalue",
    "StopOnSkips",
    "Supernet",
    "darts_supernet",
    "derive",
    "derive_cell",
    "nasbench201_supernet",
]
