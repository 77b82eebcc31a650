"""Training on TensorFlow: an epoch is one call of one graph, with the fused batch norm and Adam kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasnas.training.adam import BETA_1, BETA_2, EPSILON


def limit_threads(threads: int) -> None:
    """Let TensorFlow use so many threads; has to come before anything is computed."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


def accelerators() -> list[str]:
    """Return the names of the GPUs that TensorFlow sees."""
    details = [tf.config.experimental.get_device_details(gpu) for gpu in tf.config.list_physical_devices("GPU")]
    return [found.get("device_name", "GPU") for found in details]


class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Keras' batch normalisation of `(batch, height, width, channels)`, computed by TensorFlow's fused kernel.

    Keras 3 composes batch norm of small operations. The kernel computes the same function in one pass, except
    that the variance it returns is the unbiased one, which is scaled back here, since Keras keeps the biased.
    """

    def call(self, inputs: tf.Tensor, training: bool | None = None, mask: None = None) -> tf.Tensor:
        """Return the normalised inputs, of the same shape; in training also update the moving statistics."""
        fused = tf.compat.v1.nn.fused_batch_norm
        if not (training and self.trainable):
            outputs, *_ = fused(
                inputs,
                self.gamma,
                self.beta,
                mean=tf.convert_to_tensor(self.moving_mean),
                variance=tf.convert_to_tensor(self.moving_variance),
                epsilon=self.epsilon,
                is_training=False,
            )
            return outputs
        outputs, mean, unbiased, *_ = fused(inputs, self.gamma, self.beta, epsilon=self.epsilon, is_training=True)
        values = tf.cast(tf.size(inputs) // tf.shape(inputs)[-1], unbiased.dtype)
        variance = unbiased * (values - 1) / values
        self.moving_mean.assign(self.moving_mean * self.momentum + mean * (1 - self.momentum))
        self.moving_variance.assign(self.moving_variance * self.momentum + variance * (1 - self.momentum))
        return outputs


class SubsamplingConv2D(keras.layers.Conv2D):
    """Keras' convolution of `(batch, height, width, channels)`, which leaves out first what its kernel steps over.

    A kernel of one pixel reads only every stride-th one, so this computes the same. With oneDNN on AVX-512, TensorFlow
    2.21 leaves its memory in the gradient of such a kernel (64x64 pixels, stride 2, 4 channels), and the process dies.
    """

    def convolution_op(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Return the convolved inputs, without bias and activation."""
        step = self.strides
        if self.kernel_size != (1, 1) or step == (1, 1):
            return super().convolution_op(inputs, kernel)
        return tf.nn.conv2d(inputs[:, :: step[0], :: step[1]], kernel, 1, "VALID")


replacements = {
    keras.layers.BatchNormalization: FusedBatchNormalization,
    keras.layers.Conv2D: SubsamplingConv2D,
}


def inference(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Return a compiled function from images `(batch, height, width, channels)` to class probabilities."""
    compiled = tf.function(lambda images: model(images, training=False))
    return lambda images: compiled(tf.constant(images)).numpy()


def gradient(head: keras.Model) -> Callable[[np.ndarray, int], np.ndarray]:
    """Return a function of features and a class: the gradient of the class's score with respect to the features.

    Args:
        head: maps features `(batch, height, width, channels)` to scores `(batch, classes)`.
    """

    def of(features: np.ndarray, label: int) -> np.ndarray:
        tensor = tf.constant(features)
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            score = tf.reduce_sum(head(tensor, training=False)[:, label])
        return tape.gradient(score, tensor).numpy()

    return of


class EpochLoop:
    """Trains a model with Adam, and evaluates it, a whole pass over the images at a time.

    Args:
        model: maps images `(batch, height, width, channels)` to class probabilities; ends in a softmax.
        batch_size: images a training step.
        evaluation_batch: images a step of `evaluate`.
        image_dtype: of the images that will be placed, uint8 or float32.
        auxiliary_weight: where not 0, the model has a second output of the same shape, whose loss is added with this
            weight.
        class_weights: float32 `(classes,)`, by which the loss of an image counts in training; None for 1.
    """

    def __init__(
        self,
        model: keras.Model,
        batch_size: int,
        evaluation_batch: int,
        image_dtype: np.dtype,
        auxiliary_weight: float = 0.0,
        class_weights: np.ndarray | None = None,
    ) -> None:
        self._model = model
        self._auxiliary_weight = auxiliary_weight
        self._class_weights = None if class_weights is None else tf.constant(class_weights)
        self._weights = model.trainable_variables
        self._moments = [(tf.Variable(tf.zeros(w.shape)), tf.Variable(tf.zeros(w.shape))) for w in self._weights]
        self._beta_powers = tf.Variable(1.0), tf.Variable(1.0)
        self._batch_size = batch_size
        self._evaluation_batch = evaluation_batch
        images = tf.TensorSpec([None, *model.input_shape[1:]], image_dtype)
        whole_numbers, rates = tf.TensorSpec([None], tf.int32), tf.TensorSpec([None], tf.float32)
        self._train_epoch = tf.function(self._train_steps, [images, whole_numbers, whole_numbers, rates])
        self._evaluate = tf.function(self._evaluation_steps, [images, whole_numbers, whole_numbers])

    @property
    def optimizer_variables(self) -> list[tf.Variable]:
        """What Adam remembers between steps."""
        return [*self._beta_powers, *(moment for moments in self._moments for moment in moments)]

    @staticmethod
    def place(images: np.ndarray, labels: np.ndarray) -> tuple[tf.Tensor, tf.Tensor]:
        """Return images `(n, height, width, channels)`, uint8 or float32, and int32 labels `(n,)` on the device.

        Memory-mapped images are read in place, so that processes share them.
        """
        mapped = isinstance(images, np.memmap) and images.flags.writeable
        return (
            tf.experimental.dlpack.from_dlpack(images.__dlpack__()) if mapped else tf.constant(images),
            tf.constant(labels),
        )

    def train_epoch(
        self, placed: tuple[tf.Tensor, tf.Tensor], order: np.ndarray, learning_rates: np.ndarray
    ) -> tuple[float, float]:
        """Train on the images that `order` names, in that order.

        Args:
            placed: what `place` returned; uint8 images are scaled to 0..1 here.
            order: `(steps * batch_size,)`, int32, indexes of images.
            learning_rates: `(steps,)`, float32.

        Returns:
            The mean loss, without the auxiliary one and class weights, and the accuracy (0 to 1) over the epoch's
            batches, each before its step.
        """
        loss, correct = self._train_epoch(*placed, tf.constant(order), tf.constant(learning_rates))
        return float(loss) / len(learning_rates), float(correct) / len(order)

    def evaluate(self, placed: tuple[tf.Tensor, tf.Tensor], order: np.ndarray) -> tuple[float, float, np.ndarray]:
        """Return the mean loss, the accuracy (0 to 1) and the class probabilities of the images that `order` names.

        The probabilities are `(len(order), classes)`, in that order.
        """
        loss, correct, probabilities = self._evaluate(*placed, tf.constant(order))
        return float(loss) / len(order), float(correct) / len(order), probabilities.numpy()

    def _train_steps(
        self, images: tf.Tensor, labels: tf.Tensor, order: tf.Tensor, learning_rates: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        total_loss, correct = tf.constant(0.0), tf.constant(0)
        for step in tf.range(tf.shape(learning_rates)[0]):
            _one_at_a_time()
            batch = tf.reshape(order[step * self._batch_size : (step + 1) * self._batch_size], [self._batch_size])
            batch_labels = tf.gather(labels, batch)
            with tf.GradientTape() as tape:
                probabilities, *auxiliary = self._outputs(tf.gather(images, batch), training=True)
                losses = _cross_entropy(batch_labels, probabilities)
                loss, objective = tf.reduce_mean(losses), self._objective(losses, batch_labels)
                for more in auxiliary:
                    more_losses = _cross_entropy(batch_labels, more)
                    objective += self._auxiliary_weight * self._objective(more_losses, batch_labels)
            self._adam_step(tape.gradient(objective, self._weights), learning_rates[step])
            total_loss += loss
            correct += _count_correct(batch_labels, probabilities)
        return total_loss, correct

    def _objective(self, losses: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        weighed = losses if self._class_weights is None else losses * tf.gather(self._class_weights, labels)
        return tf.reduce_mean(weighed)

    def _outputs(self, images: tf.Tensor, training: bool) -> list[tf.Tensor]:
        outputs = self._model(_scaled(images), training=training)
        return outputs if isinstance(outputs, list) else [outputs]

    def _adam_step(self, gradients: list[tf.Tensor], learning_rate: tf.Tensor) -> None:
        power_1, power_2 = self._beta_powers
        power_1.assign(power_1 * BETA_1)
        power_2.assign(power_2 * BETA_2)
        for weight, (first, second), gradient in zip(self._weights, self._moments, gradients, strict=True):
            tf.raw_ops.ResourceApplyAdam(
                var=weight.value.handle,
                m=first.handle,
                v=second.handle,
                beta1_power=power_1,
                beta2_power=power_2,
                lr=learning_rate,
                beta1=BETA_1,
                beta2=BETA_2,
                epsilon=EPSILON,
                grad=gradient,
            )

    def _evaluation_steps(self, images: tf.Tensor, labels: tf.Tensor, order: tf.Tensor) -> tuple[tf.Tensor, ...]:
        total_loss, correct = tf.constant(0.0), tf.constant(0)
        classes = self._model.outputs[0].shape[-1]
        found = tf.TensorArray(tf.float32, 0, True, infer_shape=False, element_shape=[None, classes])
        for start in tf.range(0, tf.shape(order)[0], self._evaluation_batch):
            _one_at_a_time()
            batch = order[start : start + self._evaluation_batch]
            batch_labels = tf.gather(labels, batch)
            probabilities, *_ = self._outputs(tf.gather(images, batch), training=False)
            total_loss += tf.reduce_sum(_cross_entropy(batch_labels, probabilities))
            correct += _count_correct(batch_labels, probabilities)
            found = found.write(found.size(), probabilities)
        return total_loss, correct, found.concat()


def _one_at_a_time() -> None:
    """Keep TensorFlow from running ten steps of a loop at once, which takes more memory and, measured, more time."""
    tf.autograph.experimental.set_loop_options(parallel_iterations=1)


def _scaled(images: tf.Tensor) -> tf.Tensor:
    return tf.cast(images, tf.float32) / 255 if images.dtype == tf.uint8 else images


def _cross_entropy(labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
    return keras.ops.sparse_categorical_crossentropy(labels, probabilities)


def _count_correct(labels: tf.Tensor, probabilities: tf.Tensor) -> Any:
    return tf.math.count_nonzero(tf.argmax(probabilities, -1, output_type=tf.int32) == labels, dtype=tf.int32)
