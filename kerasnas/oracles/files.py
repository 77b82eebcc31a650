"""JSON files that are whole at every moment, and what becomes of those that are not."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any


def write_json(path: Path, value: Any) -> None:
    """Write `value` so that a reader, and whoever reads after a kill, finds the old content or the new one.

    It does not wait for the disk: what a power cut damages, `kerasnas.oracles.recovery` makes good.

    Raises:
        ValueError: `value` holds numbers that are not finite, which JSON cannot say.
        OSError: the disk does not take it; the old content stays.
    """
    content = json.dumps(value, allow_nan=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def read_json(path: Path) -> Any | None:
    """Return what `path` holds, or None where it is missing or damaged; a damaged file is set aside."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        set_aside(path)
        return None


def set_aside(path: Path) -> None:
    """Rename a damaged file to `….damaged`, so that nothing is overwritten unseen."""
    os.replace(path, path.with_name(path.name + ".damaged"))
