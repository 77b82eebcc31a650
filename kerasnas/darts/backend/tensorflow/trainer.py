"""The bilevel step as TensorFlow's `train_step`; the twin of `backend/jax/trainer.py`."""

from typing import Any

import keras
import tensorflow as tf


class BilevelTrainer(keras.Model):
    """A model whose training step is the pure function that its subclass gives as `search_step`."""

    def train_step(self, data: Any) -> dict[str, Any]:
        """Do one step on a pair of batches (training, validation), each (x, y).

        Returns:
            The metrics so far, by name.
        """
        variables = self.search_variables()
        values = tf.nest.map_structure(lambda v: tf.convert_to_tensor(v.value), variables)
        new_values, loss, logits = self.search_step(values, data)
        for variable, value in zip(tf.nest.flatten(variables), tf.nest.flatten(new_values), strict=True):
            variable.assign(value)
        (x, y), _ = data
        self._loss_tracker.update_state(loss, sample_weight=tf.shape(x)[0])
        return self.compute_metrics(x, y, logits)


def set_up_process() -> None:
    """Leave out graph optimisations, which take longer than they save here (benchmarks/darts_notes.md)."""
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
