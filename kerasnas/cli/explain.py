"""`kerasnas explain`: pictures of where a model looked."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kerasnas.cli import options
from kerasnas.cli.output import note, print_json, print_table
from kerasnas.errors import DataError, ResultsError, SettingsError

if TYPE_CHECKING:
    import keras


def explain(
    model: Annotated[Path, typer.Argument(help="A model.keras, or the folder that holds it.", show_default=False)],
    images: Annotated[list[Path], typer.Argument(help="JPEG or PNG files.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder for the pictures.")] = Path("runs/explained"),
    explained: Annotated[
        str | None,
        typer.Option("--class", help="Explain this class, by name or number; the likeliest unless set."),
    ] = None,
    layer: Annotated[
        str | None, typer.Option(help="The layer whose features are looked at; the last of them unless set.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Draw what in each image speaks for its class (Grad-CAM): the thing itself, or its background.

    Images are brought to the model's size as in training, their aspect kept.

    Example: kerasnas explain runs/best/model.keras data/hands/Hands/Hand_0000002.jpg
    """
    file = model / "model.keras" if model.is_dir() else model
    names = _class_names(file)
    from kerasnas.training.quiet import import_backend_quietly

    import_backend_quietly()
    import numpy as np

    from kerasnas.cli.artifacts import load_model, prepare_folder
    from kerasnas.data.images import UnusableImageError, read_image
    from kerasnas.report.explanation import class_name, plot_explanation
    from kerasnas.training.grad_cam import GradCam

    loaded = load_model(file)
    shape = _image_shape(loaded, file)
    cam, label = GradCam(loaded, layer), _label(explained, names)
    prepare_folder(out)
    found: list[dict[str, Any]] = []
    for path, name in zip(images, _picture_names(images), strict=True):
        try:
            image = read_image(path, *shape).astype(np.float32) / 255
        except UnusableImageError as error:
            raise DataError(f"{path}: {error}; name a JPEG or PNG") from None
        explanation = cam(image, label)
        picture = out / name
        plot_explanation(image, explanation, picture, class_names=names, title=path.name)
        shown = class_name(explanation.label, names)
        if not explanation.heat.any():
            note(f"note: {path}: nothing in it speaks for {shown}; the picture has no heat")
        share = float(explanation.probabilities[explanation.label])
        found.append({"image": str(path), "class": shown, "probability": share, "picture": str(picture)})
    if json:
        print_json({"model": str(file), "explained": found})
    else:
        rows = [(one["image"], one["class"], f"{one['probability']:.1%}", one["picture"]) for one in found]
        print_table(("image", "class", "probability", "picture"), rows)


def _image_shape(model: keras.Model, file: Path) -> tuple[int, int, int]:
    shape = tuple(getattr(model.inputs[0], "shape", ()))[1:]
    if len(shape) != 3 or None in shape or shape[-1] not in (1, 3):
        raise ResultsError(f"{file}: takes inputs of shape {shape}; expected (height, width, 1 or 3), as of images")
    return shape


def _class_names(file: Path) -> tuple[str, ...]:
    """Return the names of the classes that the result beside a model has; none where there is no such result."""
    try:
        return tuple(json_module.loads((file.parent / "result.json").read_text(encoding="utf-8"))["class_names"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _label(asked: str | None, names: tuple[str, ...]) -> int | None:
    if asked is None:
        return None
    if asked in names:
        return names.index(asked)
    if asked.isascii() and asked.isdigit():
        return int(asked)
    raise SettingsError(f"--class {asked!r}: expected a number{' or one of ' + ', '.join(names) if names else ''}")


def _picture_names(images: list[Path]) -> list[str]:
    """Return a file name for each picture, with a number where two images have the same name."""
    stems = [image.stem for image in images]
    return [
        f"{stem}.png" if stems.count(stem) == 1 else f"{number}_{stem}.png"
        for number, stem in enumerate(stems, start=1)
    ]
