"""A picture of where a model looked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasnas.report.plots import new_figure, save

if TYPE_CHECKING:
    from kerasnas.training.grad_cam import Explanation


def plot_explanation(
    image: np.ndarray, explanation: Explanation, path: Path, *, class_names: tuple[str, ...] = (), title: str
) -> None:
    """Draw the image, and beside it the image under the heat of its explanation.

    Args:
        image: `(height, width, channels)`, float32 in 0..1, as the model was given it.
        explanation: of that image.
        path: the file to write.
        class_names: of each label; their numbers are shown where they are not known.
        title: stands above the pictures.
    """
    name, share = class_name(explanation.label, class_names), explanation.probabilities[explanation.label]
    height, width, channels = image.shape
    shown = image[..., 0] if channels == 1 else image
    figure = new_figure(7.2, 4.2)
    plain, heated = figure.subplots(1, 2)
    for axes in (plain, heated):
        axes.imshow(shown, cmap="gray", vmin=0, vmax=1)
        axes.set_axis_off()
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)
    heat = heated.imshow(
        explanation.heat, cmap="jet", alpha=0.45, extent=extent, vmin=0, vmax=1, interpolation="bilinear"
    )
    figure.colorbar(heat, ax=heated, shrink=0.8, label=f"speaks for {name}")
    plain.set_title("what the model saw", fontsize=9)
    heated.set_title(f"{name}: {share:.1%}", fontsize=9)
    figure.suptitle(title, fontsize=10)
    save(figure, path)


def class_name(label: int, class_names: tuple[str, ...]) -> str:
    """Return the name of a class, or its number where names are not known."""
    return class_names[label] if label < len(class_names) else f"class {label}"
