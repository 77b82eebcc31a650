"""The optimizers of DARTS with PyTorch's semantics, as pure functions of flat vectors.

Keras' own differ where it matters: its SGD keeps the learning rate inside the velocity, its weight decay is
decoupled, its Adam has epsilon 1e-7.
"""

import math
from abc import ABC, abstractmethod
from typing import Any

import keras
from keras import ops

from kerasnas.darts.vectors import flatten, unflatten
from kerasnas.errors import SettingsError

Tensor = Any
Tensors = list[Any]


class FlatOptimizer(keras.optimizers.Optimizer, ABC):
    """An optimizer that updates all variables at once, as one vector: few operations for many variables.

    A subclass names its slots and writes `update`, a pure function of vectors; the rest is here. To Keras'
    trainer, callbacks and checkpoints it is an optimizer like any other, but it is applied by `stateless_apply` alone.

    Args:
        learning_rate: a number, or a Keras schedule over steps.
        weight_decay: times the variable, added to the gradient (coupled, an L2 penalty).
        slots: names of the vectors that are kept between steps.
    """

    def __init__(self, learning_rate: Any, weight_decay: float, slots: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.coupled_weight_decay = weight_decay
        self._slot_names = slots
        self._slots: list[Any] = []

    def build(self, variables: list[keras.Variable]) -> None:
        """Create the slots for these variables; a second call does nothing."""
        if self.built:
            return
        super().build(variables)
        size = sum(math.prod(v.shape) for v in variables)
        self._slots = [
            self.add_variable(shape=(size,), dtype=variables[0].dtype, name=name) for name in self._slot_names
        ]

    def stateless_apply(
        self, optimizer_variables: Tensors, grads: Tensors, trainable_variables: Tensors
    ) -> tuple[Tensors, Tensors]:
        """One step; the arguments and results are those of Keras' `Optimizer.stateless_apply`."""
        step = self.iterations_of(optimizer_variables) + 1
        slots = self.slots_of(optimizer_variables)
        vector, new_slots = self.update(
            flatten(trainable_variables),
            flatten(grads),
            slots,
            self.learning_rate_of(optimizer_variables),
            step,
        )
        kept = len(optimizer_variables) - len(slots)
        new_variables = [step, *optimizer_variables[1:kept], *new_slots]
        return unflatten(vector, trainable_variables), new_variables

    @abstractmethod
    def update(
        self, variables: Tensor, gradient: Tensor, slots: Tensors, learning_rate: Tensor, step: Tensor
    ) -> tuple[Tensor, Tensors]:
        """Return the new variables, and the new slots in the order of their names; must change nothing else.

        Args:
            variables: [size].
            gradient: [size].
            slots: each [size].
            learning_rate: scalar.
            step: number of this step, counted from 1.
        """

    def iterations_of(self, optimizer_variables: Tensors) -> Tensor:
        """The number of steps done, from a list of values in the order of `variables`."""
        return optimizer_variables[0]

    def slots_of(self, optimizer_variables: Tensors) -> Tensors:
        """The slots, from a list of values in the order of `variables`."""
        return list(optimizer_variables[len(optimizer_variables) - len(self._slots) :])

    def learning_rate_of(self, optimizer_variables: Tensors) -> Tensor:
        """The learning rate of the next step, from a list of values in the order of `variables`."""
        mapping = list(zip(self.variables, optimizer_variables, strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            return ops.convert_to_tensor(self.learning_rate)

    def apply_gradients(self, grads_and_vars: Any) -> None:
        """Not offered: a search moves its variables by `stateless_apply` alone."""
        raise SettingsError(
            f"{type(self).__name__}: it works in a supernet's search only; use a Keras optimizer elsewhere."
        )


class MomentumSGD(FlatOptimizer):
    """SGD of PyTorch: v = momentum v + (g + weight_decay w); w = w - learning_rate v.

    Defaults are those of DARTS (Liu et al. 2019). The gradient is clipped before the decay is added.

    Args:
        learning_rate: a number, or a schedule such as `EpochCosine`.
        momentum: factor of the velocity.
        weight_decay: coupled.
        clip_norm: largest norm of the gradient over all variables together; None for no clipping.
    """

    def __init__(
        self,
        learning_rate: Any = 0.025,
        momentum: float = 0.9,
        weight_decay: float = 3e-4,
        clip_norm: float | None = 5.0,
        name: str = "momentum_sgd",
    ) -> None:
        super().__init__(learning_rate, weight_decay, ("velocity",), name=name)
        self.momentum, self.clip_norm = momentum, clip_norm

    def update(
        self, variables: Tensor, gradient: Tensor, slots: Tensors, learning_rate: Tensor, step: Tensor
    ) -> tuple[Tensor, Tensors]:
        """See `FlatOptimizer.update`."""
        if self.clip_norm is not None:
            norm = ops.sqrt(ops.sum(ops.square(gradient)))
            gradient = gradient * ops.minimum(1.0, self.clip_norm / (norm + 1e-6))
        velocity = self.momentum * slots[0] + gradient + self.coupled_weight_decay * variables
        return variables - ops.cast(learning_rate, variables.dtype) * velocity, [velocity]

    def unrolled(self, weights: Tensors, gradients: Tensors, optimizer_variables: Tensors) -> Tensors:
        """The weights after one step without clipping: w' of DARTS' second order (Liu et al. 2019, eq. 7)."""
        flat = flatten(weights)
        velocity = self.momentum * self.slots_of(optimizer_variables)[0] + flatten(gradients)
        velocity = velocity + self.coupled_weight_decay * flat
        rate = ops.cast(self.learning_rate_of(optimizer_variables), flat.dtype)
        return unflatten(flat - rate * velocity, weights)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = {"learning_rate": super().get_config()["learning_rate"], "name": self.name}
        return config | {
            "momentum": self.momentum,
            "weight_decay": self.coupled_weight_decay,
            "clip_norm": self.clip_norm,
        }


class CoupledAdam(FlatOptimizer):
    """Adam of PyTorch with its weight decay, which is added to the gradient.

    Defaults are those of DARTS for the alphas (Liu et al. 2019).

    Args:
        learning_rate: a number or a schedule.
        beta_1: decay of the first moment.
        beta_2: decay of the second moment.
        epsilon: added to the root of the second moment.
        weight_decay: coupled.
    """

    def __init__(
        self,
        learning_rate: Any = 3e-4,
        beta_1: float = 0.5,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 1e-3,
        name: str = "coupled_adam",
    ) -> None:
        super().__init__(learning_rate, weight_decay, ("first_moment", "second_moment"), name=name)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def update(
        self, variables: Tensor, gradient: Tensor, slots: Tensors, learning_rate: Tensor, step: Tensor
    ) -> tuple[Tensor, Tensors]:
        """See `FlatOptimizer.update`."""
        gradient = gradient + self.coupled_weight_decay * variables
        first = self.beta_1 * slots[0] + (1 - self.beta_1) * gradient
        second = self.beta_2 * slots[1] + (1 - self.beta_2) * ops.square(gradient)
        time = ops.cast(step, variables.dtype)
        unbiased_first = first / (1 - ops.power(ops.cast(self.beta_1, variables.dtype), time))
        unbiased_second = second / (1 - ops.power(ops.cast(self.beta_2, variables.dtype), time))
        change = unbiased_first / (ops.sqrt(unbiased_second) + self.epsilon)
        return variables - ops.cast(learning_rate, variables.dtype) * change, [first, second]

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = {"learning_rate": super().get_config()["learning_rate"], "name": self.name}
        return config | {
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "weight_decay": self.coupled_weight_decay,
        }


class EpochCosine(keras.optimizers.schedules.LearningRateSchedule):
    """A cosine from `initial` to `final` that moves once per epoch, epoch 0 at `initial`.

    Args:
        initial: learning rate of the first epoch.
        final: what the last epoch comes close to.
        epochs: length of the search.
        steps_per_epoch: steps of one epoch.
    """

    def __init__(self, steps_per_epoch: int, epochs: int = 50, initial: float = 0.025, final: float = 0.001) -> None:
        if steps_per_epoch < 1 or epochs < 1:
            raise SettingsError(
                f"EpochCosine: steps_per_epoch {steps_per_epoch} and epochs {epochs} must both be at least 1."
            )
        self.steps_per_epoch, self.epochs, self.initial, self.final = steps_per_epoch, epochs, initial, final

    def __call__(self, step: Any) -> Any:
        """The learning rate of this step, counted from 0."""
        epoch = ops.floor(ops.cast(step, "float32") / self.steps_per_epoch)
        share = (1 + ops.cos(math.pi * epoch / self.epochs)) / 2
        return self.final + (self.initial - self.final) * share

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "steps_per_epoch": self.steps_per_epoch,
            "epochs": self.epochs,
            "initial": self.initial,
            "final": self.final,
        }
