"""DARTS-: an auxiliary skip connection that fades away (Chu et al., "DARTS-", ICLR 2021, arXiv 2009.01027)."""

from __future__ import annotations

from typing import Any

from keras import ops

from kerasnas.darts.options.base import CellShape, Moment, SearchOption
from kerasnas.errors import SettingsError

Tensor = Any

SKIP = "skip_connect"


class AuxiliarySkip(SearchOption):
    """Every edge carries, besides its mixture, beta times its input; beta falls linearly to 0 over the search.

    The skip that helps the supernet to train so is no longer the one that competes with the operations. The
    two are one term, with the weight alpha's plus beta. At stride 2 the paper gives the auxiliary skip a factorized
    reduction of its own; here it shares the candidate's.

    Args:
        start: beta in the first epoch; the paper's is 1.
    """

    stage = 2

    def __init__(self, start: float = 1.0) -> None:
        if start < 0:
            raise SettingsError(f"AuxiliarySkip: start must be at least 0, found {start}.")
        self.start = start

    def check(self, shape: CellShape) -> None:
        """See `SearchOption`."""
        if SKIP not in shape.primitives:
            raise SettingsError(f"AuxiliarySkip: the space has no {SKIP}; found {', '.join(shape.primitives)}.")

    def mix(self, mixture: Tensor, parameter: Tensor, shape: CellShape, moment: Moment) -> Tensor:
        """See `SearchOption`."""
        columns = int(mixture.shape[-1])
        unit = [1.0 if i == shape.primitives.index(SKIP) else 0.0 for i in range(columns)]
        beta = self.start * ops.cast(1 - moment.progress, mixture.dtype)
        return mixture + beta * ops.convert_to_tensor(unit, dtype=mixture.dtype)
