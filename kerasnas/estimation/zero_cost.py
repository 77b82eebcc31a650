"""Scores of a network at initialisation: no training, one batch or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasnas.darts.backend import load
from kerasnas.data.dataset import scaled
from kerasnas.genome import Genome
from kerasnas.model.build import build
from kerasnas.training.backend import backend

Tensor = Any
Score = Callable[[Genome, np.ndarray, np.ndarray, int, int], float]


def synflow(genome: Genome, images: np.ndarray, labels: np.ndarray, classes: int, seed: int = 0) -> float:
    """Return the logarithm of the sum of w * dR/dw over all weights: the synaptic flow.

    R is the sum of the outputs before the softmax, of an image of ones, in the network with absolute weights, without
    batch norm and with linear activations, so that nothing but the paths of weights counts. Needs no data.

    Source: Tanaka, Kunin, Yamins and Ganguli, "Pruning neural networks without any data by iteratively conserving
    synaptic flow", NeurIPS 2020; as a score of networks Abdelfattah et al., ICLR 2021.
    """
    replacements = {**backend().replacements, keras.layers.BatchNormalization: _leave_as_it_is}
    model = build(genome, images.shape[1:], classes, seed=seed, replacements=replacements)
    _make_linear(model)
    weights = [ops.abs(variable.value) for variable in model.trainable_variables]
    others = [variable.value for variable in model.non_trainable_variables]
    # Two images, since TensorFlow 2.21 (oneDNN) crashes in some convolutions' gradients on a batch of one.
    ones = ops.ones((2, *images.shape[1:]))

    def flow(values: list[Tensor]) -> tuple[Tensor, None]:
        outputs, _ = model.stateless_call(values, others, ones, training=False)
        return ops.sum(outputs) / 2, None

    _, gradients = load("autodiff").value_and_grad(flow, weights)
    total = sum(float(ops.sum(weight * gradient)) for weight, gradient in zip(weights, gradients, strict=True))
    return float(np.log(max(total, np.finfo(float).tiny)))


def naswot(genome: Genome, images: np.ndarray, labels: np.ndarray, classes: int, seed: int = 0) -> float:
    """Return log |det K|, K counting for each two images the activations that are on for both or off for both.

    An activation is on where its input is over 0, whatever its function. K is divided by the number of activations, so
    that networks of all sizes give numbers of one kind.

    Source: Mellor, Turner, Storkey and Crowley, "Neural Architecture Search without Training", ICML 2021.
    """
    model = build(genome, images.shape[1:], classes, seed=seed)
    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.Activation)][:-1]
    inputs = keras.Model(model.inputs, [layer.input for layer in layers])(_scaled(images), training=True)
    kernel, units = np.zeros((len(images), len(images))), 0
    for values in inputs if isinstance(inputs, list) else [inputs]:
        on = np.asarray(ops.convert_to_numpy(values) > 0, np.float64).reshape(len(images), -1)
        kernel += on @ on.T + (1 - on) @ (1 - on).T
        units += on.shape[1]
    sign, logarithm = np.linalg.slogdet(kernel / max(1, units))
    return float(logarithm) if sign > 0 else -np.inf


def gradient_norm(genome: Genome, images: np.ndarray, labels: np.ndarray, classes: int, seed: int = 0) -> float:
    """Return the Euclidean norm of the loss's gradient over all weights, on one batch.

    Source: Abdelfattah, Mehrotra, Dudziak and Lane, "Zero-Cost Proxies for Lightweight NAS", ICLR 2021.
    """
    model = build(genome, images.shape[1:], classes, seed=seed, replacements=backend().replacements)
    weights = [variable.value for variable in model.trainable_variables]
    others = [variable.value for variable in model.non_trainable_variables]
    batch, targets = _scaled(images), ops.convert_to_tensor(labels)

    def loss(values: list[Tensor]) -> tuple[Tensor, None]:
        outputs, _ = model.stateless_call(values, others, batch, training=True)
        return ops.mean(keras.losses.sparse_categorical_crossentropy(targets, outputs)), None

    _, gradients = load("autodiff").value_and_grad(loss, weights)
    return float(np.sqrt(sum(float(ops.sum(gradient**2)) for gradient in gradients)))


SCORES: dict[str, Score] = {"synflow": synflow, "naswot": naswot, "grad-norm": gradient_norm}
"""Every one takes a genome, images `(n, height, width, channels)`, their labels, the number of classes and a seed."""


def _leave_as_it_is(name: str, **unused: Any) -> keras.layers.Layer:
    return keras.layers.Identity(name=name)


def _make_linear(model: keras.Model) -> None:
    for layer in model.layers:
        if hasattr(layer, "activation"):
            layer.activation = keras.activations.linear


def _scaled(images: np.ndarray) -> Tensor:
    return ops.convert_to_tensor(scaled(images))
