"""Which stock Keras layer computes each primitive operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import singledispatch
from types import MappingProxyType
from typing import Any

import keras

from kerasnas.genome.operations import (
    Activate,
    Add,
    AveragePool,
    AveragePoolGlobally,
    Concatenate,
    Connect,
    Convolve,
    ConvolveDepthwise,
    ConvolveRectangle,
    Crop,
    Drop,
    MaxPool,
    Normalise,
    Operation,
    Pad,
    Subsample,
    Zero,
)

BATCH_NORM_MOMENTUM = 0.9
"""Keras' 0.99 follows the statistics too slowly for short trainings: after 5 epochs of 100 steps the example
genome's validation accuracy was 57% with 0.99, while its training accuracy was 79%."""

LayerFactory = Callable[..., keras.Layer]

Replacements = Mapping[type[keras.Layer], LayerFactory]
"""What stands for stock layers, by their class."""

STOCK: Replacements = MappingProxyType({})
"""None replaced."""


@singledispatch
def layer_arguments(operation: Operation) -> tuple[type[keras.Layer], dict[str, Any]]:
    """Return the stock Keras layer that computes `operation`, and its arguments."""
    raise TypeError(f"no Keras layer is known for {operation!r}")


@layer_arguments.register
def _(operation: Convolve) -> tuple[type[keras.Layer], dict[str, Any]]:
    return keras.layers.Conv2D, {
        "filters": operation.filters,
        "kernel_size": operation.kernel,
        "strides": operation.stride,
        "padding": operation.padding,
        "use_bias": operation.bias,
    }


@layer_arguments.register
def _(operation: ConvolveRectangle) -> tuple[type[keras.Layer], dict[str, Any]]:
    return keras.layers.Conv2D, {
        "filters": operation.filters,
        "kernel_size": operation.kernel,
        "strides": operation.stride,
        "padding": "valid",
        "use_bias": False,
    }


@layer_arguments.register
def _(operation: ConvolveDepthwise) -> tuple[type[keras.Layer], dict[str, Any]]:
    return keras.layers.DepthwiseConv2D, {
        "kernel_size": operation.kernel,
        "strides": operation.stride,
        "padding": operation.padding,
        "dilation_rate": operation.dilation,
        "use_bias": False,
    }


@layer_arguments.register
def _(operation: Normalise) -> tuple[type[keras.Layer], dict[str, Any]]:
    return keras.layers.BatchNormalization, {
        "momentum": BATCH_NORM_MOMENTUM,
        "epsilon": operation.epsilon,
    }


@layer_arguments.register
def _(operation: Activate) -> tuple[type[keras.Layer], dict[str, Any]]:
    return keras.layers.Activation, {"activation": operation.function}


@layer_arguments.register
def _(operation: AveragePoolGlobally) -> tuple[type[keras.Layer], dict[str, Any]]:
    return keras.layers.GlobalAveragePooling2D, {}


@layer_arguments.register
def _(operation: Connect) -> tuple[type[keras.Layer], dict[str, Any]]:
    return keras.layers.Dense, {"units": operation.units}


@layer_arguments.register
def _(operation: Pad) -> tuple[type[keras.Layer], dict[str, Any]]:
    return keras.layers.ZeroPadding2D, {"padding": (operation.rows, operation.columns)}


@layer_arguments.register
def _(operation: Crop) -> tuple[type[keras.Layer], dict[str, Any]]:
    return keras.layers.Cropping2D, {"cropping": (operation.rows, operation.columns)}


@layer_arguments.register
def _(operation: Subsample) -> tuple[type[keras.Layer], dict[str, Any]]:
    # The maximum over one pixel is that pixel; no stock layer slices.
    return keras.layers.MaxPooling2D, {"pool_size": 1, "strides": operation.stride}


@layer_arguments.register
def _(operation: AveragePool) -> tuple[type[keras.Layer], dict[str, Any]]:
    return keras.layers.AveragePooling2D, _windows(operation)


@layer_arguments.register
def _(operation: MaxPool) -> tuple[type[keras.Layer], dict[str, Any]]:
    return keras.layers.MaxPooling2D, _windows(operation)


@layer_arguments.register
def _(operation: Drop) -> tuple[type[keras.Layer], dict[str, Any]]:
    return keras.layers.Dropout, {"rate": operation.percent / 100}


@layer_arguments.register
def _(operation: Zero) -> tuple[type[keras.Layer], dict[str, Any]]:
    return keras.layers.Rescaling, {"scale": 0.0}


@layer_arguments.register
def _(operation: Add) -> tuple[type[keras.Layer], dict[str, Any]]:
    return keras.layers.Add, {}


@layer_arguments.register
def _(operation: Concatenate) -> tuple[type[keras.Layer], dict[str, Any]]:
    return keras.layers.Concatenate, {}


def _windows(operation: AveragePool | MaxPool) -> dict[str, Any]:
    return {"pool_size": operation.size, "strides": operation.stride, "padding": operation.padding}
