"""Folders and tables of small real image files for the tests."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image


def picture(seed: int, width: int = 12, height: int = 8) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


def write_folder(
    folder: Path, each: int = 100, classes: Iterable[str] = ("left", "right"), ending: str = "png"
) -> Path:
    """Write so many images of each class, in a folder for each."""
    for number, kind in enumerate(classes):
        (folder / kind).mkdir(parents=True)
        for i in range(each):
            picture(1000 * number + i).save(folder / kind / f"{i:03}.{ending}")
    return folder


def write_table(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    rows = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def hands_rows(subjects: int = 20, each: int = 5) -> list[dict[str, object]]:
    """Return rows like those of HandInfo.csv: a third of the subjects are male, images change sides."""
    return [
        {
            "id": f"{subject:07}",
            "age": 20 + subject,
            "gender": "male" if subject % 3 == 0 else "female",
            "accessories": i % 2,
            "aspectOfHand": ("dorsal right", "palmar left")[i % 2],
            "imageName": f"Hand_{subject:03}{i}.jpg",
        }
        for subject in range(subjects)
        for i in range(each)
    ]


def write_hands(folder: Path, rows: list[dict[str, object]] | None = None) -> Path:
    """Write a small set in the layout of 11K Hands."""
    rows = hands_rows() if rows is None else rows
    (folder / "Hands").mkdir(parents=True)
    for number, row in enumerate(rows):
        picture(number).save(folder / "Hands" / str(row["imageName"]))
    write_table(folder / "HandInfo.csv", rows)
    return folder
