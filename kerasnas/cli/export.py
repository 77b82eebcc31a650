"""`kerasnas export`: a model in the format of another runtime, compared with Keras."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.data_options import DataOptions
from kerasnas.cli.expand import with_options
from kerasnas.cli.output import note, print_json
from kerasnas.errors import SettingsError

if TYPE_CHECKING:
    import keras

    from kerasnas.data import Dataset

IMAGES = 64
DEFAULT_DATA = DataOptions()


@with_options
def export(
    source: Annotated[
        str, typer.Argument(help="A model.keras, or a genome.", metavar="MODEL_OR_GENOME", show_default=False)
    ],
    format: Annotated[str, typer.Option(help="keras, saved_model, onnx, litert or openvino.")] = "keras",
    quantize: Annotated[str | None, typer.Option(help="int8, for keras, onnx or litert.", show_default=False)] = None,
    data: DataOptions = DEFAULT_DATA,
    out: Annotated[
        Path | None, typer.Option(help="The file to write; runs/export/model with the format's ending unless set.")
    ] = None,
    bound: Annotated[
        float | None, typer.Option(min=0, help="Fail over this difference in a probability.", show_default=False)
    ] = None,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Export a model, load it in its own runtime, and compare it with Keras on test images of the data set.

    A genome is built for the images of the data set with fresh weights of --seed; a model.keras, such as train-genome
    saves, brings its own. Printed are the largest difference in a probability, which fails over 0.001 (0.25 with
    int8) unless --bound is set, the size, and the time for one image beside that of Keras.

    Example: kerasnas export runs/genome/model.keras --format onnx --dataset fashion_mnist --out model.onnx
    """
    from kerasnas.data.dataset import scaled
    from kerasnas.export.formats import format_named
    from kerasnas.training.quiet import import_backend_quietly

    kind = format_named(format)
    kind.check(quantize)
    dataset = data.load()
    import_backend_quietly()
    from kerasnas.export.compare import export as exported

    model = _model(source, dataset, seed)
    target = out or Path("runs/export") / f"model{kind.ending}"
    if kind.ending and target.suffix != kind.ending:
        raise SettingsError(f"--out {target}: a file of format {kind.name} must end in {kind.ending}")
    images = scaled(dataset.test_images[:IMAGES])
    found = exported(model, kind, target, images, quantize=quantize, bound=bound)
    if json:
        print_json({**asdict(found), "images": len(images)})
        return
    print(f"Written              {found.path} ({found.bytes:,} bytes)")
    print(
        f"Largest difference   {found.max_difference:.2g} in a probability over {len(images)} test images of "
        f"{dataset.name} (bound {found.bound:g})"
    )
    print(f"Same class           {100 * found.agreement:.1f}% of the images")
    print(f"One image            {found.latency_ms:.3f} ms; in Keras {found.keras_latency_ms:.3f} ms")


def _model(source: str, data: Dataset, seed: int) -> keras.Model:
    from kerasnas.cli.artifacts import load_model
    from kerasnas.genome import parse
    from kerasnas.model.build import build

    if not source.endswith(".keras"):
        note("the weights are fresh: this shows the format, not a trained model")
        return build(parse(source), data.image_shape, data.classes, seed=seed)
    model = load_model(Path(source))
    if tuple(model.input_shape[1:]) != data.image_shape:
        raise SettingsError(
            f"{source} takes images of {model.input_shape[1:]}, those of {data.name} are {data.image_shape}; name the "
            f"model's data set with --dataset"
        )
    return model
