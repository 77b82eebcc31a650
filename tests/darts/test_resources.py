"""Expected costs against the exact costs of the genomes that are derived."""

import numpy as np
import pytest
from keras import ops

from kerasnas.darts.backend import load
from kerasnas.darts.cell import edge_row
from kerasnas.darts.options import Moment
from kerasnas.darts.preferences import Preferences
from kerasnas.darts.resources import (
    DerivedNetworks,
    ResourcePenalty,
    ResourcePreference,
    ResourceTarget,
    derive_within,
    expected_cost,
)
from kerasnas.errors import SearchError, SettingsError
from kerasnas.search.limits import Limits

SHAPE = (16, 16, 3)
CELLS = DerivedNetworks("nasbench201", 4, 2, 3, SHAPE, 10)
PAIRS = DerivedNetworks("darts", 4, 3, 3, SHAPE, 10)


@pytest.fixture(scope="module")
def costs():
    found = {}

    def cost(networks, resource):
        if (networks, resource) not in found:
            found[networks, resource] = expected_cost(networks, resource)
        return found[networks, resource]

    return cost


def one_hot(networks, generator):
    """A random architecture; in DARTS' space with two edges a node that carry an operation."""
    found = {}
    count = len(networks.primitives)
    for name in networks.cell_names:
        columns = generator.integers(0, count, networks.edges)
        if networks.space == "darts":
            columns = np.maximum(columns, 1)
            for node in range(networks.nodes):
                rows = edge_row(2, node, 0) + generator.permutation(2 + node)
                columns[rows[2:]] = 0
        found[name] = np.eye(count)[columns]
    return found


def value(cost, strengths):
    return float(cost([ops.convert_to_tensor(s.astype("float32")) for s in strengths.values()]))


@pytest.mark.parametrize(
    ("networks", "resource"),
    [(CELLS, "parameters"), (CELLS, "macs"), (CELLS, "activation-bytes"), (PAIRS, "parameters"), (PAIRS, "macs")],
)
def test_expected_is_exact_where_alpha_is_one_hot(costs, networks, resource):
    cost, generator = costs(networks, resource), np.random.default_rng(0)
    attribute = {"activation-bytes": "peak_activation_bytes"}.get(resource, resource)
    seen = set()
    for _ in range(12):
        strengths = one_hot(networks, generator)
        exact = getattr(networks.cost(strengths), attribute)
        assert value(cost, strengths) == pytest.approx(exact, rel=1e-5)
        seen.add(exact)
    assert len(seen) > 1
    least, most = cost.range
    assert least <= min(seen) < max(seen) <= most


def test_more_live_edges_than_a_node_keeps_count_in_part(costs):
    cost = costs(PAIRS, "parameters")
    strengths = {name: np.zeros((9, 8)) for name in PAIRS.cell_names}
    for table in strengths.values():
        table[:, PAIRS.primitives.index("sep_conv_3x3")] = 1.0
    # Whichever two edges of a node are kept, in a normal cell they cost the same, and in a reduction cell too.
    assert value(cost, strengths) == pytest.approx(PAIRS.cost(strengths).parameters, rel=1e-5)


def test_penalties_are_differentiable_and_in_their_units(costs):
    cost = costs(CELLS, "parameters")
    least, most = cost.range
    uniform = [ops.convert_to_tensor(np.zeros((6, 5), "float32"))]
    moment = Moment(0.0, 0, preference=ops.convert_to_tensor(np.float32(0.5)))
    expected = value(cost, {"cell": np.full((6, 5), 0.2)})
    share = (expected - least) / (most - least)
    assert float(ResourcePenalty(cost, 2.0).penalty(uniform, moment)) == pytest.approx(2 * share, rel=1e-4)
    assert float(ResourceTarget(cost, most).penalty(uniform, moment)) == 0
    over = ResourceTarget(cost, expected / 1.5, weight=4.0).penalty(uniform, moment)
    assert float(over) == pytest.approx(4 * 0.5**2, rel=1e-4)
    preference = ResourcePreference(cost, Preferences(0.1, 10.0))
    assert float(preference.penalty(uniform, moment)) == pytest.approx(share, rel=1e-4)

    def penalty(alphas):
        return ResourcePenalty(cost, 2.0).penalty(alphas, moment), None

    (_, _), (gradient,) = load("autodiff").value_and_grad(penalty, uniform)
    gradient = ops.convert_to_numpy(gradient)
    row = cost.edge_costs()["cell"][0] / (most - least)
    np.testing.assert_allclose(gradient[0], 2 * 0.2 * (row - row.mean()), rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("networks", [CELLS, PAIRS])
def test_deriving_keeps_within_a_hard_limit_with_the_strongest_that_fits(costs, networks):
    generator = np.random.default_rng(1)
    shape = networks.edges, len(networks.primitives)
    strengths = {name: generator.dirichlet(np.ones(shape[1]), shape[0]) for name in networks.cell_names}
    free = networks.cost(strengths).parameters
    least, _ = costs(networks, "parameters").range
    limit = (free + least) // 2
    cell = derive_within(networks, strengths, Limits(SHAPE, 10, max_parameters=limit))
    assert networks.genome(cell) != networks.genome(networks.cell(strengths))
    assert Limits(SHAPE, 10, max_parameters=limit)(networks.genome(cell))
    assert derive_within(networks, strengths, Limits(SHAPE, 10, max_parameters=free)) == networks.cell(strengths)
    with pytest.raises(SearchError, match=f"cheapest has {least:,} parameters"):
        derive_within(networks, strengths, Limits(SHAPE, 10, max_parameters=least - 1))


def test_what_cannot_be_is_refused(costs):
    with pytest.raises(SettingsError, match="unknown resource"):
        expected_cost(CELLS, "watts")
    with pytest.raises(SettingsError, match="only the space nasbench201"):
        expected_cost(PAIRS, "activation-bytes")
    with pytest.raises(SettingsError, match="raise the target"):
        ResourceTarget(costs(CELLS, "parameters"), 10)
    for least, most in ((0.0, 1.0), (2.0, 1.0)):
        with pytest.raises(SettingsError, match="least"):
            Preferences(least, most)


def test_preferences_lie_between_their_knots():
    preferences = Preferences(0.1, 10.0, knots=3)
    knots = ops.convert_to_tensor(np.float32([[0.0], [1.0], [5.0]]))
    for place, expected in ((0.0, 0.0), (0.25, 0.5), (0.5, 1.0), (0.75, 3.0), (1.0, 5.0)):
        assert float(preferences.between(knots, place)[0]) == pytest.approx(expected, abs=1e-6)
    assert float(preferences.strength(ops.convert_to_tensor(0.5))) == pytest.approx(1.0, rel=1e-5)
    draws = [float(preferences.draw(ops.convert_to_tensor(i), False, "float32")) for i in range(40)]
    assert 0 <= min(draws) < 0.2 < 0.8 < max(draws) <= 1
    assert draws[:3] != [float(preferences.draw(ops.convert_to_tensor(i), True, "float32")) for i in range(3)]
