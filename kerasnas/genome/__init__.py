"""Genomes: the language, what a genome means, and the spaces that are searched. Standard library only."""

from kerasnas.genome.chain import ChainSpace
from kerasnas.genome.expansion import expand, validate
from kerasnas.genome.genes import Convolution, FinalLayers, Gene, Genome, ReductionConvolution
from kerasnas.genome.language import format_genome, parse
from kerasnas.genome.network import Network, Node
from kerasnas.genome.space import SearchSpace

__all__ = [
    "ChainSpace",
    "Convolution",
    "FinalLayers",
    "Gene",
    "Genome",
    "Network",
    "Node",
    "ReductionConvolution",
    "SearchSpace",
    "expand",
    "format_genome",
    "parse",
    "validate",
]
