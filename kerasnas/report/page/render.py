"""The HTML of a report."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from importlib.resources import files
from typing import Any

from kerasnas._version import __version__
from kerasnas.errors import SettingsError
from kerasnas.report.page.data import page_data
from kerasnas.report.page.inputs import Inputs, Row
from kerasnas.report.page.searches import search_section
from kerasnas.results import Result

_EXAMPLES = 5
_PARTICULAR = re.compile(r"'[^']*'|«[^»]*»|\d+(\.\d+)?")
"""What differs between failures of one kind: what is quoted, and numbers."""


def report_page(inputs: Inputs, title: str, commands: Sequence[str] = ()) -> str:
    """Return the report as one HTML file, plotly.js inside: opened anywhere, it asks for nothing from a network.

    Args:
        inputs: what is shown.
        title: stands above.
        commands: that made the report.

    Raises:
        SettingsError: the extra that brings plotly and jinja2 is not installed.
        ResultsError: the tables of a search cannot be read.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise SettingsError(f"a report needs {error.name}; install it with: pip install 'kerasnas[report]'") from None
    environment = Environment(
        loader=PackageLoader("kerasnas.report.page"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    searches = [search_section(folder) for folder in inputs.searches]
    data = page_data(inputs.rows)
    data["searches"] = [search["figures"] for search in searches]
    return environment.get_template("report.html.j2").render(
        title=title,
        data=script_json(data),
        conditions=data["conditions"],
        searches=searches,
        failures=failures(inputs.rows),
        counts=_counts(inputs.rows),
        versions=_versions(row.result for row in inputs.rows),
        notes=inputs.notes,
        commands=commands,
        made=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        kerasnas=__version__,
        plotly=get_plotlyjs(),
        script=_text("report.js"),
        style=_text("report.css"),
    )


def script_json(value: Any) -> str:
    """Return `value` as JSON that can stand in a script element, whatever texts it holds."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def failures(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the failures by status and kind of reason, the most frequent first, each with some of its genomes."""
    groups: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for row in rows:
        if not row.result.ok:
            groups[row.result.status, _PARTICULAR.sub("…", row.result.reason)].append(row.result)
    return [
        {
            "status": status,
            "count": len(found),
            "reason": found[0].reason or "no reason was recorded",
            "genomes": list(dict.fromkeys(result.genome for result in found))[:_EXAMPLES],
        }
        for (status, _), found in sorted(groups.items(), key=lambda group: -len(group[1]))
    ]


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    ok = sum(row.result.ok for row in rows)
    return {
        "rows": len(rows),
        "ok": ok,
        "failed": len(rows) - ok,
        "genomes": len({row.result.genome for row in rows}),
        "files": len({row.file for row in rows}),
    }


def _versions(results: Iterable[Result]) -> list[str]:
    """Return the versions that measured the rows, and the machines where they name any."""
    found = {
        f"kerasnas {r.kerasnas}, Keras {r.keras} on {r.backend}" + (f", {r.machine}" if r.machine else "")
        for r in results
        if r.kerasnas
    }
    return sorted(found)


def _text(name: str) -> str:
    return (files("kerasnas.report.page") / "templates" / name).read_text(encoding="utf-8")
