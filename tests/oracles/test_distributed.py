"""A real chief and real workers, one of which is killed."""

import json
import os
import signal
import socket
import time

from tests.oracles.searches import oracle
from tests.processes import start_python

LEASE_SECONDS = 4.0

TUNER = """
import json, os, pathlib, sys, time
import keras_tuner
from tests.oracles.searches import oracle, accuracy

folder = pathlib.Path(sys.argv[1])
me = os.environ["KERASTUNER_TUNER_ID"]

class Tuner(keras_tuner.Tuner):
    def run_trial(self, trial, **settings):
        runs = folder / "runs"
        with runs.open("a") as file:
            print(me, trial.trial_id, file=file, flush=True)
        if me == "victim":
            time.sleep(3600)
        if me == "survivor" and runs.read_text().count(me) == 1:
            time.sleep(float(sys.argv[2]) * 1.5)  # longer than the lease: it is slow, not dead
        return {"val_accuracy": accuracy(trial.hyperparameters.get("genome"))}

made = oracle("random", folder, max_trials=6, lease_seconds=float(sys.argv[2]))
tuner = Tuner(made, hypermodel=lambda hp: None, directory=folder, project_name="project")
tuner.search(verbose=0)
if me == "chief":
    print(json.dumps([[trial.trial_id, trial.status, trial.score] for trial in made.trials.values()]))
"""


def test_a_search_ends_with_every_trial_though_a_worker_is_killed(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = {"KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": str(port), "KERAS_BACKEND": "numpy"}
    processes = {
        name: start_python(TUNER, tmp_path, LEASE_SECONDS, KERASTUNER_TUNER_ID=name, **address)
        for name in ("chief", "victim", "survivor")
    }
    try:
        while "victim" not in _runs(tmp_path):
            assert processes["victim"].poll() is None, processes["victim"].communicate()[1]
            time.sleep(0.05)
        os.kill(processes["victim"].pid, signal.SIGKILL)
        output, errors = processes["chief"].communicate()
        assert processes["chief"].returncode == 0, errors
        assert processes["survivor"].wait() == 0
    finally:
        for process in processes.values():
            process.kill()
            process.communicate()
    trials = json.loads(output.splitlines()[-1])
    assert [(trial_id, status) for trial_id, status, _ in trials] == [(str(n), "COMPLETED") for n in range(6)]
    runs = [line.split() for line in _runs(tmp_path).splitlines()]
    lost = next(trial_id for worker, trial_id in runs if worker == "victim")
    by_survivor = sorted(trial_id for worker, trial_id in runs if worker == "survivor")
    assert by_survivor == [str(n) for n in range(6)]  # each once, the slow one as well
    assert lost in by_survivor
    again = oracle("random", tmp_path, max_trials=6)
    again.reload()
    assert [result.status for result in again.history] == ["ok"] * 6


def _runs(folder):
    return (folder / "runs").read_text() if (folder / "runs").exists() else ""
