"""Runs the command: in this process, which imports the backend once, or as a user does, in a process of its own."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kerasnas.cli.main import main

EXAMPLE = "NC 4 5 sigmoid;RC 64 3 relu;NC 4 5 sigmoid;RC 64 3 relu;FL gelu"
WIDTH = {"COLUMNS": "200"}


@dataclass(frozen=True)
class Done:
    """What a command left: its exit status, and what it printed. A traceback is never here: it fails the test."""

    returncode: int
    stdout: str
    stderr: str


def kerasnas(*arguments: object, cwd: Path | None = None) -> Done:
    """Run `kerasnas ARGUMENTS` from its entry point to its exit status, in this process."""
    stdout, stderr = io.StringIO(), io.StringIO()
    status: object = 0
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(sys, "argv", ["kerasnas", *map(str, arguments)])
        patch.setenv("COLUMNS", WIDTH["COLUMNS"])
        if cwd is not None:
            patch.chdir(cwd)
        for number in (signal.SIGINT, signal.SIGTERM):  # commands set handlers, and end with their process
            stack.callback(signal.signal, number, signal.getsignal(number))
        stack.enter_context(redirect_stdout(stdout))
        stack.enter_context(redirect_stderr(stderr))
        try:
            main()
        except SystemExit as end:
            status = end.code or 0
    assert isinstance(status, int), status
    return Done(status, stdout.getvalue(), stderr.getvalue())


def kerasnas_process(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run `kerasnas ARGUMENTS` in a process of its own: for what the process itself has to do with."""
    return subprocess.run(
        [sys.executable, "-m", "kerasnas", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, **WIDTH},
    )


def kerasnas_json(*arguments: object, cwd: Path | None = None) -> dict[str, Any]:
    """Run `kerasnas ARGUMENTS --json`, which must succeed, and return the one object on its stdout."""
    done = kerasnas(*arguments, "--json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refused(*arguments: object, cwd: Path | None = None) -> str:
    """Run `kerasnas ARGUMENTS`, which must fail with nothing on stdout and no traceback, and return its last line."""
    done = kerasnas(*arguments, cwd=cwd)
    assert done.returncode != 0, done
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr.strip().splitlines()[-1]
