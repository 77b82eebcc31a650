"""How long a model takes for one image, on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Any

import keras
import numpy as np

from kerasnas.genome import parse
from kerasnas.model.build import build
from kerasnas.training.backend import backend

REFERENCE = "NC 16 3 relu;NC 16 3 relu;FL relu"
"""The model that others are measured against; it can be built on images of any size."""

WARM_UP = 5
TURNS = 40


@dataclass(frozen=True, slots=True)
class Latency:
    """The time for one image.

    Attributes:
        milliseconds: the ratio times the least that the reference model took, when the machine was least disturbed.
        ratio: of the medians of the model and the reference model, which take turns: a machine that is busy slows both.
    """

    milliseconds: float
    ratio: float


def measured_latency(model: keras.Model) -> Latency:
    """Return how long `model`, which maps images `(batch, height, width, channels)`, takes for a batch of one."""
    image_shape = tuple(model.input_shape[1:])
    image = np.zeros((1, *image_shape), np.float32)
    own, reference = times_in_turns(
        [backend().inference(model), _reference(image_shape, model.output_shape[-1])], image
    )
    ratio = median(own) / median(reference)
    return Latency(ratio * min(reference), ratio)


def times_in_turns(calls: Sequence[Callable[[np.ndarray], Any]], image: np.ndarray) -> list[tuple[float, ...]]:
    """Return the times that each of `calls` takes for `image`, in milliseconds, measured in turns after a warm-up."""
    for call in calls:
        for _ in range(WARM_UP):
            call(image)
    times = [[_milliseconds(call, image) for call in calls] for _ in range(TURNS)]
    return list(zip(*times, strict=True))


@lru_cache(maxsize=4)
def _reference(image_shape: tuple[int, ...], classes: int) -> Any:
    return backend().inference(build(parse(REFERENCE), image_shape, classes, seed=0))


def _milliseconds(call: Any, image: np.ndarray) -> float:
    started = time.perf_counter()
    call(image)
    return 1000 * (time.perf_counter() - started)
