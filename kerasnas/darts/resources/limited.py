"""Deriving within hard limits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kerasnas.darts.resources.expected import expected_cost
from kerasnas.darts.resources.networks import DerivedNetworks, Strengths
from kerasnas.errors import SearchError
from kerasnas.genome import Genome
from kerasnas.genome.cells import Cell
from kerasnas.genome.genotype import Genotype

PRICES = np.concatenate([[0.0], np.geomspace(1e-3, 1e3, 241)])
"""What the whole range of a resource costs in log strength, tried from the lowest on."""


def derive_within(
    networks: DerivedNetworks,
    strengths: Strengths,
    admits: Callable[[Genome], bool],
    resource: str = "parameters",
    max_skips: int | None = None,
) -> Genotype | Cell:
    """Return the cell that is derived once operations pay for what they cost, at the lowest price that is enough.

    A Lagrangian relaxation of "the strongest cell within the limits": strengths are divided by exp(price * cost). The
    limits themselves are exact, on the genome.

    Args:
        networks: the networks that a search can come to.
        strengths: what deriving ranks by, each [edges, operations].
        admits: tells what is within the limits.
        resource: what operations pay for.
        max_skips: cap on the skips.

    Raises:
        SearchError: no price is enough.
    """
    cell = networks.cell(strengths, max_skips)
    if admits(networks.genome(cell)):
        return cell
    cost = expected_cost(networks, resource)
    least, most = cost.range
    shares = {name: found / max(most - least, 1) for name, found in cost.edge_costs().items()}
    for price in PRICES[1:]:
        paid = {name: _pay(values, price * shares[name]) for name, values in strengths.items()}
        cell = networks.cell(paid, max_skips)
        if admits(networks.genome(cell)):
            return cell
    raise SearchError(
        f"no network of the search is within the limits; the cheapest has {least:,} {resource} with "
        f"{networks.channels} channels and {networks.cells} cells; raise the limits, or give fewer channels"
    )


def _pay(strengths: np.ndarray, price: np.ndarray) -> np.ndarray:
    """Strengths after the price, up to a common factor: what deriving does with them depends on their order alone."""
    logs = np.log(np.maximum(strengths, 1e-30)) - price
    return np.exp(np.maximum(logs - logs.max(), -700))
