"""Genomes as vectors, where not every position counts in every genome."""

from math import log
from random import Random

import numpy as np
import pytest
from scipy.stats import kendalltau

from kerasnas.genome import BranchesSpace, HierarchicalSpace, VariableChainSpace, parse
from kerasnas.model.cost import cost
from kerasnas.search.encoding import Encoder
from kerasnas.search.surrogate import GaussianEnsemble

IMAGES = (28, 28, 1)
SPACES = [VariableChainSpace(IMAGES, 10), BranchesSpace(IMAGES, 10), HierarchicalSpace(IMAGES, 10)]


def test_what_does_not_count_is_zero():
    space = VariableChainSpace((8, 8, 1), 2, (1, 2), ("NC", "DO"), (2, 4), kernels=(1, 3), activations=("relu", "tanh"))
    encode = Encoder(space)
    # The number of layers 2; a layer: operation 2, filters 2, kernel 2, activation 2, percentage 3 with its logarithm.
    short, dropout = encode([parse("NC 4 1 tanh;FL relu"), parse("DO 25;DO 10;FL relu")])
    assert short.shape == (2 + 2 * (2 + 2 + 2 + 2 + 4) + 2,)
    assert short[:10].tolist() == [0.5, 0, 0.5, 0, 0, 0.5, 0.5, 0, 0, 0.5]
    assert not short[10:26].any()
    assert dropout[:4].tolist() == [0, 0.5, 0, 0.5]
    assert not dropout[4:10].any()


@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
def test_genomes_that_differ_are_encoded_differently(space):
    rng = Random(0)
    genome = space.sample(rng)
    genomes = [genome, *space.neighbours(genome)]
    assert len(np.unique(Encoder(space)(genomes), axis=0)) == len(genomes)


@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
def test_a_predictor_learns_from_it(space):
    rng = Random(0)
    genomes = list({space.sample(rng): None for _ in range(200)})
    figures = np.array([log(cost(genome, IMAGES, 10).macs) for genome in genomes])
    targets = (figures - figures.mean()) / figures.std()
    features = Encoder(space)(genomes)
    predictor = GaussianEnsemble(features[:80], targets[:80])
    assert kendalltau(predictor.mean(features[80:]), targets[80:]).statistic > 0.45
