"""Genomes: the language, what a genome means, and the spaces that are searched. Standard library only."""

from kerasnas.genome.branches import BranchesSpace
from kerasnas.genome.cell_space import CellsSpace
from kerasnas.genome.cells import Cell, Edge
from kerasnas.genome.chain import ChainSpace
from kerasnas.genome.expansion import expand, validate
from kerasnas.genome.genes import Convolution, FinalLayers, Gene, Genome, ReductionConvolution
from kerasnas.genome.genotype import Genotype, darts_genome, format_genotype, genotype_of
from kerasnas.genome.genotype_text import read_genotype
from kerasnas.genome.hierarchical import HierarchicalSpace
from kerasnas.genome.language import format_genome, parse
from kerasnas.genome.nasbench201 import NasBench201Space, cell_of, nasbench201_genome, read_nasbench201
from kerasnas.genome.network import Network, Node
from kerasnas.genome.sequences import SequenceSpace
from kerasnas.genome.space import SearchSpace
from kerasnas.genome.table import TableSpace
from kerasnas.genome.variable_chain import VariableChainSpace

__all__ = [
    "BranchesSpace",
    "Cell",
    "CellsSpace",
    "ChainSpace",
    "Convolution",
    "Edge",
    "FinalLayers",
    "Gene",
    "Genome",
    "Genotype",
    "HierarchicalSpace",
    "NasBench201Space",
    "Network",
    "Node",
    "ReductionConvolution",
    "SearchSpace",
    "SequenceSpace",
    "TableSpace",
    "VariableChainSpace",
    "cell_of",
    "darts_genome",
    "expand",
    "format_genome",
    "format_genotype",
    "genotype_of",
    "nasbench201_genome",
    "parse",
    "read_genotype",
    "read_nasbench201",
    "validate",
]
