"""Oracles of every strategy over a small space, and trials that are run without any training."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32

import kerasnas.oracles  # noqa: F401  (registers its strategies)
from kerasnas.oracles import GenomeOracle
from kerasnas.search.registry import STRATEGIES, strategy_named
from tests.search.landscapes import chain

NAMES = sorted(STRATEGIES)

EARLY: dict[str, dict[str, Any]] = {
    "bayesian": {"num_initial_points": 3},
    "evolution": {"population": 4, "tournament": 2},
    "hyperband": {"max_epochs": 3, "factor": 3},
    "nsga2": {"population": 4},
    "predictor": {"initial": 3},
}
"""Settings by which each strategy does within a few trials what makes it what it is."""

SILENT = float("nan")


def strategy(name: str, **settings: Any) -> Any:
    return strategy_named(name)(chain(), **EARLY.get(name, {}), **settings)


def oracle(name: str, folder: Path, **settings: Any) -> GenomeOracle:
    """Return an oracle as a `Tuner` would set it up, reloaded where the project exists."""
    fitness = {key: settings.pop(key) for key in ("fitness", "admits") if key in settings}
    made = GenomeOracle(strategy(name, **fitness), **settings)
    made.verbose = 0
    made._set_project_dir(folder, "project")
    if (folder / "project" / "tuner0.json").exists():
        made.reload()
    return made


def accuracy(text: str) -> float:
    """A share from 0 to 1 that is different for every genome and the same in every process."""
    return crc32(text.encode()) % 997 / 1000


def finish(made: GenomeOracle, trial: Any, value: float) -> None:
    """Report `value` for a trial and end it, as a `Tuner` does."""
    made.update_trial(trial.trial_id, {"val_accuracy": value}, step=0)
    trial.status = "COMPLETED"
    made.end_trial(trial)


def fail(made: GenomeOracle, trial: Any, status: str = "INVALID") -> None:
    trial.status, trial.message = status, "made to fail"
    made.end_trial(trial)


def run(made: GenomeOracle, trials: int, evaluate: Callable[[str], float] = accuracy) -> list[tuple[str, int | None]]:
    """Run so many trials and return what was proposed: genome and epochs."""
    proposed = []
    for _ in range(trials):
        trial = made.create_trial("tuner0")
        if trial.status == "STOPPED":
            break
        values = trial.hyperparameters.values
        proposed.append((values["genome"], values.get("tuner/epochs")))
        finish(made, trial, evaluate(values["genome"]))
    return proposed


def strict_json(path: Path) -> Any:
    """Read JSON that any other program could read as well."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{path} holds {constant}, which is not JSON")

    return json.loads(path.read_text(), parse_constant=refuse)
