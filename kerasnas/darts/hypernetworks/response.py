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
        centre: what the hypernetwork's inputs are distances from, in the shapes of the architecture's values.
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

    def centre(self, alphas: Tensors) -> Tensors:
        """The values that phi is to be centred at: the architecture's own, in the middle of the preferences."""
        return self.architecture.values(alphas[: self.architecture.count], MIDDLE)

    def weights(self, parameters: Tensors, values: Tensors, centre: Tensors, preference: Tensor = MIDDLE) -> Tensors:
        """The supernet's weights at an architecture.

        Args:
            parameters: of phi.
            values: of the architecture parameters (`Architecture.values`).
            centre: the values that phi is centred at.
            preference: place on the scale of the resource preference.
        """
        return self.hypernetwork.weights_at(parameters, self.inputs(values, centre, preference))

    def recentred(self, parameters: Tensors, old: Tensors, new: Tensors) -> tuple[Tensors, Tensors]:
        """Phi's parameters from a new centre, and the supernet's weights there."""
        move = self.inputs(new, old, MIDDLE)
        parameters = self.hypernetwork.recentred(parameters, move)
        return parameters, self.hypernetwork.weights_at(parameters, ops.zeros_like(move))

    def inputs(self, values: Tensors, centre: Tensors, preference: Tensor) -> Tensor:
        """What phi sees: distances from the centre; with preferences, also that of the preference, -1 to 1.

        The noise of the perturbation is an input of length about 1, whatever its scale and the number of alphas. The
        root of the rate, since SGD's step in the weights goes by the square of the inputs.
        """
        scale = self.choice.response_rate**0.5 / (self.choice.perturbation.scale * self.architecture.size**0.5)
        inputs = (flatten(values) - flatten(centre)) * scale
        if self.architecture.preferences is None:
            return inputs
        place = ops.cast(preference, inputs.dtype)
        return ops.concatenate([inputs, ops.reshape(2 * place - 1, (1,))])
