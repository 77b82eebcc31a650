"""Runs the command as a user does: a process of its own, with its stdout, stderr and exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

EXAMPLE = "NC 4 5 sigmoid;RC 64 3 relu;NC 4 5 sigmoid;RC 64 3 relu;FL gelu"


def kerasnas(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run `kerasnas ARGUMENTS`."""
    return subprocess.run(
        [sys.executable, "-m", "kerasnas", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )


def kerasnas_json(*arguments: object, cwd: Path | None = None) -> dict[str, Any]:
    """Run `kerasnas ARGUMENTS --json`, which must succeed, and return the one object on its stdout."""
    done = kerasnas(*arguments, "--json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refused(*arguments: object, cwd: Path | None = None) -> str:
    """Run `kerasnas ARGUMENTS`, which must fail with nothing on stdout and no traceback, and return its last line."""
    done = kerasnas(*arguments, cwd=cwd)
    assert done.returncode not in (0, -6, -9, -11), done
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr.strip().splitlines()[-1]
