"""The supernet's size against the counts of the reference code."""

import json
import math
from pathlib import Path

import pytest

from kerasnas.darts import darts_supernet, nasbench201_supernet
from kerasnas.errors import SettingsError

COUNTS = json.loads((Path(__file__).parent / "golden" / "parameter_counts.json").read_text())
PAPER = "C16_L8_n4"  # the network of the paper's search


def size(variables):
    return sum(math.prod(v.shape) for v in variables)


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n == PAPER else pytest.mark.slow) for n in COUNTS])
def test_darts_counts(name):
    expected = COUNTS[name]
    channels, layers, nodes = (int(part[1:]) for part in name.split("_"))
    supernet = darts_supernet(channels=channels, layers=layers, nodes=nodes, seed=0)
    network = supernet.network
    parts = {f"cells.{i}": size(cell.trainable_variables) for i, cell in enumerate(network.cells)}
    parts |= {
        "stem": size(network.stem.trainable_variables),
        "classifier": size(network.classifier.trainable_variables),
    }
    assert supernet.count_network_parameters() == expected["weights"]
    assert parts == expected["parts"]
    assert size(supernet.alphas) == expected["alphas"]


@pytest.mark.parametrize(("nodes", "edges"), [(2, 5), (3, 9), (4, 14), (5, 20)])
def test_alphas_of_every_node_count(nodes, edges):
    supernet = darts_supernet(channels=2, layers=3, nodes=nodes)
    assert [tuple(alpha.shape) for alpha in supernet.alphas] == [(edges, 8), (edges, 8)]


def test_nasbench201_counts():
    supernet = nasbench201_supernet(channels=16, cells_per_stage=5)
    # Per edge a 1x1 and a 3x3 convolution, six edges, five cells a stage; two residual blocks; stem; ends.
    cells = sum(5 * 6 * (1 + 9) * width**2 for width in (16, 32, 64))
    blocks = sum(9 * c * 2 * c + 9 * 4 * c * c + 2 * c * c + 2 * 2 * 2 * c for c in (16, 32))
    ends = 27 * 16 + 2 * 16 + 2 * 64 + 64 * 10 + 10
    assert supernet.count_network_parameters() == cells + blocks + ends
    assert [tuple(alpha.shape) for alpha in supernet.alphas] == [(6, 5)]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"layers": 2}, "layers"),
        ({"nodes": 6}, "nodes"),
        ({"channels": 3}, "channels"),
        ({"input_shape": (30, 32, 3)}, "input_shape"),
        ({"primitives": ["skip_connect", "conv"]}, "conv"),
        ({"primitives": ["none", "none"]}, "more than once"),
        ({"primitives": []}, "empty"),
    ],
)
def test_impossible_networks_are_refused(arguments, word):
    with pytest.raises(SettingsError, match=word):
        darts_supernet(**arguments)
