"""Where a model looked: Grad-CAM."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np

from kerasnas.errors import SettingsError
from kerasnas.training.backend import backend


@dataclass(frozen=True)
class Explanation:
    """What a model says of one image, and where that comes from.

    Attributes:
        probabilities: `(classes,)`.
        label: the class that is explained.
        heat: `(height, width)` of the feature map, from 0 to 1: how much each place speaks for that class.
    """

    probabilities: np.ndarray
    label: int
    heat: np.ndarray


class GradCam:
    """Explains what a model says of images.

    Grad-CAM: the sum of a layer's feature maps, each weighed by the mean gradient of the class's score with respect to
    it, negative values cut off. The score is what goes into the softmax. Source: Selvaraju et al., "Grad-CAM: Visual
    Explanations from Deep Networks via Gradient-based Localization", ICCV 2017, arXiv 1610.02391.

    Args:
        model: maps images `(batch, height, width, channels)` to class probabilities.
        layer: the name of a layer with feature maps that all of the network's later part depends on; None for the
            last that has any.

    Raises:
        SettingsError: the model has no feature maps, or there is no such layer that can be explained by.
    """

    def __init__(self, model: keras.Model, layer: str | None = None) -> None:
        chosen = _feature_layer(model, layer)
        features, scores = chosen.output, _scores(model)
        try:
            head = keras.Model(features, scores)
        except ValueError:
            raise SettingsError(
                f"layer {chosen.name!r} cannot be explained by: what comes later also depends on other layers"
            ) from None
        self._gradient = backend().gradient(head)
        self._both = keras.Model(model.inputs[0], [features, model.outputs[0]])

    def __call__(self, image: np.ndarray, label: int | None = None) -> Explanation:
        """Return the explanation of one image.

        Args:
            image: `(height, width, channels)`, float32 in 0..1.
            label: the class to explain; None for the likeliest.
        """
        outputs = self._both(image[np.newaxis], training=False)
        features, (probabilities,) = (keras.ops.convert_to_numpy(output) for output in outputs)
        label = int(probabilities.argmax()) if label is None else label
        if not 0 <= label < len(probabilities):
            raise SettingsError(f"the model has the classes 0 to {len(probabilities) - 1}, not {label}")
        weights = self._gradient(features, label)[0].mean((0, 1))
        heat = np.maximum(features[0] @ weights, 0)
        return Explanation(probabilities, label, heat / heat.max() if heat.max() > 0 else heat)


def _feature_layer(model: keras.Model, name: str | None) -> keras.Layer:
    found = [layer for layer in model.layers if len(getattr(layer.output, "shape", ())) == 4][1:]
    if not found:
        raise SettingsError("the model has no layer with feature maps (height, width, channels)")
    if name is None:
        return found[-1]
    for layer in found:
        if layer.name == name:
            return layer
    raise SettingsError(f"no layer {name!r} with feature maps; there are {', '.join(layer.name for layer in found)}")


def _scores(model: keras.Model) -> keras.KerasTensor:
    """Return what goes into the model's softmax, or its output where it ends in a layer that does more."""
    last = model.layers[-1]
    softmax = isinstance(last, keras.layers.Softmax) or (
        isinstance(last, keras.layers.Activation) and last.activation is keras.activations.softmax
    )
    return last.input if softmax else model.outputs[0]
