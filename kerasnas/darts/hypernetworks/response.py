"""The loss of a search as a function of a hypernetwork's parameters and the alphas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from keras import ops

from kerasnas.darts.architecture import Architecture
from kerasnas.darts.hypernetworks.base import Hypernetwork
from kerasnas.darts.hypernetworks.choice import HypernetworkChoice
from kerasnas.darts.options.base import MIDDLE
from kerasnas.darts.outline import Wanted
from kerasnas.darts.vectors import flatten

Tensor = Any
Tensors = list[Any]


class HyperBatch(NamedTuple):
    """What the loss of a search with a hypernetwork takes as its batch.

    Attributes:
        search: the batch of the supernet's own loss; has a `moment`.
        centre: the architecture parameters that the hypernetwork's inputs are distances from.
    """

    search: Any
    centre: Tensors


@dataclass(frozen=True)
class ResponseLoss:
    """L(phi(a), a), phi a hypernetwork: to `BilevelStep` a loss like any other, phi's parameters its weights.

    On training data the alphas a are perturbed; on validation data where the scale of the perturbation is tuned. The
    gradient of the alphas goes through phi and directly, so it is the whole hypergradient (Lorraine and Duvenaud 2018,
    equation 6), as far as phi is the best response.

    Attributes:
        loss: of weights, the architecture's values, a batch and what is wanted (`Supernet.loss_at`).
        hypernetwork: phi.
        architecture: gives the values from the alphas.
        choice: how phi is trained.
    """

    loss: Callable[[Tensors, Tensors, Any, Wanted], tuple[Tensor, Any]]
    hypernetwork: Hypernetwork
    architecture: Architecture
    choice: HypernetworkChoice

    def __call__(self, parameters: Tensors, alphas: Tensors, batch: HyperBatch, wanted: Wanted) -> tuple[Tensor, Any]:
        """The mean loss on a batch, and what the supernet's loss returns beside it.

        Args:
            parameters: of phi.
            alphas: all that the alphas' optimizer moves; the last is the logarithm of the perturbation's scale over
                that at the start, [1], where it is tuned.
            batch: images, and phi's centre.
            wanted: the gradients that will be asked for.
        """
        moment, perturbation = batch.search.moment, self.choice.perturbation
        values = self.architecture.values(alphas[: self.architecture.count], moment.preference)
        log_factor = alphas[-1] if perturbation.tuned else None
        if perturbation.tuned or not moment.validation:
            values = perturbation.apply(values, log_factor, moment.step, moment.validation)
        weights = self.weights(parameters, values, batch.centre, moment.preference)
        # The weights depend on the alphas, so a gradient of the alphas goes through them too.
        wanted = Wanted.WEIGHTS if wanted is Wanted.WEIGHTS else Wanted.BOTH
        loss, auxiliary = self.loss(weights, values, batch.search, wanted)
        if log_factor is not None and moment.validation:
            loss = loss - perturbation.entropy * log_factor[0]
        return loss, auxiliary

    def weights(self, parameters: Tensors, values: Tensors, centre: Tensors, preference: Tensor = MIDDLE) -> Tensors:
        """The supernet's weights at an architecture.

        Args:
            parameters: of phi.
            values: of the architecture parameters (`Architecture.values`).
            centre: the architecture parameters that phi is centred at.
            preference: place on the scale of the resource preference.
        """
        # The centre may be the very tensors that a gradient is taken at, and would then cancel it.
        centre = [ops.stop_gradient(c) for c in centre[: self.architecture.count]]
        at_centre = self.architecture.values(centre, preference)
        distances = (flatten(values) - flatten(at_centre)) * self._scale
        return self.hypernetwork.weights_at(parameters, self._inputs(distances, preference))

    def recentred(self, parameters: Tensors, old: Tensors, new: Tensors) -> tuple[Tensors, Tensors]:
        """Phi's parameters from a new centre, and the supernet's weights there, in the middle of the preferences."""
        preferences, count = self.architecture.preferences, self.architecture.count
        knots = 1 if preferences is None else preferences.knots
        moves = ops.concatenate(
            [ops.reshape(n - o, (knots, -1)) for n, o in zip(new[:count], old[:count], strict=True)], axis=1
        )
        parameters = self.hypernetwork.recentred(parameters, moves * self._scale)
        nowhere = ops.zeros((self.architecture.size,), moves.dtype)
        return parameters, self.hypernetwork.weights_at(parameters, self._inputs(nowhere, MIDDLE))

    @property
    def _scale(self) -> float:
        """Makes the noise of the perturbation about an input of length 1, whatever its scale and the number of alphas.

        The root of the rate, since SGD's step in the weights goes by the square of the inputs.
        """
        return self.choice.response_rate**0.5 / (self.choice.perturbation.scale * self.architecture.size**0.5)

    def _inputs(self, distances: Tensor, preference: Tensor) -> Tensor:
        preferences = self.architecture.preferences
        if preferences is None:
            return distances
        return ops.concatenate([distances, preferences.weights(preference, distances.dtype)])
