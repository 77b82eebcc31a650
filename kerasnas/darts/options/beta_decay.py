"""Beta-decay regularisation (Ye et al., "beta-DARTS", CVPR 2022, arXiv 2203.01665)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras import ops

from kerasnas.darts.options.base import Moment, SearchOption
from kerasnas.errors import SettingsError

Tensor = Any


class BetaDecay(SearchOption):
    """Adds to the alphas' loss the mean over the edges of log sum exp alpha, times a weight that grows linearly.

    Its gradient with respect to alpha is the softmax weight, so it holds back the operations that lead. The
    paper uses no other weight decay on the alphas with it.

    Args:
        weight: at the end of the search; at its start it is 0. The paper's is 50 on NAS-Bench-201's space and
            on DARTS'.
    """

    def __init__(self, weight: float = 50.0) -> None:
        if weight < 0:
            raise SettingsError(f"BetaDecay: weight must be at least 0, found {weight}.")
        self.weight = weight

    def penalty(self, alphas: Sequence[Tensor], moment: Moment) -> Tensor:
        """See `SearchOption`."""
        rows = ops.concatenate([ops.logsumexp(alpha, axis=-1) for alpha in alphas])
        total = ops.sum(rows) / rows.shape[0]
        return self.weight * ops.cast(moment.progress, total.dtype) * total
