"""Cells that compute the same are encoded alike, others are not."""

import numpy as np
import pytest

from kerasnas.genome.cells import CellText
from kerasnas.search.cell_encoding import cell_features


def features(text: str) -> np.ndarray:
    return cell_features(CellText().read(text))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # What a dead edge carries does not matter, nor does what comes of no input.
        (
            "|none~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|skip_connect~2|",
            "|none~0|+|nor_conv_3x3~0|skip_connect~1|+|none~0|nor_conv_3x3~1|skip_connect~2|",
        ),
        (
            "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|",
            "|none~0|+|avg_pool_3x3~0|none~1|+|skip_connect~0|none~1|none~2|",
        ),
        # Two nodes may change places.
        (
            "|nor_conv_3x3~0|+|nor_conv_1x1~0|none~1|+|none~0|skip_connect~1|avg_pool_3x3~2|",
            "|nor_conv_1x1~0|+|nor_conv_3x3~0|none~1|+|none~0|avg_pool_3x3~1|skip_connect~2|",
        ),
    ],
)
def test_cells_that_compute_the_same_are_equal(first: str, second: str) -> None:
    assert (features(first) == features(second)).all()


def test_counts_and_depth() -> None:
    found = features("|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|skip_connect~0|none~1|nor_conv_3x3~2|")
    # At half weight: one skip, one 1x1, three 3x3, no pool; the deepest path has three convolutions.
    assert found[-5:].tolist() == [0.5, 0.5, 1.5, 0.0, 1.5]
    assert found[:-5].sum() == 3


def test_a_cell_that_carries_nothing_is_zero() -> None:
    assert not features("|none~0|+|nor_conv_3x3~0|none~1|+|none~0|skip_connect~1|none~2|").any()
