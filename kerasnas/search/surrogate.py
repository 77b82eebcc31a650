"""A regressor that knows how unsure it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel

from kerasnas.search.encoding import Matrix

Vector = NDArray[np.float64]

LENGTH_SCALES = (1.0, 1.5, 2.0, 3.0, 5.0)
NOISES = (0.001, 0.03)


class GaussianEnsemble:
    """Gaussian processes, one for each length scale and noise, averaged by how well each explains the data.

    On one-hot features the kernel falls by the same factor with each position in which two genomes differ.

    Args:
        features: of the genomes evaluated, `(genomes, features)`.
        targets: their figures, `(genomes,)`, about zero mean and unit variance.

    Source: an ensemble as performance predictor, White, Neiswanger and Savani, "BANANAS", AAAI 2021, arXiv
    1910.11858; Gaussian processes as its members, Ru et al., "Interpretable NAS via Bayesian Optimisation with
    Weisfeiler-Lehman Kernels", ICLR 2021, arXiv 2006.07556; weights by marginal likelihood, Rasmussen and Williams,
    "Gaussian Processes for Machine Learning", chapter 5.
    """

    def __init__(self, features: Matrix, targets: Vector) -> None:
        self._members = [
            GaussianProcessRegressor(RBF(scale) + WhiteKernel(noise), optimizer=None).fit(features, targets)
            for scale in LENGTH_SCALES
            for noise in NOISES
        ]
        evidence = np.array([member.log_marginal_likelihood_value_ for member in self._members])
        weights = np.exp(evidence - evidence.max())
        self._weights: Vector = weights / weights.sum()

    def predict(self, features: Matrix) -> tuple[Vector, Vector]:
        """Return the mean and the standard deviation at `features`, each `(genomes,)`."""
        mean = np.zeros(len(features))
        square = np.zeros(len(features))
        for weight, member in zip(self._weights, self._members, strict=True):
            if weight > 0.01:
                centre, deviation = member.predict(features, return_std=True)
                mean += weight * centre
                square += weight * (centre**2 + deviation**2)
        return mean, np.sqrt(np.maximum(square - mean**2, 1e-12))


def expected_improvement(mean: Vector, deviation: Vector, best: float) -> Vector:
    """Return by how much a normal variable exceeds `best` on average.

    Source: Jones, Schonlau and Welch, "Efficient Global Optimization of Expensive Black-Box Functions", 1998.
    """
    distance = (mean - best) / deviation
    return deviation * (distance * norm.cdf(distance) + norm.pdf(distance))
