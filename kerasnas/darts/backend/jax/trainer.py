"""The bilevel step as JAX's `train_step`; the twin of `backend/tensorflow/trainer.py`."""

from typing import Any

import jax
import keras


class BilevelTrainer(keras.Model):
    """A model whose training step is the pure function that its subclass gives as `search_step`."""

    def train_step(self, state: Any, data: Any) -> tuple[dict[str, Any], Any]:
        """Do one step on a pair of batches (training, validation), each (x, y).

        Args:
            state: values of the trainable, the other, the optimizers' and the metrics' variables.
            data: the pair.

        Returns:
            The metrics so far, by name, and the new state.
        """
        *model_values, metrics = state
        groups = [self.trainable_variables, self.non_trainable_variables, self.optimizer.variables]
        value_of = {
            id(variable): value
            for variables, values in zip(groups, model_values, strict=True)
            for variable, value in zip(variables, values, strict=True)
        }
        variables = self.search_variables()
        values = jax.tree.map(lambda v: value_of[id(v)], variables)
        new_values, loss, logits = self.search_step(values, data)
        for variable, value in zip(jax.tree.leaves(variables), jax.tree.leaves(new_values), strict=True):
            value_of[id(variable)] = value
        (x, y), _ = data
        logs, metrics = self._update_metrics_variables(metrics, loss, x, y, logits, None)
        return logs, (*[[value_of[id(v)] for v in group] for group in groups], metrics)


def set_up_process() -> None:
    """Nothing to set; the twin leaves out graph optimisations."""
