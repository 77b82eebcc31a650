"""kerasnas in Python: what `import kerasnas as kn` offers. The command line does the same, and more at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasnas.errors import SearchError
from kerasnas.genome import ChainSpace, Genome, SearchSpace, expand, parse
from kerasnas.model.cost import Cost
from kerasnas.model.cost import cost as _cost
from kerasnas.results import Result
from kerasnas.results.html import html_table
from kerasnas.training.settings import TrainingSettings

if TYPE_CHECKING:
    import keras

    from kerasnas.data import Dataset
    from kerasnas.search.strategy import AnyStrategy
    from kerasnas.training.train import Epoch, TrainedGenome

Shape = Sequence[int]
_MNIST_LIKE = (28, 28, 1)


def build(
    genome: str | Genome, input_shape: Shape = _MNIST_LIKE, classes: int = 10, *, seed: int | None = None
) -> keras.Model:
    """Return a Keras model of stock layers, with fresh weights.

    It maps images `(batch, height, width, channels)`, scaled to 0..1, to class probabilities `(batch, classes)`.

    Args:
        genome: the architecture, for example `"NC 4 5 sigmoid;RC 64 3 relu;FL gelu"`.
        input_shape: the shape of one image, `(height, width, channels)`.
        classes: the number of classes.
        seed: makes the initial weights repeatable.

    Raises:
        GenomeError: the text is no genome, or the network cannot exist on such images.
    """
    _quietly()
    from kerasnas.model.build import build as built

    return built(_genome(genome), input_shape, classes, seed=seed)


def code(genome: str | Genome, input_shape: Shape = _MNIST_LIKE, classes: int = 10) -> str:
    """Return plain Keras code that builds the same model without kerasnas; see `build` for the arguments."""
    _quietly()
    from kerasnas.model.code import keras_code

    return keras_code(_genome(genome), input_shape, classes)


def cost(genome: str | Genome, input_shape: Shape = _MNIST_LIKE, classes: int = 10) -> Cost:
    """Return parameters, multiply-adds and activation memory, exactly and without building anything.

    See `build` for the arguments and errors.
    """
    return _cost(_genome(genome), input_shape, classes)


def show(genome: str | Genome, input_shape: Shape = _MNIST_LIKE, classes: int = 10) -> Drawing:
    """Return a drawing of the genome: a graph in a notebook, lines of text elsewhere; see `build` for the arguments."""
    from kerasnas.report.genome_graph import svg_of_genome, text_of_genome

    parsed = _genome(genome)
    network = expand(parsed, input_shape, classes)
    return Drawing(text_of_genome(parsed, network), svg_of_genome(parsed, network))


def train(
    genome: str | Genome,
    dataset: str | Dataset = "digits",
    settings: TrainingSettings | None = None,
    *,
    data_dir: str | Path | None = None,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    **options: Any,
) -> TrainedGenome:
    """Train a genome; return its result, its epochs and the model.

    Args:
        genome: the architecture.
        dataset: a data set, or the name of one that `kerasnas.data.load` knows.
        settings: how to train; the defaults of `TrainingSettings` unless given.
        data_dir: where the data set lies.
        on_epoch: called after each epoch.
        options: fields of `TrainingSettings`, such as `epochs=5`, in place of `settings`.

    Raises:
        GenomeError, DataError, SettingsError: what was given cannot be used.
    """
    data = _dataset(dataset, data_dir)
    _quietly()
    from kerasnas.training.train import train as trained

    return trained(_genome(genome), data, settings or TrainingSettings(**options), on_epoch)


def search(
    dataset: str | Dataset = "digits",
    strategy: str | type[AnyStrategy] = "evolution",
    space: SearchSpace[Any] | None = None,
    settings: TrainingSettings | None = None,
    *,
    trials: int = 20,
    max_parameters: int | None = None,
    max_macs: int | None = None,
    out: str | Path | None = None,
    data_dir: str | Path | None = None,
    on_result: Callable[[Result], None] = lambda result: None,
    **options: Any,
) -> Search:
    """Search for the best genome in this process, one training after the other.

    Args:
        dataset: a data set, or the name of one that `kerasnas.data.load` knows.
        strategy: the name of a strategy, or the class of one of your own.
        space: what is searched; chains on the data set's images unless given.
        settings: how to train each; the defaults of `TrainingSettings` unless given.
        trials: how many genomes are proposed.
        max_parameters: networks of more are never proposed.
        max_macs: the same for multiply-adds.
        out: a results CSV, to which each result is appended; a search that was stopped goes on from it.
        data_dir: where the data set lies.
        on_result: called with each result.
        options: fields of `TrainingSettings`, such as `epochs=5`, in place of `settings`.

    Raises:
        DataError, SettingsError, ResultsError: what was given cannot be used.
        SearchError: no genome keeps within the limits.
    """
    data = _dataset(dataset, data_dir)
    _quietly()
    from kerasnas.evaluation import InProcessEvaluator, existing_results
    from kerasnas.results import ResultsWriter
    from kerasnas.search.limits import Limits
    from kerasnas.search.live import Budget, LiveSearch
    from kerasnas.search.objective import Fitness
    from kerasnas.search.registry import strategy_named

    how = settings or TrainingSettings(**options)
    kind = strategy_named(strategy) if isinstance(strategy, str) else strategy
    limits = Limits(data.image_shape, data.classes, max_parameters, max_macs)
    proposer = kind(space or ChainSpace(data.image_shape, data.classes), fitness=Fitness(), admits=limits)
    with ExitStack() as stack:
        writer = stack.enter_context(ResultsWriter(Path(out))) if out is not None else None
        known = existing_results(Path(out)) if out is not None else []
        live = LiveSearch(proposer, how.protocol(data), Budget(trials), known=known)
        for result in InProcessEvaluator(data, how).evaluate(live.jobs()):
            recorded = live.record(result)
            if writer is not None:
                writer.append(recorded)
            on_result(recorded)
    if not live.results:
        raise SearchError(f"nothing was searched: {live.ended}")
    return Search(tuple(live.results), live.ended)


@dataclass(frozen=True)
class Search:
    """What a search came to; a table in a notebook.

    Attributes:
        results: in the order of the trials.
        ended: why it proposed no more.
    """

    results: tuple[Result, ...]
    ended: str

    @property
    def best(self) -> Result | None:
        """The result with the best validation accuracy; of equals, the smallest network."""
        from kerasnas.search.candidates import best_result

        return best_result(self.results)

    def __repr__(self) -> str:
        best = self.best
        found = "none trained" if best is None else f"best {best.validation_accuracy:.2f}% by {best.genome!r}"
        return f"<Search: {len(self.results)} trials, {found}>"

    def _repr_html_(self) -> str:
        names = ("trial", "genome", "parameters", "validation_accuracy", "status")
        order = sorted(self.results, key=lambda result: -(result.validation_accuracy or -1.0))
        return html_table(names, [[getattr(result, name) for name in names] for result in order])


@dataclass(frozen=True, repr=False)
class Drawing:
    """A genome drawn: `text` for terminals, `svg` for pictures."""

    text: str
    svg: str

    def __repr__(self) -> str:
        return self.text

    def _repr_svg_(self) -> str:
        return self.svg


def _genome(genome: str | Genome) -> Genome:
    return parse(genome) if isinstance(genome, str) else genome


def _dataset(dataset: str | Dataset, data_dir: str | Path | None) -> Dataset:
    from kerasnas.data import load

    return load(dataset, data_dir) if isinstance(dataset, str) else dataset


def _quietly() -> None:
    from kerasnas.training.quiet import import_backend_quietly

    import_backend_quietly()
