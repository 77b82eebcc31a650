"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kerasnas.training.settings import PAPER_AUXILIARY_WEIGHT, TrainingSettings

DEFAULTS = TrainingSettings()

Genome = Annotated[str, typer.Argument(help='For example "NC 4 5 sigmoid;RC 64 3 relu;FL gelu".', show_default=False)]
Seed = Annotated[int, typer.Option(help="Decides everything that is drawn at random.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, everything else on stderr.")]
InputShape = Annotated[str, typer.Option(metavar="H,W,C", help="Height, width and channels of the images.")]
Classes = Annotated[int, typer.Option(help="How many classes there are.")]

Dataset = Annotated[
    str, typer.Option(help="digits, fashion_mnist, mnist, cifar10, cifar100, or npz for a file of your own.")
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        envvar="KERASNAS_DATA_DIR", help="Where NAME.npz or NAME/*.gz lies; for npz, the file.", show_default=False
    ),
]
Epochs = Annotated[int, typer.Option(help="Epochs to train at most.")]
Patience = Annotated[int, typer.Option(help="Stop after so many epochs with no better validation; 0: never.")]
BatchSize = Annotated[int, typer.Option(help="Images a step.")]
LearningRate = Annotated[float, typer.Option(help="Of Adam, at the start of its cosine decay.")]
TrainFraction = Annotated[float, typer.Option(help="Share of the training images to train on.")]
ValidationFraction = Annotated[float, typer.Option(help="Share of the training images held out to choose by.")]
Auxiliary = Annotated[
    bool, typer.Option("--auxiliary", help=f"Train with an auxiliary head, its loss weighted {PAPER_AUXILIARY_WEIGHT}.")
]
DropPath = Annotated[float, typer.Option(help="Probability of dropping a cell's edge, reached with the epochs.")]
Cutout = Annotated[int, typer.Option(help="Side of a square painted over in each training image; 0: none.")]
Augment = Annotated[str, typer.Option(help="Change training images: crop, flip, or crop,flip; empty: none.")]

Workers = Annotated[
    int | None, typer.Option(min=1, help="Worker processes; one a core unless set.", show_default=False)
]
Threads = Annotated[
    int | None, typer.Option(min=0, help="Threads a worker, 1 unless set; 0: as many as it likes.", show_default=False)
]
Timeout = Annotated[
    float | None, typer.Option(min=1, help="Seconds after which a genome is given up.", show_default=False)
]
Ray = Annotated[str | None, typer.Option(help="Use Ray: local, auto, or a cluster's address.", show_default=False)]
CpusPerTask = Annotated[float, typer.Option(min=0, help="For --ray: cores of a task.")]
GpusPerTask = Annotated[float, typer.Option(min=0, help="For --ray: GPUs of a task.")]
Latency = Annotated[bool, typer.Option("--latency", help="Measure how long each model takes for one image.")]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Try failed genomes again.")]
TensorBoard = Annotated[Path | None, typer.Option(help="Folder for TensorBoard logs.", show_default=False)]

Space = Annotated[str, typer.Option(help="The search space: chain, branches, cells, nasbench201 or hierarchical.")]
Shape = Annotated[str, typer.Option(help="The layers of a chain, where they are fixed.")]
Filters = Annotated[str, typer.Option(help="What layers, or stages, choose from, joined by commas.")]
Channels = Annotated[int | None, typer.Option(help="Of the first cells; as the space has it.", show_default=False)]
Cells = Annotated[
    int | None,
    typer.Option(help="How many cells; for nasbench201 in each stage, for hierarchical at most.", show_default=False),
]
Nodes = Annotated[int | None, typer.Option(help="Nodes of a cell.", show_default=False)]
Layers = Annotated[
    str | None,
    typer.Option(help="Let a chain's number of layers vary, as 2-6 does; also for branches.", show_default=False),
]
Operations = Annotated[
    str | None,
    typer.Option(
        help="What those layers choose from, as NC,RC,MP does; for hierarchical, a cell's edges.", show_default=False
    ),
]
Stages = Annotated[
    str | None, typer.Option(help="How many stages a hierarchical network has, as 1-4.", show_default=False)
]
ImageNet = Annotated[bool, typer.Option("--imagenet", help="Give cells the stem for large images.")]
MaxParameters = Annotated[int | None, typer.Option(min=1, help="Leave out larger networks.", show_default=False)]
MaxMacs = Annotated[
    int | None, typer.Option(min=1, help="Leave out networks with more multiply-adds.", show_default=False)
]
MaxActivationBytes = Annotated[
    int | None, typer.Option(min=1, help="Leave out those that need more memory.", show_default=False)
]


def parse_shape(text: str) -> tuple[int, int, int]:
    """Return the shape that `28,28,1` (or `28x28x1`) writes."""
    from kerasnas.errors import SettingsError

    parts = text.replace("x", ",").split(",")
    if len(parts) != 3 or not all(part.strip().isascii() and part.strip().isdigit() for part in parts):
        raise SettingsError(f"--input-shape must be height,width,channels, such as 28,28,1; found {text!r}")
    height, width, channels = (int(part) for part in parts)
    return height, width, channels


def whole_numbers(text: str, option: str) -> list[int]:
    """Return the numbers that `4,8,16` writes; raises `SettingsError`, naming the option, where it writes none."""
    from kerasnas.errors import SettingsError

    try:
        return [int(word) for word in text.split(",")]
    except ValueError:
        raise SettingsError(f"{option}: expected whole numbers joined by commas, found {text!r}") from None


def number_range(text: str, option: str) -> tuple[int, int]:
    """Return both ends of the range that `2-6` writes; `4` alone is both; raises `SettingsError` for anything else."""
    from kerasnas.errors import SettingsError

    ends = text.split("-")
    if len(ends) > 2 or not all(end.isascii() and end.isdigit() for end in ends):
        raise SettingsError(f"{option}: expected a whole number such as 4 or a range such as 2-6, found {text!r}")
    return int(ends[0]), int(ends[-1])
