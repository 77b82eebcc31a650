"""The dominant eigenvalue of the Hessian of the validation loss in the alphas.

It rises before the derived cells turn bad (Zela et al., "Understanding and Robustifying Differentiable
Architecture Search", ICLR 2020, arXiv 1909.09656).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from kerasnas.darts.backend import load
from kerasnas.darts.options import Moment
from kerasnas.darts.outline import Wanted
from kerasnas.darts.supernet import SearchBatch, Supernet

Tensor = Any

ITERATIONS = 12


class DominantEigenvalue:
    """Computes the eigenvalue of largest magnitude by power iteration with exact Hessian-vector products.

    Args:
        supernet: compiled.
        iterations: of the power method, each one product.
    """

    def __init__(self, supernet: Supernet, iterations: int = ITERATIONS) -> None:
        self._supernet, self._iterations = supernet, iterations
        self._product = load("kernels").traced_once(self._hessian_vector)

    def __call__(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return the eigenvalue on a batch.

        Args:
            x: images, [batch, height, width, channels].
            y: labels, [batch].
        """
        supernet = self._supernet
        weights, alphas, statistics, progress = (
            [ops.convert_to_tensor(v.value) for v in group]
            for group in (
                supernet.network_weights,
                supernet.architecture_parameters,
                supernet.network.non_trainable_variables,
                [supernet.progress],
            )
        )
        images, labels = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
        generator = np.random.default_rng(0)
        direction = [generator.normal(size=tuple(a.shape)) for a in alphas]
        value = 0.0
        for _ in range(self._iterations):
            length = np.sqrt(sum(float((d * d).sum()) for d in direction))
            if length == 0:  # the loss is linear in the alphas
                return 0.0
            direction = [d / length for d in direction]
            vector = [ops.convert_to_tensor(d, dtype=a.dtype) for d, a in zip(direction, alphas, strict=True)]
            product = self._product(weights, alphas, statistics, progress[0], images, labels, vector)
            after = [np.asarray(ops.convert_to_numpy(p), dtype="float64") for p in product]
            value = sum(float((d * p).sum()) for d, p in zip(direction, after, strict=True))
            direction = after
        return value

    def _hessian_vector(
        self, weights: Any, alphas: Any, statistics: Any, progress: Tensor, x: Tensor, y: Tensor, vector: Any
    ) -> Any:
        # A sampled mixture is drawn as in step 0, whatever the step, so that epochs can be compared.
        batch = SearchBatch(x, y, statistics, Moment(progress, 0))

        def loss(inner: list[Tensor], outer: list[Tensor]) -> Tensor:
            moved = [a + b for a, b in zip(inner, outer, strict=True)]
            return self._supernet.search_loss(weights, moved, batch, Wanted.ALPHAS)[0]

        zeros = [ops.zeros_like(a) for a in alphas]
        return load("autodiff").mixed_hessian_vector(loss, list(alphas), zeros, list(vector))
