"""Search steps of a small supernet with a hypernetwork, its preferences and its tuned perturbation."""

from unittest import mock

import numpy as np
from keras import ops

from kerasnas.darts import CoupledAdam, MomentumSGD, nasbench201_supernet
from kerasnas.darts.backend import load
from kerasnas.darts.hypernetworks import HypernetworkChoice, Perturbation
from kerasnas.darts.preferences import Preferences
from tests.darts.golden import hyper_rule as rule


def build(kind, **choice):
    choice = HypernetworkChoice(kind, Perturbation(0.3, tuned=True), **choice)
    supernet = nasbench201_supernet(
        (rule.SIZE, rule.SIZE, 3),
        rule.CLASSES,
        rule.CHANNELS,
        cells_per_stage=1,
        nodes=2,
        primitives=rule.PRIMITIVES,
        seed=0,
        hypernetwork=choice,
        preferences=Preferences(0.1, 10.0, knots=3),
    )
    supernet.compile(MomentumSGD(0.05), CoupledAdam(0.01))
    for i, variable in enumerate((*supernet.trained_weights, *supernet.architecture_parameters)):
        variable.assign(rule.values(f"{kind} {i}", variable.shape))
    return supernet


def steps(kind):
    """The architecture parameters, the network's weights and the loss after each step, by name."""
    supernet = build(kind)
    state, others = supernet.search_variables()
    state = type(state)(*([ops.convert_to_tensor(v.value) for v in group] for group in state))
    values = state, [ops.convert_to_tensor(v.value) for v in others]
    found = {}
    with mock.patch.object(load("kernels"), "uniform", rule.uniform):
        step = load("kernels").traced_once(lambda values, data: supernet.search_step(values, data))
        for number in range(rule.STEPS):
            data = tuple(tuple(map(ops.convert_to_tensor, rule.batch(which, number))) for which in (0, 1))
            values, loss, _ = step(values, data)
            weights = values[1][-len(supernet.network_weights) :]
            found[f"{number}.loss"] = np.asarray(ops.convert_to_numpy(loss))
            for name, tensors in (("alphas", values[0].alphas), ("weights", weights)):
                found[f"{number}.{name}"] = np.concatenate([ops.convert_to_numpy(t).ravel() for t in tensors])
    return found
