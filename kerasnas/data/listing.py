"""Which images a data set consists of: a folder for each class, or a table of file names and labels."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from kerasnas.data.selection import Selection
from kerasnas.errors import DataError

ENDINGS = (".jpg", ".jpeg", ".png")

_HANDS_TABLE, _HANDS_FOLDER = "HandInfo.csv", "Hands"
_USUAL_IMAGES = ("imagename", "image", "filename", "file", "path")
_USUAL_TARGETS = ("label", "class", "target")


@dataclass(frozen=True, slots=True)
class Sample:
    """One image as its data set names it.

    Attributes:
        name: as the table or the folder has it.
        file: where it lies.
        label: its class; empty where the table leaves it out.
        group: what must not be divided, such as its subject; None where there are no groups.
    """

    name: str
    file: Path
    label: str
    group: str | None = None


@dataclass(frozen=True)
class Listing:
    """The images that a selection leaves of a data set.

    Attributes:
        source: the folder or the table.
        folder: where the names of files begin.
        samples: in the order of the table, or of the folder's names.
        tabled: whether a table names the files, so that some may not be there.
    """

    source: Path
    folder: Path
    samples: list[Sample]
    tabled: bool

    @property
    def cached_beside(self) -> Path:
        """The folder in which a cache of the decoded images may lie."""
        return self.source.parent if self.tabled else self.source


@dataclass(frozen=True)
class _Table:
    """Rows of cells by column, and the columns that are used unless the user names others."""

    source: Path
    folder: Path
    rows: list[dict[str, str]]
    images: tuple[str, ...]
    target: tuple[str, ...]
    groups: tuple[str, ...] = ()
    tabled: bool = True


def list_images(name: str, place: Path | None, selection: Selection) -> Listing:
    """Return the images of the data set `name`, one of `folder`, `csv` and `hands`, that `selection` admits.

    Args:
        name: how they are found.
        place: for `folder`, a folder with a folder of images for each class; for `csv`, a table or the folder of a
            single one, beside the images; for `hands`, the folder with HandInfo.csv and Hands/.
        selection: conditions and columns.

    Raises:
        DataError: there is no such folder, table or column, or no image is left.
    """
    if place is None:
        raise DataError(f"the data set {name} needs --data-dir, {_NEEDS[name]}; none was given")
    table = _TABLES[name](place)
    columns = list(table.rows[0]) if table.rows else []
    image_column = _column(table, columns, selection.images, table.images, "--images-column")
    target = _column(table, columns, selection.target, table.target, "--target")
    groups = None
    if not selection.random_split and (selection.groups or table.groups):
        groups = _column(table, columns, selection.groups, table.groups, "--groups")
        if groups == target:
            raise DataError(
                f"{table.source}: the groups and the target are the same column {target!r}, so every class would be in "
                "one part only; name another column with --groups, or use --random-split"
            )
    samples = [
        Sample(
            row[image_column],
            table.folder / row[image_column],
            row[target].strip(),
            None if groups is None else row[groups].strip(),
        )
        for row in table.rows
        if selection.admits(row)
    ]
    if not samples:
        conditions = " and ".join(f"--where {condition}" for condition in selection.where)
        raise DataError(f"{table.source}: none of its {len(table.rows):,} images fits {conditions or 'the selection'}")
    return Listing(table.source, table.folder, list(dict.fromkeys(samples)), table.tabled)


def _column(table: _Table, columns: list[str], asked: str | None, usual: tuple[str, ...], option: str) -> str:
    if asked is not None:
        if asked not in columns:
            raise DataError(f"{table.source}: no column {asked!r} for {option}; it has {', '.join(columns)}")
        return asked
    known = {column.strip().lower(): column for column in reversed(columns)}
    found = next((known[name] for name in usual if name in known), None)
    if found is None:
        raise DataError(f"{table.source}: name a column with {option}; it has {', '.join(columns)}")
    return found


def _folder_of_classes(folder: Path) -> _Table:
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; expected {_NEEDS['folder']}")
    classes = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    rows = [
        {"file": str(path.relative_to(folder)), "class": kind.name}
        for kind in classes
        for path in sorted(kind.rglob("*"))
        if path.suffix.lower() in ENDINGS and path.is_file() and not path.name.startswith(".")
    ]
    if not rows:
        raise DataError(f"{folder}: no {', '.join(ENDINGS)} in folders below it; expected {_NEEDS['folder']}")
    return _Table(folder, folder, rows, ("file",), ("class",), tabled=False)


def _csv_beside_images(place: Path) -> _Table:
    tables = sorted(place.glob("*.csv")) if place.is_dir() else [place]
    if len(tables) != 1:
        found = ", ".join(table.name for table in tables) or "none"
        raise DataError(f"{place}: expected one CSV in it, found {found}; name the file itself with --data-dir")
    (table,) = tables
    return _Table(table, table.parent, _rows(table), _USUAL_IMAGES, _USUAL_TARGETS)


def _hands(place: Path) -> _Table:
    folder = next((f for f in (place, place / "hands") if (f / _HANDS_TABLE).is_file()), None)
    if folder is None:
        raise DataError(f"{place}: no {_HANDS_TABLE} in it; expected {_NEEDS['hands']}")
    if not (folder / _HANDS_FOLDER).is_dir():
        raise DataError(f"{folder}: no folder {_HANDS_FOLDER}/ beside {_HANDS_TABLE}; unpack Hands.zip there")
    table = folder / _HANDS_TABLE
    return _Table(table, folder / _HANDS_FOLDER, _rows(table), ("imagename",), ("gender",), ("id",))


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="", skipinitialspace=True)
            rows = [{key: value for key, value in row.items() if key is not None} for row in reader]
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; name a CSV with --data-dir") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as CSV ({error})") from None
    if not rows:
        raise DataError(f"{path}: holds no row; expected a header, and a row for each image")
    return rows


_NEEDS = {
    "folder": "a folder that holds a folder of images for each class",
    "csv": "a CSV of file names and labels beside its images",
    "hands": "the folder of HandInfo.csv and Hands/",
}
_TABLES = {"folder": _folder_of_classes, "csv": _csv_beside_images, "hands": _hands}

IMAGE_SETS = tuple(_TABLES)
"""The data sets that are made of image files."""
