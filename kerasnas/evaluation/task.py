"""What a worker does with one genome: train it, and report what went wrong where something did."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from kerasnas.errors import BackendError, GenomeError, KerasnasError, first_line
from kerasnas.evaluation.evaluator import DIVERGED, EXCLUDED, FAILED, INVALID, OUT_OF_MEMORY, Job, failure
from kerasnas.evaluation.measures import ACCURACY_ALONE, Measures
from kerasnas.results import Protocol as ResultProtocol
from kerasnas.results import Result
from kerasnas.training.quiet import import_backend_quietly
from kerasnas.training.settings import TrainingSettings

if TYPE_CHECKING:
    from kerasnas.data import Dataset
    from kerasnas.genome import Genome
    from kerasnas.training.epoch import Epoch
    from kerasnas.training.latency import Latency
    from kerasnas.training.train import TrainedGenome


class Task(Protocol):
    """What a worker is given to do with each genome; it must be picklable."""

    def prepare(self, threads: int) -> None:
        """Do once in a new process what takes long; `threads` is how many it may use, 0 for as many as it likes."""
        ...

    def __call__(self, job: Job, on_epoch: Callable[[Epoch], None]) -> Result:
        """Return the result of `job`, calling `on_epoch` after each epoch."""
        ...


class Estimate(Protocol):
    """Comes by a genome's result in another way than by training it in full; it must be picklable."""

    def __call__(
        self,
        job: Job,
        genome: Genome,
        dataset: Dataset,
        settings: TrainingSettings,
        on_epoch: Callable[[Epoch], None],
    ) -> Result:
        """Return the result of `genome`, which is that of the job."""
        ...


@dataclass(frozen=True, slots=True)
class TrainingTask:
    """Trains a genome on a stored data set; picklable, so that it can be sent to a worker.

    Attributes:
        data_folder: where `kerasnas.data.store` put the data set.
        settings: how to train.
        tensorboard: a folder for TensorBoard logs, one folder a genome, or None.
        measures: what is measured besides accuracy.
        checkpoints: a folder for trainings that are to go on for more epochs later; None: they start over.
        estimate: what is done in the place of training; None trains.
    """

    data_folder: Path
    settings: TrainingSettings
    tensorboard: Path | None = None
    measures: Measures = ACCURACY_ALONE
    checkpoints: Path | None = None
    estimate: Estimate | None = None

    def prepare(self, threads: int) -> None:
        """Import the backend, which takes seconds, and limit its threads."""
        import_backend_quietly()
        if threads:
            from kerasnas.training.backend import backend

            backend().limit_threads(threads)

    def __call__(self, job: Job, on_epoch: Callable[[Epoch], None] = lambda epoch: None) -> Result:
        """Return the result of `job`; whatever goes wrong becomes its status and reason."""
        settings = self.settings.for_epochs(job.epochs, job.decay_epochs)
        dataset = _stored_dataset(self.data_folder)
        estimate = self.estimate
        if estimate is not None:
            protocol = settings.protocol(dataset)
            return guarded(job.genome, protocol, lambda genome: estimate(job, genome, dataset, settings, on_epoch))
        return train_to_result(
            job.genome, dataset, settings, on_epoch, self.tensorboard, self.measures, self.checkpoints
        )


def train_to_result(
    text: str,
    dataset: Dataset,
    settings: TrainingSettings,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    tensorboard: Path | None = None,
    measures: Measures = ACCURACY_ALONE,
    checkpoints: Path | None = None,
) -> Result:
    """Train the genome `text` in this process and return its result, whatever goes wrong.

    Latency, where it is asked for or limited, is measured before training; over the limit, nothing is trained. What
    int8 makes of it is measured after; where that fails, the row is one of a trained network, and says why.
    """
    protocol = settings.protocol(dataset)

    def trained(genome: Genome) -> Result:
        from kerasnas.model.build import build
        from kerasnas.training.checkpoint import training_checkpoint
        from kerasnas.training.latency import measured_latency
        from kerasnas.training.tensorboard import logged
        from kerasnas.training.train import train

        found, at_most = None, measures.max_latency_ms
        if measures.latency or at_most is not None:
            found = measured_latency(build(genome, dataset.image_shape, dataset.classes, seed=settings.seed))
        if found and at_most is not None and found.milliseconds > at_most:
            reason = f"{found.milliseconds:.3g} ms for one image, at most {at_most:g}; it was not trained"
            return _with_latency(failure(text, protocol, EXCLUDED, reason, attempts=1), found)
        checkpoint = training_checkpoint(checkpoints, str(genome), protocol) if checkpoints else None
        with logged(on_epoch, tensorboard, str(genome)) as report:
            done = train(genome, dataset, settings, report, checkpoint=checkpoint)
        result = _with_int8(done, dataset, settings) if measures.int8 else done.result
        return _with_latency(result, found)

    return guarded(text, protocol, trained)


def guarded(text: str, protocol: ResultProtocol, work: Callable[[Genome], Result]) -> Result:
    """Return what `work` makes of the genome `text`; whatever goes wrong becomes a result's status and reason."""
    import_backend_quietly()
    import keras

    from kerasnas.genome import parse
    from kerasnas.training.fit import DivergedError

    def failed(status: str, reason: str) -> Result:
        return failure(text, protocol, status, reason, attempts=1)

    try:
        return work(parse(text))
    except GenomeError as error:
        return failed(INVALID, str(error))
    except DivergedError as error:
        return failed(DIVERGED, str(error))
    except KerasnasError as error:
        return failed(FAILED, str(error))
    except MemoryError:
        return failed(OUT_OF_MEMORY, "the memory of this process was used up")
    except Exception as error:  # whatever a backend raises must cost this genome only
        status = OUT_OF_MEMORY if type(error).__name__ == "ResourceExhaustedError" else FAILED
        return failed(status, f"{type(error).__name__}: {first_line(error)[:300]}")
    finally:
        keras.backend.clear_session()


def _with_latency(result: Result, found: Latency | None) -> Result:
    return result if found is None else replace(result, latency_ms=found.milliseconds, latency_ratio=found.ratio)


def _with_int8(done: TrainedGenome, dataset: Dataset, settings: TrainingSettings) -> Result:
    """Return the result with the figures of int8, as long as it was the network itself that was trained."""
    from kerasnas.export.quantized import quantized

    if not settings.protocol(dataset).in_full:
        return done.result
    try:
        found = quantized(done.model, dataset, settings)
    except BackendError as error:
        return replace(done.result, reason=f"int8: {error}")
    return replace(
        done.result,
        int8_bytes=found.bytes,
        int8_validation_accuracy=found.validation_accuracy,
        int8_testing_accuracy=found.testing_accuracy,
    )


_datasets: dict[Path, Dataset] = {}
_datasets_lock = threading.Lock()


def _stored_dataset(folder: Path) -> Dataset:
    """Return the stored data set, opened once a process."""
    from kerasnas.data import open_stored

    with _datasets_lock:
        if folder not in _datasets:
            _datasets[folder] = open_stored(folder)
        return _datasets[folder]
