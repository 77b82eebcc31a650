"""Sampling one operation an edge by the Gumbel-max trick (Dong and Yang, "GDAS", CVPR 2019, arXiv 1910.04465)."""

from __future__ import annotations

from typing import Any

from keras import ops

from kerasnas.darts.backend import load
from kerasnas.darts.options.base import CellShape, Moment, SearchOption
from kerasnas.errors import SettingsError

Tensor = Any


class GumbelSampling(SearchOption):
    """Each step draws one operation an edge; the gradient is that of the softmax at a falling temperature.

    With g from a Gumbel distribution, the operation drawn is the argmax of log softmax(alpha) + g, and the
    gradient takes softmax((log softmax(alpha) + g) / temperature) in its place (equations 5 and 6 of the paper). The
    paper drops the gradient's terms of the operations not drawn; here they are computed, and kept. Outside the
    search each edge has its strongest operation.

    Args:
        first: the temperature at the start of the search; the paper's is 10.
        last: at its end, which it nears linearly; the paper's is 0.1.
        seed: of the draws; a step's draw depends on the seed and on the number of the step alone.
    """

    def __init__(self, first: float = 10.0, last: float = 0.1, seed: int = 0) -> None:
        if not (first > 0 and last > 0):
            raise SettingsError(f"GumbelSampling: temperatures must be over 0, found {first} and {last}.")
        self.first, self.last, self.seed = first, last, seed

    def mix(self, mixture: Tensor, parameter: Tensor, shape: CellShape, moment: Moment) -> Tensor:
        """See `SearchOption`."""
        count = int(mixture.shape[-1])
        if not moment.searching:
            return ops.one_hot(ops.argmax(mixture, axis=-1), count, dtype=mixture.dtype)
        seed = 2 * self.seed + int(moment.validation)
        uniform = load("kernels").uniform(seed, moment.step, tuple(mixture.shape), mixture.dtype)
        logits = ops.log(mixture) - ops.log(-ops.log(uniform))
        temperature = ops.cast(self.first + (self.last - self.first) * moment.progress, mixture.dtype)
        soft = ops.softmax(logits / temperature, axis=-1)
        hard = ops.one_hot(ops.argmax(logits, axis=-1), count, dtype=mixture.dtype)
        return ops.stop_gradient(hard - soft) + soft
