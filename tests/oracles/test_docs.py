"""The documentation's code runs as it stands, but for the number of trials."""

import re

from tests.processes import ROOT, run_python


def test_the_example_runs(tmp_path):
    text = (ROOT / "docs" / "keras_tuner.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL).group(1)
    shortened = code.replace("max_trials=20", "max_trials=2").replace('"runs/tuner"', f'"{tmp_path}"')
    assert shortened.count(str(tmp_path)) == shortened.count("max_trials=2") == 1
    genome = run_python(shortened).splitlines()[-1]
    assert re.fullmatch(r"RC \d \d \w+;RC \d \d \w+;FL \w+", genome)
    assert sorted(path.parent.name for path in tmp_path.rglob("trial.json")) == ["trial_0", "trial_1"]
