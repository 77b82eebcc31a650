"""Python in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def environment(**variables: str) -> dict[str, str]:
    """Return this process' environment with kerasnas importable and `variables` set."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **variables}


def start_python(code: str, *arguments: object, **variables: str) -> subprocess.Popen:
    """Start `code`, with `arguments` in its `sys.argv[1:]`; its output is text in pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment(**variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_python(code: str, *arguments: object, **variables: str) -> str:
    """Run `code` to its end and return what it printed; a failure shows its traceback."""
    process = start_python(code, *arguments, **variables)
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    return output
