"""Print the oldest version of each dependency that setup.cfg promises to work with, as constraints for pip."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

SETUP = Path(__file__).resolve().parent.parent / "setup.cfg"
EXTRAS = ("report", "jax")
_REQUIREMENT = re.compile(r"([A-Za-z0-9_.-]+)(?:\[[^]]*\])?>=([0-9.]+)")


def minimum_versions(path: Path = SETUP) -> list[str]:
    """Return `name==version` for each requirement of the package and of the extras that its tests need."""
    setup = ConfigParser(interpolation=None)
    setup.read(path, encoding="utf-8")
    texts = [setup["options"]["install_requires"], *(setup["options.extras_require"][extra] for extra in EXTRAS)]
    return [f"{name}=={version}" for text in texts for name, version in _REQUIREMENT.findall(text)]


if __name__ == "__main__":
    print("\n".join(minimum_versions()))
