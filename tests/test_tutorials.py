"""The tutorials run as they stand: every block of commands or Python, in order, in an empty folder."""

import re
import shutil
import subprocess
import sys

import pytest

from tests.data.pictures import hands_rows, write_hands
from tests.processes import ROOT, environment

DOCS = ROOT / "docs"
PAGES = [*sorted((DOCS / "tutorials").glob("*.md")), DOCS / "getting_started.md"]
_BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_COMMAND = 'kerasnas() { "$PYTHON" -m kerasnas "$@"; }\npython() { "$PYTHON" "$@"; }\nset -e\n'


_SHORTER = (r"--epochs \d+", "--epochs 1"), (r"--budget \d+", "--budget 2")
"""For the tutorial that trains for hours on a download of its own: here it gets a small set made up in that layout."""


def downloaded(home):
    """Put what the page of 11K Hands offers, two files, where a browser would, with made-up images."""
    rows = hands_rows()
    rows[0]["imageName"], rows[1]["imageName"] = "Hand_0000002.jpg", "Hand_0000005.jpg"
    hands = write_hands(home / "made", rows)
    (home / "Downloads").mkdir()
    shutil.make_archive(str(home / "Downloads" / "Hands"), "zip", hands, "Hands")
    (hands / "HandInfo.csv").rename(home / "Downloads" / "HandInfo.csv")
    return {"HOME": str(home)}


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_it_runs(page, tmp_path, tmp_path_factory):
    blocks = _BLOCK.findall(page.read_text(encoding="utf-8"))
    assert blocks
    variables = {"PYTHON": sys.executable}
    if page.stem == "hands":
        variables |= downloaded(tmp_path_factory.mktemp("home"))
    for kind, text in blocks:
        for long, short in _SHORTER if page.stem == "hands" else ():
            text = re.sub(long, short, text)
        command = ["bash", "-c", _COMMAND + text] if kind == "bash" else [sys.executable, "-c", text]
        done = subprocess.run(command, cwd=tmp_path, env=environment(**variables), capture_output=True, text=True)
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
