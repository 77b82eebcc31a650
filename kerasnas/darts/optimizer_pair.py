"""The two optimizers of a search as one."""

from typing import Any

import keras

from kerasnas.darts.optimizers import FlatOptimizer


class OptimizerPair(keras.optimizers.Optimizer):
    """The two optimizers of a search as the one that Keras' trainer and its checkpoints know.

    Args:
        weights: moves the weights; its learning rate is what Keras' callbacks see.
        alphas: moves the alphas.
    """

    def __init__(self, weights: FlatOptimizer, alphas: FlatOptimizer) -> None:
        super().__init__(learning_rate=0.0, name="optimizer_pair")
        self.weights, self.alphas = weights, alphas
        self.built = True

    @property
    def variables(self) -> list[keras.Variable]:
        """The variables of both, the weights' first."""
        return [*self.weights.variables, *self.alphas.variables]

    @property
    def iterations(self) -> keras.Variable:
        """The number of search steps done."""
        return self.weights.iterations

    @property
    def learning_rate(self) -> Any:
        """The weights' learning rate."""
        return self.weights.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.weights.learning_rate = value
