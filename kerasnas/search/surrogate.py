"""A regressor that knows how unsure it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular
from sklearn.metrics.pairwise import euclidean_distances

from kerasnas.search.encoding import Matrix

Vector = NDArray[np.float64]

LENGTH_SCALES = (1.5, 3.0)
NOISES = (0.001, 0.03)
"""Of unit variance."""

_NEGLIGIBLE = 0.02


class _Member(NamedTuple):
    """One Gaussian process, fitted.

    Attributes:
        noise: variance of the noise.
        factor: lower Cholesky factor of the covariance of the targets, `(genomes, genomes)`.
        dual: that covariance's inverse times the targets, `(genomes,)`.
        evidence: logarithm of the marginal likelihood, less a constant.
    """

    noise: float
    factor: Matrix
    dual: Vector
    evidence: float


class GaussianEnsemble:
    """Gaussian processes, one for each length scale and noise, averaged by how well each explains the data.

    Members of one length scale share their kernel, which is most of the work; regressors of scikit-learn would compute
    one each.

    Args:
        features: of the genomes evaluated, `(genomes, features)`.
        targets: their figures, `(genomes,)`, about zero mean and unit variance.

    Source: an ensemble as performance predictor, White, Neiswanger and Savani, "BANANAS", AAAI 2021, arXiv
    1910.11858; Gaussian processes as its members, Ru et al., "Interpretable NAS via Bayesian Optimisation with
    Weisfeiler-Lehman Kernels", ICLR 2021, arXiv 2006.07556; their formulae, Rasmussen and Williams, "Gaussian
    Processes for Machine Learning", algorithm 2.1, and weights by marginal likelihood, chapter 5.
    """

    def __init__(self, features: Matrix, targets: Vector) -> None:
        self._features = features
        fitted = {
            scale: [_fitted(kernel, noise, targets) for noise in NOISES]
            for scale, kernel in self._kernels(features, LENGTH_SCALES)
        }
        best = max(member.evidence for members in fitted.values() for member in members)
        total = sum(np.exp(member.evidence - best) for members in fitted.values() for member in members)
        self._members: dict[float, list[tuple[float, _Member]]] = {}
        for scale, members in fitted.items():
            weighed = [(float(np.exp(member.evidence - best) / total), member) for member in members]
            kept = [pair for pair in weighed if pair[0] > _NEGLIGIBLE]
            if kept:
                self._members[scale] = kept

    def mean(self, features: Matrix) -> Vector:
        """Return the mean at `features`, `(genomes,)`; much cheaper than the deviation."""
        mean = np.zeros(len(features))
        for scale, kernel in self._kernels(features, self._members):
            mean += kernel @ sum(weight * member.dual for weight, member in self._members[scale])
        return mean

    def predict(self, features: Matrix) -> tuple[Vector, Vector]:
        """Return the mean and the standard deviation at `features`, each `(genomes,)`."""
        mean = np.zeros(len(features))
        square = np.zeros(len(features))
        for scale, kernel in self._kernels(features, self._members):
            for weight, member in self._members[scale]:
                centre = kernel @ member.dual
                explained = solve_triangular(member.factor, kernel.T, lower=True)
                variance = np.maximum(1 + member.noise - np.sum(explained**2, axis=0), 0)
                mean += weight * centre
                square += weight * (centre**2 + variance)
        return mean, np.sqrt(np.maximum(square - mean**2, 1e-12))

    def _kernels(self, features: Matrix, scales: Iterable[float]) -> list[tuple[float, Matrix]]:
        """Return for each length scale the covariance of `features` with what was evaluated."""
        distances = euclidean_distances(features, self._features, squared=True)
        return [(scale, np.exp(distances / (-2 * scale**2))) for scale in scales]


def _fitted(kernel: Matrix, noise: float, targets: Vector) -> _Member:
    factor = cholesky(kernel + noise * np.eye(len(targets)), lower=True)
    dual = cho_solve((factor, True), targets)
    evidence = float(-0.5 * targets @ dual - np.sum(np.log(np.diag(factor))))
    return _Member(noise, factor, dual, evidence)
