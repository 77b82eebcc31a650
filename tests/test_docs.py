"""The code in the documents runs."""

import importlib.util
import re
from pathlib import Path

import pytest

from kerasnas.genome.cells import CellText
from kerasnas.results import read
from tests.processes import ROOT, run_python

DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.slow
@pytest.mark.parametrize("document", ["README.md", "docs/darts.md"])
def test_the_search_in_keras_prints_a_cell(document, capsys):
    text = (ROOT / document).read_text()
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL) if "supernet" in block)
    assert len([line for line in code.splitlines() if line]) <= 10
    exec(compile(code.replace("epochs=20", "epochs=2"), document, "exec"), {})
    printed = capsys.readouterr().out.strip().splitlines()[-1]
    assert str(CellText().read(printed)) == printed


def test_every_page_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text()
    assert [page for path in DOCS.rglob("*.md") if (page := str(path.relative_to(DOCS))) not in navigation] == []


def test_the_tables_of_the_benchmarks_page_are_those_of_the_results():
    spec = importlib.util.spec_from_file_location("hooks", DOCS / "hooks.py")
    hooks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hooks)
    page = hooks.on_page_markdown((DOCS / "benchmarks.md").read_text(), None)
    assert "<!--" not in page
    for path in (hooks.RESULTS / "nasbench201").rglob("summary.csv"):
        last = path.read_text().splitlines()[-1].split(",")
        assert f"{float(last[3]):.2f} ± {float(last[4]):.2f}" in page
    best = max(read(hooks.RESULTS / "fashion_mnist_120.csv").results, key=lambda row: row.validation_accuracy)
    assert f"| {best.validation_accuracy:.2f}% | {best.testing_accuracy:.2f}% | {best.parameters:,} |" in page


def test_the_oldest_versions_are_those_of_setup_cfg():
    tool = ROOT / "tools" / "minimum_versions.py"
    printed = run_python("import runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')", tool)
    assert "keras==3.10" in printed.split()
    assert all(re.fullmatch(r"[\w.-]+==[\d.]+", line) for line in printed.split())
