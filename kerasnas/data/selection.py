"""Which images of a folder or a table are used, what they are labelled by, and which of them are tested on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from kerasnas.errors import DataError, SettingsError


@dataclass(frozen=True, slots=True)
class Selection:
    """What a user may say of a data set that is made of image files.

    Attributes:
        image_size: height and width in pixels that every image is brought to, its aspect kept.
        where: `column=pattern`, shell patterns as in `aspectOfHand=dorsal*`; a row has to fit all of them.
        target: the column of labels; None for the usual one.
        groups: the column of groups, such as subjects, none of which is divided; None for the usual one, if any.
        images: the column of file names; None for the usual one.
        test_fold: `K/N`: of N folds, the K-th, from 1, is tested on.
        random_split: divide at random, groups or not.
        allow_missing: go on however many of the files that a table names are not there.

    Raises:
        SettingsError: a value is out of range, or not of the form that it must have.
    """

    image_size: int = 64
    where: tuple[str, ...] = ()
    target: str | None = None
    groups: str | None = None
    images: str | None = None
    test_fold: str = "1/5"
    random_split: bool = False
    allow_missing: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.image_size <= 4096:
            raise SettingsError(f"the image size must be from 1 to 4096 pixels, found {self.image_size}")
        for condition in self.where:
            if not condition.partition("=")[0].strip() or "=" not in condition:
                raise SettingsError(f"--where {condition!r}: expected column=pattern, such as accessories=0")
        _ = self.fold

    @property
    def fold(self) -> tuple[int, int]:
        """The fold that is tested on, from 0, and how many there are."""
        number, slash, count = self.test_fold.partition("/")
        digits = number.isascii() and number.isdigit() and count.isascii() and count.isdigit()
        if not (slash and digits and 1 <= int(number) <= int(count) and int(count) >= 2):
            raise SettingsError(f"--test-fold {self.test_fold!r}: expected K/N with K from 1 to N, such as 1/5")
        return int(number) - 1, int(count)

    def admits(self, row: Mapping[str, str]) -> bool:
        """Tell whether a row of a table fits every condition.

        Raises:
            DataError: a condition names a column that the table does not have.
        """
        for condition in self.where:
            column, _, pattern = condition.partition("=")
            if column.strip() not in row:
                raise DataError(f"--where {condition!r}: there is no such column; there are {', '.join(row)}")
            if not fnmatchcase(row[column.strip()].strip(), pattern.strip()):
                return False
        return True
