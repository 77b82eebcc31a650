"""Single options that several commands share; those that go together are dataclasses, see `kerasnas.cli.expand`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Genome = Annotated[str, typer.Argument(help='For example "NC 4 5 sigmoid;RC 64 3 relu;FL gelu".', show_default=False)]
Seed = Annotated[int, typer.Option(help="Decides everything that is drawn at random.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, everything else on stderr.")]
InputShape = Annotated[str, typer.Option(metavar="H,W,C", help="Height, width and channels of the images.")]
Classes = Annotated[int, typer.Option(help="How many classes there are.")]

DataDir = Annotated[
    Path | None,
    typer.Option(
        envvar="KERASNAS_DATA_DIR",
        help="Where NAME.npz or NAME/*.gz lies; for npz, the file; for image files, their folder or table.",
        show_default=False,
    ),
]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Try failed genomes again.")]
TensorBoard = Annotated[Path | None, typer.Option(help="Folder for TensorBoard logs.", show_default=False)]


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
