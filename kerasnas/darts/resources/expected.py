"""The expected cost of the network that a supernet stands for, differentiable in the alphas."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from keras import ops

from kerasnas.darts.cell import edge_row
from kerasnas.darts.derive import EDGES_PER_NODE, NONE
from kerasnas.darts.resources.networks import DerivedNetworks, Strengths
from kerasnas.errors import SettingsError

Tensor = Any
Tensors = list[Any]

RESOURCES = {"parameters": "parameters", "macs": "macs", "activation-bytes": "peak_activation_bytes"}
"""The resources by the names that commands use, and the attributes of `Cost` that measure them."""

_FREE = "max_pool_3x3"  # has neither parameters nor multiply-adds, at any stride


class ExpectedCost(ABC):
    """The mean cost of a network whose edges draw their operations, each by its softmax, of its own.

    Where the softmax is one-hot it is the exact cost of the network that is derived. In DARTS' space, where a node
    keeps two edges, that takes two edges a node whose operation is not none; with more of them, each is kept with
    the probability 2 / (expected number of edges).

    Args:
        networks: the networks that a search can come to.
        resource: a name of `RESOURCES`.
    """

    def __init__(self, networks: DerivedNetworks, resource: str) -> None:
        self.networks, self.resource = networks, resource

    @abstractmethod
    def __call__(self, mixtures: Tensors) -> Tensor:
        """Return the expected cost, a scalar, in the unit of the resource.

        Args:
            mixtures: the softmax of the alphas of each cell, [edges, operations].
        """

    def exact(self, strengths: Strengths) -> int:
        """Return the exact cost of the network derived from strengths, each [edges, operations]."""
        return int(getattr(self.networks.cost(strengths), RESOURCES[self.resource]))

    @cached_property
    def range(self) -> tuple[int, int]:
        """The cost of the cheapest and of the dearest network that can be derived."""
        weights = self.edge_costs()
        most = max(float(w.max()) for w in weights.values()) + 1
        cheapest = {name: most - w for name, w in weights.items()}
        return self.exact(cheapest), self.exact({name: 1 + w for name, w in weights.items()})

    def share(self, mixtures: Tensors) -> Tensor:
        """Return the expected cost as a share of the way from the cheapest network to the dearest."""
        least, most = self.range
        return (self(mixtures) - least) / max(most - least, 1)

    @abstractmethod
    def edge_costs(self) -> Strengths:
        """Return what each operation adds to the cost on each edge, about, by name of the cell."""


class AdditiveCost(ExpectedCost):
    """Parameters or multiply-adds: a sum over the edges."""

    def __init__(self, networks: DerivedNetworks, resource: str) -> None:
        super().__init__(networks, resource)
        self._constant, self._costs = self._measure()

    def __call__(self, mixtures: Tensors) -> Tensor:
        """See `ExpectedCost`."""
        total = 0.0
        for mixture, costs in zip(mixtures, self._costs.values(), strict=True):
            of_edges = ops.sum(mixture * ops.convert_to_tensor(costs, dtype=mixture.dtype), axis=-1)
            total = total + ops.sum(of_edges * self._kept(mixture))
        return total + self._constant

    def edge_costs(self) -> Strengths:
        """See `ExpectedCost`."""
        return self._costs

    def _kept(self, mixture: Tensor) -> Tensor:
        """The probability that each edge is kept, [edges]."""
        if self.networks.inputs == 1:
            return ops.ones((mixture.shape[0],), mixture.dtype)
        live = 1 - mixture[:, self.networks.primitives.index(NONE)]
        parts = []
        for node in range(self.networks.nodes):
            first = edge_row(2, node, 0)
            expected = ops.sum(live[first : first + 2 + node])
            share = EDGES_PER_NODE / ops.maximum(expected, float(EDGES_PER_NODE))
            parts.append(ops.broadcast_to(ops.reshape(share, (1,)), (2 + node,)))
        return ops.concatenate(parts)

    def _measure(self) -> tuple[int, Strengths]:
        """Return the cost of the network whose operations cost nothing, and what each operation adds."""
        base = self._base()
        constant = self.exact(base)
        costs = {}
        for name in self.networks.cell_names:
            found = np.zeros((self.networks.edges, len(self.networks.primitives)))
            for edge, (column, primitive) in product(range(self.networks.edges), enumerate(self.networks.primitives)):
                if primitive != NONE:
                    changed = {n: s.copy() for n, s in base.items()}
                    changed[name][edge, column] = 2.0  # stronger than what the base has there
                    found[edge, column] = self.exact(changed) - constant
            costs[name] = found
        return constant, costs

    def _base(self) -> Strengths:
        """Strengths that derive a network whose every operation is free."""
        free = NONE if self.networks.inputs == 1 else _FREE
        one = np.zeros((self.networks.edges, len(self.networks.primitives)))
        one[:, self.networks.primitives.index(free)] = 1.0
        return {name: one.copy() for name in self.networks.cell_names}


class PeakMemory(ExpectedCost):
    """Peak activation memory in NAS-Bench-201's space: the exact mean, from a table of all cells.

    It is a maximum over the moments of a computation, and no sum over the edges. The two convolutions take the same at
    stride 1, and every number of cells a stage takes the same, which spares most of the table.
    """

    def __init__(self, networks: DerivedNetworks, resource: str) -> None:
        super().__init__(replace(networks, cells=1), resource)
        count = len(networks.primitives)
        same = {networks.primitives.index("nor_conv_3x3"): networks.primitives.index("nor_conv_1x1")}
        known: dict[tuple[int, ...], int] = {}
        eye = np.eye(count)
        table = np.zeros((count,) * networks.edges)
        for choice in product(range(count), repeat=networks.edges):
            key = tuple(same.get(column, column) for column in choice)
            if key not in known:
                known[key] = self.exact({"cell": eye[list(key)]})
            table[choice] = known[key]
        self._table = table

    def __call__(self, mixtures: Tensors) -> Tensor:
        """See `ExpectedCost`."""
        (mixture,) = mixtures
        left = ops.convert_to_tensor(self._table, dtype=mixture.dtype)
        for edge in range(self.networks.edges):
            rows = ops.reshape(left, (mixture.shape[1], -1))
            left = ops.matmul(mixture[edge : edge + 1], rows)[0]
        return left[0]

    def edge_costs(self) -> Strengths:
        """See `ExpectedCost`: the mean cost of the cells that have the operation on the edge, less the least of all."""
        count = len(self.networks.primitives)
        means = [
            [np.take(self._table, column, axis=edge).mean() for column in range(count)]
            for edge in range(self.networks.edges)
        ]
        return {"cell": np.array(means) - self._table.min()}

    @cached_property
    def range(self) -> tuple[int, int]:
        """See `ExpectedCost`."""
        return int(self._table.min()), int(self._table.max())


_LARGEST_TABLE = 6  # edges; 5 ** 6 cells


def expected_cost(networks: DerivedNetworks, resource: str) -> ExpectedCost:
    """Return the expected cost of a resource.

    Raises:
        SettingsError: the resource is unknown, or is no sum over edges in a space too large for a table.
    """
    if resource not in RESOURCES:
        raise SettingsError(f"unknown resource {resource!r}, expected one of {', '.join(RESOURCES)}")
    if resource != "activation-bytes":
        return AdditiveCost(networks, resource)
    if networks.inputs != 1 or networks.edges > _LARGEST_TABLE:
        raise SettingsError(
            "activation-bytes: only the space nasbench201 is searched by it; in the space darts limit it when "
            "deriving, by --max-activation-bytes"
        )
    return PeakMemory(networks, resource)
