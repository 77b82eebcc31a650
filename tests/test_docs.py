"""The code in the documents runs."""

import re
from pathlib import Path

import pytest

from kerasnas.genome.cells import CellText

DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.slow
def test_the_search_in_keras_prints_a_cell(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "darts.md").read_text(), flags=re.DOTALL)
    assert len([line for line in code.splitlines() if line and "import" not in line]) <= 10
    exec(compile(code, "docs/darts.md", "exec"), {})
    printed = capsys.readouterr().out.strip().splitlines()[-1]
    assert str(CellText().read(printed)) == printed
