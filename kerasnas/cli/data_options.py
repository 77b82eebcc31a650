"""The options that say which images are trained on, for every command that trains."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kerasnas.cli import options
from kerasnas.cli.output import note

if TYPE_CHECKING:
    from kerasnas.darts.run import SearchRun
    from kerasnas.data import Dataset, Selection


@dataclass(frozen=True, slots=True)
class DataOptions:
    """A data set by name, and what is used of it; the fields but for the first two are those of `Selection`."""

    dataset: Annotated[
        str,
        typer.Option(
            help="digits, fashion_mnist, mnist, cifar10, cifar100; npz for a file of your own; folder, csv or hands "
            "for image files.",
        ),
    ] = "digits"
    data_dir: options.DataDir = None
    image_size: Annotated[
        int, typer.Option(help="Of image files: the height and width that they are brought to, their aspect kept.")
    ] = 64
    where: Annotated[
        list[str] | None,
        typer.Option(help="Of image files: use those with COLUMN=PATTERN; repeatable.", show_default=False),
    ] = None
    target: Annotated[str | None, typer.Option(help="The column of labels; for hands gender.", show_default=False)] = (
        None
    )
    groups: Annotated[
        str | None,
        typer.Option(
            help="The column of groups, such as subjects, that are not divided between training, validation and test; "
            "for hands id.",
            show_default=False,
        ),
    ] = None
    images_column: Annotated[str | None, typer.Option(help="The column of file names.", show_default=False)] = None
    test_fold: Annotated[str, typer.Option(metavar="K/N", help="Of N folds of image files, test on the K-th.")] = "1/5"
    random_split: Annotated[
        bool, typer.Option("--random-split", help="Divide image files at random, groups or not.")
    ] = False
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Go on however many files of a table are missing.")
    ] = False

    def selection(self) -> Selection:
        """Return what is used of the data set; raises `SettingsError` where a value makes no sense."""
        from kerasnas.data import Selection

        return Selection(
            image_size=self.image_size,
            where=tuple(self.where or ()),
            target=self.target,
            groups=self.groups,
            images=self.images_column,
            test_fold=self.test_fold,
            random_split=self.random_split,
            allow_missing=self.allow_missing,
        )

    def load(self) -> Dataset:
        """Return the data set, with progress and what has been left out on stderr."""
        return load_data(self.dataset, self.data_dir, self.selection())


def load_data(name: str, data_dir: Path | None, selection: Selection) -> Dataset:
    """Return a data set, with progress and what has been left out on stderr; see `kerasnas.data.load`."""
    from kerasnas.cli.progress import LoadProgress
    from kerasnas.data import load

    data = load(name, data_dir, selection, LoadProgress())
    for line in data.notes:
        note(f"note: {line}")
    return data


def data_of_search(run: SearchRun, data_dir: Path | None) -> Dataset:
    """Return the data set that a differentiable search was on; see `load_data`."""
    return load_data(run.settings.dataset, data_dir, run.settings.selection)
