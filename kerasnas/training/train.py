"""Training one genome: the one recipe that every accuracy in kerasnas comes from."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from html import escape

import keras

from kerasnas._version import __version__
from kerasnas.data import Dataset
from kerasnas.genome import Genome
from kerasnas.model.build import build
from kerasnas.model.cost import cost
from kerasnas.model.drop_path import DropPath
from kerasnas.results import Result
from kerasnas.results.html import html_table
from kerasnas.training.backend import backend
from kerasnas.training.checkpoint import Checkpoint
from kerasnas.training.epoch import Epoch
from kerasnas.training.fidelity import Fidelity
from kerasnas.training.fit import Stop, fit, never
from kerasnas.training.machine import machine
from kerasnas.training.settings import TrainingSettings


@dataclass(frozen=True)
class TrainedGenome:
    """A trained genome: its result, the epochs that led there, the model as it was trained, what its classes are.

    At a lower fidelity `genome` is the smaller one that was trained.
    """

    genome: Genome
    result: Result
    history: tuple[Epoch, ...]
    trained_model: keras.Model
    class_names: tuple[str, ...] = ()

    def __repr__(self) -> str:
        found, size = self.result, self.result.parameters or 0
        figures = {"validation": found.validation_accuracy, "testing": found.testing_accuracy}
        accuracies = ", ".join(f"{name} {value:.2f}%" for name, value in figures.items() if value is not None)
        return f"<TrainedGenome: {found.genome!r}, {size:,} parameters, {len(self.history)} epochs, {accuracies}>"

    def _repr_html_(self) -> str:
        names = ("epoch", "training_loss", "training_accuracy", "validation_loss", "validation_accuracy")
        epochs = html_table(names, [[getattr(epoch, name) for name in names] for epoch in self.history])
        return f"<p>{escape(repr(self))}</p>{epochs}"

    @cached_property
    def model(self) -> keras.Model:
        """The model rebuilt of stock Keras layers with the same weights, loadable without kerasnas."""
        stock = build(self.genome, self.trained_model.input_shape[1:], self.trained_model.outputs[0].shape[-1])
        for layer in stock.layers:
            layer.set_weights(self.trained_model.get_layer(layer.name).get_weights())
        return stock


def train(
    genome: Genome,
    dataset: Dataset,
    settings: TrainingSettings,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    *,
    initialise: Callable[[keras.Model, Genome], object] = lambda model, genome: None,
    stop: Stop = never,
    checkpoint: Checkpoint | None = None,
) -> TrainedGenome:
    """Train `genome` and return the model with its result.

    Adam with a cosine decay to zero (Loshchilov and Hutter, ICLR 2017) over `settings.epochs`; cross-entropy;
    every epoch shuffles the images anew and leaves out those that fill no batch. The weights kept are those
    of the epoch with the best validation accuracy; the test images are read once, after that, unless this is an
    estimate (`settings.estimator`).

    At a lower fidelity a smaller network is trained on smaller images; the costs are those of `genome` itself.

    The settings may add what DARTS evaluates its cells with (arXiv 1806.09055, section 3.2): an auxiliary head,
    drop-path, cutout, crops and flips. The losses reported are without the auxiliary head's, and without class weights.

    Args:
        genome: the architecture.
        dataset: the images.
        settings: how to train; they make the result's protocol.
        on_epoch: called after each epoch.
        initialise: given the fresh model and the genome that it is of, may set its weights.
        stop: see `kerasnas.training.fit`.
        checkpoint: see there.

    Raises:
        GenomeError: the network cannot exist on these images.
        SettingsError: the settings leave nothing to train on or to validate with.
        DivergedError: the loss is no longer finite.
    """
    started, cpu_started = time.monotonic(), time.process_time()
    costs = cost(genome, dataset.image_shape, dataset.classes)
    fidelity = Fidelity.read(settings.fidelity)
    images = fidelity.dataset(dataset)
    reduced = fidelity.genome(genome, images.image_shape)
    model = build(
        reduced,
        images.image_shape,
        images.classes,
        seed=settings.seed,
        replacements=backend().replacements,
        auxiliary=settings.auxiliary_weight > 0,
        drop_path=DropPath if settings.drop_path else None,
    )
    initialise(model, reduced)
    fitted = fit(model, images, settings, on_epoch, stop=stop, checkpoint=checkpoint)
    result = Result(
        genome=str(genome),
        parameters=costs.parameters,
        macs=costs.macs,
        peak_activation_bytes=costs.peak_activation_bytes,
        seconds=round(time.monotonic() - started, 3),
        cpu_seconds=round(time.process_time() - cpu_started, 3),
        attempts=1,
        estimate=_estimate(settings),
        finished=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        kerasnas=__version__,
        keras=keras.__version__,
        backend=keras.backend.backend(),
        machine=machine(),
        protocol=settings.protocol(dataset),
        **fitted.figures,
    )
    return TrainedGenome(reduced, result, fitted.history, model, dataset.class_names)


def _estimate(settings: TrainingSettings) -> str:
    if settings.estimator:
        return f"training, {settings.estimator}"
    return f"training at {settings.fidelity}" if settings.fidelity else "training"
