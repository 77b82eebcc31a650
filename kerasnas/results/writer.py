"""The one writer of a results CSV: whole lines, on the disk before the next genome begins."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import io
import os
import socket
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType

from kerasnas.errors import ResultsError
from kerasnas.results.row import COLUMNS, FIGURES_ADDED_LATER, Result, added_later, to_cells


class ResultsWriter:
    """Appends results to a CSV; a context manager that holds the file's lock.

    Attributes:
        path: the CSV.
        damaged: where a torn last line was set aside when the file was opened, or None.

    Raises (on entering and in `append`):
        ResultsError: another process writes this file, its header is not ours, or the disk does not take it.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.damaged: Path | None = None
        self._lock = _Lock(self.path)
        self._file = -1
        self._columns = COLUMNS

    def __enter__(self) -> ResultsWriter:
        if self.path.exists() and not self.path.is_file():
            raise ResultsError(f"{self.path}: not a file; name a CSV, such as results/mine.csv")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            self._set_torn_line_aside()
            self._check_or_write_header()
        except OSError as error:
            self.close()
            raise ResultsError(_cannot_write(self.path, error)) from None
        except ResultsError:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and let go of its lock."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._lock.release()

    def append(self, result: Result) -> None:
        """Write one row and wait until it is on the disk; where that fails, the file is as it was before."""
        cells = to_cells(result)
        for title, (cell, default) in added_later(cells).items():
            if title not in self._columns and cell not in ("", default):
                raise ResultsError(
                    f"{self.path}: this file is of an older version of kerasnas, without a column {title!r}; write to "
                    f"a new file"
                )
        self._append_line([cell for title, cell in zip(COLUMNS, cells, strict=True) if title in self._columns])

    def _append_line(self, cells: list[str]) -> None:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(cells)
        before = os.fstat(self._file).st_size
        try:
            _write_all(self._file, line.getvalue().encode())
            os.fsync(self._file)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, before)
            raise ResultsError(_cannot_write(self.path, error)) from None

    def _set_torn_line_aside(self) -> None:
        content = self.path.read_bytes()
        if not content or content.endswith(b"\n"):
            return
        keep = content.rfind(b"\n") + 1
        self.damaged = self.path.with_name(self.path.name + ".damaged")
        with self.damaged.open("ab") as file:
            file.write(content[keep:] + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.ftruncate(self._file, keep)
        os.fsync(self._file)

    def _check_or_write_header(self) -> None:
        if os.fstat(self._file).st_size == 0:
            self._append_line(list(COLUMNS))
            _sync_folder(self.path.parent)
            return
        with self.path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            header = tuple(next(csv.reader(file), ()))
        older = {*added_later([""] * len(COLUMNS)), *FIGURES_ADDED_LATER}
        self._columns = tuple(title for title in COLUMNS if title in header or title not in older)
        if header != self._columns:
            raise ResultsError(
                f"{self.path}: its columns are not those of this version of kerasnas; write to a new file"
            )


class _Lock:
    """An advisory lock beside a file; the system lets go of it when its process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._data_path = path
        self._path = path.with_name(f".{path.name}.lock")
        self._file = -1

    def acquire(self) -> None:
        while True:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.read(self._file, 200).decode(errors="replace").strip() or "another process"
                os.close(self._file)
                self._file = -1
                raise ResultsError(
                    f"{self._data_path} is being written by {holder}; wait for it, or write to another file"
                ) from None
            if self._is_current():
                break
            os.close(self._file)
        started = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
        os.ftruncate(self._file, 0)
        _write_all(self._file, f"process {os.getpid()} on {socket.gethostname()} since {started}\n".encode())

    def release(self) -> None:
        if self._file >= 0:
            with contextlib.suppress(OSError):
                self._path.unlink()
            os.close(self._file)
            self._file = -1

    def _is_current(self) -> bool:
        """Tell whether the locked file still is the one in the folder, not one just removed by its holder."""
        try:
            return os.fstat(self._file).st_ino == self._path.stat().st_ino
        except FileNotFoundError:
            return False


def _write_all(file: int, content: bytes) -> None:
    while content:
        content = content[os.write(file, content) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot_write(path: Path, error: OSError) -> str:
    return (
        f"{path}: cannot be written ({error.strerror or error}); every earlier row is whole. "
        "Free the disk or name another --out, and run the same command again to go on"
    )
