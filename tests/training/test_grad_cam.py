"""Grad-CAM on models whose answer is known."""

import keras
import numpy as np
import pytest

from kerasnas.errors import SettingsError
from kerasnas.genome import parse
from kerasnas.model.build import build
from kerasnas.training.grad_cam import GradCam
from tests.marks import slow_on_jax

pytestmark = pytest.mark.backend


def bright_or_dark(scores=True):
    """Return a model of two classes: the second is said of bright images; its feature map is the image itself."""
    image = keras.Input((6, 6, 1))
    features = keras.layers.Conv2D(1, 1, use_bias=False, name="look", kernel_initializer="ones")(image)
    mean = keras.layers.GlobalAveragePooling2D()(features)
    dense = keras.layers.Dense(2, name="score", activation=None if scores else "softmax")
    outputs = dense(mean)
    dense.set_weights([np.array([[-3.0, 3.0]]), np.zeros(2)])
    return keras.Model(image, keras.layers.Softmax()(outputs) if scores else outputs)


def lit(row, column):
    image = np.zeros((6, 6, 1), np.float32)
    image[row, column] = 1
    return image


@pytest.mark.parametrize("scores", [True, False], ids=["softmax apart", "softmax in the dense layer"])
def test_the_heat_is_where_the_image_speaks_for_the_class(scores):
    cam = GradCam(bright_or_dark(scores))
    for row, column in ((0, 0), (2, 5), (4, 1)):
        found = cam(lit(row, column))
        assert found.label == 1
        np.testing.assert_allclose(found.heat, lit(row, column)[..., 0], atol=1e-6)
        assert found.probabilities.sum() == pytest.approx(1)


def test_nothing_speaks_for_the_other_class():
    found = GradCam(bright_or_dark())(lit(1, 1), label=0)
    assert (found.label, found.heat.max()) == (0, 0)


@slow_on_jax
def test_gradients_are_those_of_small_differences():
    """On a genome: the heat from the formula, with gradients by central differences."""
    model = build(parse("NC 3 3 tanh;RC 4 3 swish;FL tanh"), (9, 7, 2), 3, seed=4)
    image = np.random.default_rng(0).random((9, 7, 2), np.float32)
    cam = GradCam(model)
    label = next(label for label in range(3) if cam(image, label).heat.max() > 0)
    found = cam(image, label)
    chosen = [layer for layer in model.layers if len(layer.output.shape) == 4][-1]
    body = keras.Model(model.inputs[0], chosen.output)
    head = keras.Model(chosen.output, model.layers[-1].input)
    features = keras.ops.convert_to_numpy(body(image[None]))
    weights = []
    for channel in range(features.shape[-1]):
        change = np.zeros_like(features)
        change[..., channel] = 1e-2
        above, below = (keras.ops.convert_to_numpy(head(features + sign * change))[0, label] for sign in (1, -1))
        weights.append((above - below) / 2e-2)
    expected = np.maximum(features[0] @ np.array(weights), 0)
    np.testing.assert_allclose(found.heat, expected / expected.max(), atol=2e-2)
    assert found.probabilities == pytest.approx(keras.ops.convert_to_numpy(model(image[None]))[0], abs=1e-6)


def test_layers_and_classes_that_there_are_not_are_refused():
    model = build(parse("NC 3 3 tanh;RC 4 3 swish;FL tanh"), (9, 7, 2), 3, seed=1)
    with pytest.raises(SettingsError, match="no layer 'none' with feature maps; there are layer1_0"):
        GradCam(model, "none")
    with pytest.raises(SettingsError, match="classes 0 to 2, not 3"):
        GradCam(model)(np.zeros((9, 7, 2), np.float32), label=3)
    flat = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")])
    with pytest.raises(SettingsError, match="no layer with feature maps"):
        GradCam(flat)


def test_an_earlier_layer_of_a_chain_can_be_chosen():
    model = build(parse("NC 3 3 relu;RC 4 3 relu;FL relu"), (9, 9, 1), 2, seed=1)
    image = np.random.default_rng(0).random((9, 9, 1), np.float32)
    early = next(layer.name for layer in model.layers if isinstance(layer, keras.layers.Conv2D))
    assert GradCam(model, early)(image).heat.shape == (9, 9)
    assert GradCam(model)(image).heat.shape == (4, 4)
