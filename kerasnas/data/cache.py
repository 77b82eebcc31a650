"""Decoded images kept on the disk, so that each is decoded once; what is too large for memory is read from there."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from kerasnas.data.images import UnusableImageError, content_digest, read_image
from kerasnas.errors import DataError

OnProgress = Callable[[str, int, int], None]
"""Called with what is being done, how many images are done, and how many there are."""

IN_MEMORY_BYTES = 2**30
"""Images that take more than this are mapped from the disk."""

CACHE_VARIABLE = "XDG_CACHE_HOME"
_BESIDE = ".kerasnas-cache"
_VERSION = 1
_AT_ONCE = 256

T = TypeVar("T")
R = TypeVar("R")


def contents(files: Sequence[Path], on_progress: OnProgress) -> list[bytes | Exception]:
    """Return the digest of each file's content, or the error that `content_digest` raised for it."""
    return list(_watched("reading", _in_threads(_digest_or_error, files), len(files), on_progress))


def decoded(
    files: Sequence[Path], digests: Sequence[bytes], size: int, folder: Path, on_progress: OnProgress
) -> tuple[np.ndarray, dict[int, str]]:
    """Return the images of `files`, mapped from a cache that is keyed by their content, and made where it is missing.

    Args:
        files: readable ones.
        digests: of their contents.
        size: height and width in pixels.
        folder: beside the images; the cache lies there where it can be written to, else in the user's cache folder.
        on_progress: called while images are decoded.

    Returns:
        The images, uint8 `(n, size, size, 3)`, and why some of them could not be decoded, by number.

    Raises:
        DataError: the cache cannot be written anywhere.
    """
    key = hashlib.sha256(f"{_VERSION} {size} ".encode() + b"".join(digests)).hexdigest()[:32]
    places = _places(folder)
    for place in places:
        images, problems = place / f"{key}.npy", place / f"{key}.json"
        if images.is_file() and problems.is_file():
            reasons = json.loads(problems.read_text(encoding="utf-8"))
            return np.load(images, mmap_mode="r"), {int(number): reason for number, reason in reasons.items()}

    def decode(file: Path) -> np.ndarray | UnusableImageError:
        try:
            return read_image(file, size, size)
        except UnusableImageError as error:
            return error

    def pictures(reasons: dict[int, str]) -> Iterator[np.ndarray]:
        done = _watched("decoding", _in_threads(decode, files), len(files), on_progress)
        for number, picture in enumerate(done):
            if isinstance(picture, UnusableImageError):
                reasons[number] = str(picture)
                yield np.zeros((size, size, 3), np.uint8)
            else:
                yield picture

    def write(path: Path) -> None:
        reasons: dict[int, str] = {}
        _write_rows(path, (len(files), size, size, 3), pictures(reasons))
        _replace(path.parent / f"{key}.json", lambda file: file.write_text(json.dumps(reasons), encoding="utf-8"))

    _written(places, f"{key}.npy", write)
    return decoded(files, digests, size, folder, on_progress)


def taken(images: np.ndarray, numbers: np.ndarray, folder: Path) -> np.ndarray:
    """Return `images[numbers]`: in memory, or, where that is too large, mapped from a file of its own in the cache.

    It is mapped copy-on-write, as `open_stored` does.
    """
    size = len(numbers) * images[:1].nbytes
    if size <= IN_MEMORY_BYTES:
        return np.asarray(images[numbers])
    key = hashlib.sha256(Path(images.filename).stem.encode() + np.ascontiguousarray(numbers).data).hexdigest()[:32]  # type: ignore[attr-defined]
    places = _places(folder)
    for place in places:
        if (place / f"{key}.npy").is_file():
            return np.load(place / f"{key}.npy", mmap_mode="c")

    def write(path: Path) -> None:
        _write_rows(path, (len(numbers), *images.shape[1:]), (images[number] for number in numbers))

    return np.load(_written(places, f"{key}.npy", write), mmap_mode="c")


def _places(folder: Path) -> tuple[Path, Path]:
    home = Path(os.environ.get(CACHE_VARIABLE) or Path.home() / ".cache")
    return folder / _BESIDE, home / "kerasnas"


def _written(places: Iterable[Path], name: str, write: Callable[[Path], None]) -> Path:
    """Write a file in the first of `places` that takes it, whole or not at all, and return it."""
    failures = []
    for place in places:
        try:
            place.mkdir(parents=True, exist_ok=True)
            _replace(place / name, write)
            return place / name
        except OSError as error:
            failures.append(f"{place} ({error.strerror or error})")
    raise DataError(
        f"decoded images cannot be kept in {' or '.join(failures)}; free the disk, or name a folder that can be "
        f"written to with {CACHE_VARIABLE}"
    )


def _write_rows(path: Path, shape: tuple[int, ...], rows: Iterable[np.ndarray]) -> None:
    """Write uint8 rows as an .npy file, one after the other: unlike a mapped file, a full disk is an error here."""
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for row in rows:
            file.write(row.tobytes())


def _replace(path: Path, write: Callable[[Path], Any]) -> None:
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f"{path.stem}-", suffix=".part")
    os.close(handle)
    try:
        write(Path(part))
        os.chmod(part, 0o644)  # others may read what one of them has decoded
        os.replace(part, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(part)


def _digest_or_error(file: Path) -> bytes | Exception:
    try:
        return content_digest(file)
    except (FileNotFoundError, UnusableImageError) as error:
        return error


def _in_threads(function: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """Yield the function of each item, in order, only so many of them ahead of what has been taken."""
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as threads:
        for first in range(0, len(items), _AT_ONCE):
            yield from threads.map(function, items[first : first + _AT_ONCE])


def _watched(what: str, done: Iterator[R], total: int, on_progress: OnProgress) -> Iterator[R]:
    for number, item in enumerate(done, start=1):
        yield item
        on_progress(what, number, total)
