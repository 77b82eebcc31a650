"""Which part of a larger kernel a smaller one is."""

from __future__ import annotations


def centre(large: int, small: int) -> int:
    """Return the row, and column, of a `large` kernel at which the `small` one in its centre begins.

    A kernel of size k with padding same and stride 1 has (k - 1) // 2 taps before the pixel that it computes, and the
    others behind it. The centre is where that pixel stays: of odd sizes the middle; an even kernel has one tap more
    behind than before, so that 3 in 4 begins at 0, and 2 in 3 at 1.

    Args:
        large: the size of the larger kernel.
        small: the size of the smaller one.
    """
    return (large - 1) // 2 - (small - 1) // 2
