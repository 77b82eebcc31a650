"""What is measured of a network besides how well it classifies."""

from __future__ import annotations

from dataclasses import dataclass

from kerasnas.evaluation.evaluator import EXCLUDED
from kerasnas.results import Result


@dataclass(frozen=True, slots=True)
class Measures:
    """What is measured besides accuracy; picklable.

    Attributes:
        latency: whether the time for one image is measured, before training.
        max_latency_ms: networks that take longer for one image are not trained; None does not limit.
        int8: whether networks that were trained in full are quantised to bytes, and measured once more so.
    """

    latency: bool = False
    max_latency_ms: float | None = None
    int8: bool = False

    def check(self) -> None:
        """Raise where something cannot be measured here, before anything is trained.

        Raises:
            SettingsError: a package is missing that int8 needs.
            BackendError: the backend cannot be quantised from.
        """
        if self.int8:
            from kerasnas.export.quantized import check

            check()

    def holds(self, row: Result) -> bool:
        """Tell whether an earlier row need not be measured again.

        Rows that another limit excluded need it, so do those of networks that were trained and are over the limit
        now, and those that lack what is measured now, unless they say why.
        """
        if not row.ok and row.status != EXCLUDED:
            return True
        in_full = row.protocol is None or row.protocol.in_full
        if self.int8 and row.ok and in_full and row.int8_bytes is None and not row.reason:
            return False
        if self.max_latency_ms is None:
            return row.ok
        return row.latency_ms is not None and (row.latency_ms <= self.max_latency_ms) == row.ok


ACCURACY_ALONE = Measures()
