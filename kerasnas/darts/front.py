"""From one search over a range of preferences to a network for any budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from keras import ops

from kerasnas.darts.assembly import architecture_of
from kerasnas.darts.records import read_parameters
from kerasnas.darts.resources import RESOURCES, DerivedNetworks, derive_within
from kerasnas.darts.resources.networks import Strengths
from kerasnas.darts.run import SearchRun
from kerasnas.darts.supernet import KNOT
from kerasnas.errors import SearchError, SettingsError
from kerasnas.genome import Genome
from kerasnas.genome.cells import Cell
from kerasnas.genome.genotype import Genotype
from kerasnas.model.cost import Cost, cost
from kerasnas.results.search_folder import ALPHAS

PLACES = np.linspace(0.0, 1.0, 65)
"""Of the scale of the preference: where networks are derived."""


@dataclass(frozen=True)
class FrontPoint:
    """A network of the front.

    Attributes:
        preference: lambda, in the unit of the loss.
        cell: derived there.
        genome: its network.
        cost: of it.
    """

    preference: float
    cell: Genotype | Cell
    genome: Genome
    cost: Cost


class Front:
    """The networks of a search over a range of preferences.

    Args:
        run: with at least one epoch done.
        networks: what its cells are put into.

    Raises:
        SettingsError: the search has no preference.
        ResultsError: no epoch is done yet.
    """

    def __init__(self, run: SearchRun, networks: DerivedNetworks) -> None:
        found = run.settings.read_preference()
        if found is None:
            raise SettingsError(
                f"{run.folder}: is a search for one architecture; search with --preference RESOURCE=LEAST:MOST"
            )
        self.resource, self.preferences = found
        self._networks, self._max_skips = networks, run.settings.max_skips
        self._architecture = architecture_of(run.settings)
        run.strengths()  # says so where no epoch is done
        self._parameters = self._read(read_parameters(run.folder / ALPHAS)[-1])

    def strengths(self, place: float) -> Strengths:
        """Return what deriving ranks by at a place on the scale of the preference, from 0 to 1."""
        values = self._architecture.values(self._parameters, place)
        arrays = map(ops.convert_to_numpy, self._architecture.strengths(values))
        return dict(zip(self._architecture.cells, arrays, strict=True))

    def place(self, preference: float) -> float:
        """Return the place of a lambda on the scale.

        Raises:
            SettingsError: it is outside the range that was searched.
        """
        least, most = self.preferences.least, self.preferences.most
        if not least <= preference <= most:
            raise SettingsError(f"preference {preference:g}: the search was over {least:g} to {most:g}")
        return float(np.log(preference / least) / np.log(most / least))

    def at(self, place: float) -> FrontPoint:
        """Return the network at a place on the scale."""
        strength = float(ops.convert_to_numpy(self.preferences.strength(ops.convert_to_tensor(place))))
        return self._point(strength, self._networks.cell(self.strengths(place), self._max_skips))

    def points(self) -> list[FrontPoint]:
        """Return the front: from the least preference on, each network that costs less of the resource than all before.

        What a larger preference yields at no lower cost is dominated: it was searched with less regard to accuracy.
        """
        kept: list[FrontPoint] = []
        for place in PLACES:
            point = self.at(float(place))
            if not kept or self._amount(point) < self._amount(kept[-1]):
                kept.append(point)
        return kept

    def within(self, admits: Callable[[Genome], bool]) -> FrontPoint:
        """Return the network of the least preference that is within the limits.

        Where no preference is enough, operations also pay for what they cost (`derive_within`), at the largest.

        Raises:
            SearchError: no network of the search is within them.
        """
        for point in self.points():
            if admits(point.genome):
                return point
        cell = derive_within(self._networks, self.strengths(1.0), admits, self.resource, self._max_skips)
        return self._point(self.preferences.most, cell)

    def _point(self, preference: float, cell: Genotype | Cell) -> FrontPoint:
        networks = self._networks
        genome = networks.genome(cell)
        return FrontPoint(preference, cell, genome, cost(genome, networks.image_shape, networks.classes))

    def _amount(self, point: FrontPoint) -> int:
        return int(getattr(point.cost, RESOURCES[self.resource]))

    def _read(self, tables: dict[str, np.ndarray]) -> list[np.ndarray]:
        names = [*(f"alphas_{name}" for name in self._architecture.cells), *self._architecture.further_shapes]
        knots = range(self.preferences.knots)
        try:
            arrays = [np.stack([tables[f"{name}{KNOT}{k}"] for k in knots]) for name in names]
        except KeyError as error:
            raise SearchError(f"alphas.csv: has no rows of {error}; it is not the table of this search") from None
        return [ops.convert_to_tensor(array, dtype="float32") for array in arrays]
