"""How good a hypernetwork's response is, and how good the gradient that it gives."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from kerasnas.darts.backend import load
from kerasnas.darts.batches import Arrays
from kerasnas.darts.hypernetworks.supernet import HyperSupernet
from kerasnas.darts.options import Moment
from kerasnas.darts.options.base import MIDDLE
from kerasnas.darts.outline import Wanted
from kerasnas.darts.supernet import SearchBatch
from kerasnas.errors import SettingsError

Tensor = Any
Tensors = list[Any]

Row = dict[str, float]


class HypernetworkDiagnostics:
    """Measures on a supernet at one moment of its search; changes nothing in it.

    Args:
        supernet: compiled, with a hypernetwork.
        train: images, prepared, and labels of the weights' data.
        valid: of the alphas' data.
        batch_size: images of a batch; the first batches of both are used.
        rate: learning rate of the plain gradient descent that weights are trained on by.

    Raises:
        SettingsError: the supernet has no hypernetwork, or there are not enough images for a batch.
    """

    def __init__(
        self, supernet: HyperSupernet, train: Arrays, valid: Arrays, batch_size: int, rate: float = 0.025
    ) -> None:
        if not isinstance(supernet, HyperSupernet):
            raise SettingsError("the search has no hypernetwork; start one with --hypernetwork")
        self._supernet, self._rate = supernet, rate
        self._train, self._valid = self._batches(train, batch_size), self._batches(valid, batch_size)
        self._alphas = supernet.architecture_values()
        self._centre = [ops.convert_to_tensor(v.value) for v in supernet.architecture_parameters]
        self._parameters = [ops.convert_to_tensor(v.value) for v in supernet.trained_weights]
        traced_once = load("kernels").traced_once
        self._descend = traced_once(self._descent)
        self._mean_loss = traced_once(self._loss)

    def response(self, distances: tuple[float, ...] = (0.0, 1.0, 2.0), steps: int = 50, seed: int = 0) -> list[Row]:
        """Return how near phi comes to weights that are trained at the same alphas.

        Args:
            distances: of the alphas from the present ones, in units of the perturbation's scale.
            steps: of training on from phi's weights.
            seed: of the direction.

        Returns:
            For each distance the loss on the training batches with the weights that phi makes there (`hypernetwork`),
            with those of the present alphas (`frozen`), and with phi's trained on (`trained`).
        """
        scale = self._supernet.response.choice.perturbation.scale
        generator = np.random.default_rng(seed)
        noise = [generator.normal(size=tuple(a.shape)) for a in self._alphas]
        here = self._weights(self._parameters, self._alphas)
        rows = []
        for distance in distances:
            alphas = [
                a + ops.convert_to_tensor(distance * scale * n, dtype=a.dtype)
                for a, n in zip(self._alphas, noise, strict=True)
            ]
            made = self._weights(self._parameters, alphas)
            trained = made
            for step in range(steps):
                trained = self._descend(trained, alphas, *self._train[step % len(self._train)])
            named = {"hypernetwork": made, "frozen": here, "trained": trained}
            losses = {name: self._over_batches(weights, alphas) for name, weights in named.items()}
            rows.append({"distance": float(distance), **losses})
        return rows

    def hypergradient(self, lengths: tuple[int, ...] = (1, 5, 20)) -> list[Row]:
        """Return how the gradients agree with that through a long unrolled training, from phi's weights.

        The gradient through so many steps of gradient descent is computed by differentiating them all, in the memory
        of all of them at once; so this is for small supernets. The longer, the nearer it is to the true hypergradient.

        Args:
            lengths: steps of the unrolled training.

        Returns:
            For each length the cosine of the unrolled gradient with phi's (`hypernetwork`) and with that of DARTS'
            first order (`first_order`).
        """
        value_and_grad, traced_once = load("autodiff").value_and_grad, load("kernels").traced_once
        weights = self._weights(self._parameters, self._alphas)
        x, y = self._valid[0]

        def through(alphas: Tensors, parameters: Tensors) -> Tensors:
            def loss(a: Tensors) -> tuple[Tensor, None]:
                return self._loss(self._weights(parameters, a), a, x, y), None

            return value_and_grad(loss, alphas)[1]

        def unrolled(alphas: Tensors, start: Tensors, batches: Any) -> Tensors:
            def loss(a: Tensors) -> tuple[Tensor, None]:
                moved = start
                for batch in batches:
                    moved = self._descent(moved, a, *batch)
                return self._loss(moved, a, x, y), None

            return value_and_grad(loss, alphas)[1]

        unroll = traced_once(unrolled)
        first_order = _numbers(unroll(self._alphas, weights, []))
        ours = _numbers(traced_once(through)(self._alphas, self._parameters))
        rows = []
        for length in lengths:
            batches = [self._train[i % len(self._train)] for i in range(length)]
            exact = _numbers(unroll(self._alphas, weights, batches))
            rows.append(
                {"steps": length, "hypernetwork": _cosine(ours, exact), "first_order": _cosine(first_order, exact)}
            )
        return rows

    def _weights(self, parameters: Tensors, alphas: Tensors) -> Tensors:
        return self._supernet.response.weights(parameters, alphas, self._centre, MIDDLE)

    def _loss(self, weights: Tensors, alphas: Tensors, x: Tensor, y: Tensor) -> Tensor:
        # As on training data, so that no penalty is part of it; a sampled mixture is drawn as in step 0.
        statistics = [ops.convert_to_tensor(v.value) for v in self._supernet.network.non_trainable_variables]
        moment = Moment(ops.convert_to_tensor(self._supernet.progress.value), 0)
        return self._supernet.loss_at(weights, alphas, SearchBatch(x, y, statistics, moment), Wanted.BOTH)[0]

    def _descent(self, weights: Tensors, alphas: Tensors, x: Tensor, y: Tensor) -> Tensors:
        _, gradients = load("autodiff").value_and_grad(lambda w: (self._loss(w, alphas, x, y), None), list(weights))
        return [w - self._rate * g for w, g in zip(weights, gradients, strict=True)]

    def _over_batches(self, weights: Tensors, alphas: Tensors) -> float:
        return float(np.mean([float(self._mean_loss(weights, alphas, *batch)) for batch in self._train]))

    def _batches(self, data: Arrays, size: int) -> list[tuple[Tensor, Tensor]]:
        x, y = data
        if len(x) < size:
            raise SettingsError(f"diagnostics: {len(x)} images are fewer than one batch of {size}")
        return [
            (ops.convert_to_tensor(x[i : i + size]), ops.convert_to_tensor(y[i : i + size]))
            for i in range(0, len(x) - size + 1, size)
        ]


def _numbers(tensors: Tensors) -> np.ndarray:
    return np.concatenate([np.asarray(ops.convert_to_numpy(t), "float64").ravel() for t in tensors])


def _cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-30))
