"""The tutorials run as they stand: every block of commands or Python, in order, in an empty folder."""

import re
import subprocess
import sys

import pytest

from tests.processes import ROOT, environment

DOCS = ROOT / "docs"
PAGES = [*sorted((DOCS / "tutorials").glob("*.md")), DOCS / "getting_started.md"]
_BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_COMMAND = 'kerasnas() { "$PYTHON" -m kerasnas "$@"; }\npython() { "$PYTHON" "$@"; }\nset -e\n'


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_it_runs(page, tmp_path):
    blocks = _BLOCK.findall(page.read_text(encoding="utf-8"))
    assert blocks
    for kind, text in blocks:
        command = ["bash", "-c", _COMMAND + text] if kind == "bash" else [sys.executable, "-c", text]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment(PYTHON=sys.executable), capture_output=True, text=True
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


def test_every_command_in_the_documents_exists():
    from kerasnas.cli.main import app, darts

    commands = {command.name for command in app.registered_commands} | {"darts"}
    inner = {command.name for command in darts.registered_commands}
    for page in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        for line in page.read_text(encoding="utf-8").splitlines():
            for words in re.findall(r"(?:`|^ {4})kerasnas ([a-z-]+)(?: ([a-z-]+))?", line):
                assert words[0] in commands, f"{page.name}: {line}"
                assert words[0] != "darts" or not words[1] or words[1] in inner, f"{page.name}: {line}"
