"""Weights first: the alphas rest in the first epochs (Xu et al., "PC-DARTS", ICLR 2020, section 4.2)."""

from __future__ import annotations

from typing import Any

from kerasnas.darts.options.base import Moment, SearchOption
from kerasnas.errors import SettingsError

Tensor = Any


class WarmUp(SearchOption):
    """The alphas do not move in the first part of the search.

    Args:
        share: of the epochs; PC-DARTS' is 15 of 50. With 1 the alphas never move, which suits perturbation-based
            selection (Wang et al., "DARTS-PT", ICLR 2021, section 6).
    """

    def __init__(self, share: float = 0.3) -> None:
        if not 0 <= share <= 1:
            raise SettingsError(f"WarmUp: share must be from 0 to 1, found {share}.")
        self.share = share

    def moves_alphas(self, moment: Moment) -> Tensor | None:
        """See `SearchOption`."""
        return moment.progress >= self.share - 1e-6
