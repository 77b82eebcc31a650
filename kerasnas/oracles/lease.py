"""The chief's lease on its workers: who is not heard of for too long loses its trial to another.

KerasTuner's own chief waits for ever for a worker that died (https://github.com/keras-team/keras-tuner/issues/915).
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from typing import Any

import keras_tuner
from keras_tuner.engine.trial import Trial, TrialStatus
from keras_tuner.src.distribute.utils import has_chief_oracle, is_chief_oracle

from kerasnas.errors import SettingsError
from kerasnas.oracles.durable import DurableOracle

LEASE_SECONDS = 60.0
HEARTBEATS_A_LEASE = 6
"""How often a worker is heard of while a lease lasts."""

_HEARTBEAT = "heartbeat of "


class LeasedOracle(DurableOracle):
    """A durable oracle whose workers, where it is a chief, must be heard of at least once in `lease_seconds`.

    A worker's oracle sends heartbeats from a thread of its own for as long as the process lives; every other call
    counts as well. They travel as requests for a trial of a reserved name, because KerasTuner's service knows no
    others. A tuner of which no heartbeat ever came is not leased.

    When a lease expires, the worker's trial is queued to be run again and the worker is forgotten, so that the chief
    can end. A worker that was only slow is heard again: the first to finish the trial wins.

    Args:
        lease_seconds: after how many seconds of silence a worker counts as dead.

    Raises:
        SettingsError: the lease has no length.
    """

    def __init__(self, *, lease_seconds: float, **settings: Any) -> None:
        if not lease_seconds > 0:
            raise SettingsError(f"the lease must last some seconds, found {lease_seconds}")
        super().__init__(**settings)
        self.lease_seconds = lease_seconds
        self._heard: dict[str, float] = {}
        self._watching = False
        self._beating = False

    def create_trial(self, tuner_id: str) -> Trial:
        """Return the trial that the tuner is to run; see `DurableOracle`."""
        self._renew(tuner_id)
        return super().create_trial(tuner_id)

    def update_trial(self, trial_id: str, metrics: Any, step: int = 0) -> Trial:
        """Take in what a trial came to; see `DurableOracle`."""
        self._renew_holder(trial_id)
        return super().update_trial(trial_id, metrics, step=step)

    def end_trial(self, trial: Trial) -> None:
        """End a trial; see `DurableOracle`."""
        self._renew_holder(trial.trial_id)
        super().end_trial(trial)

    def get_trial(self, trial_id: str) -> Trial:
        """Return a trial by its id; an empty one for a heartbeat."""
        if trial_id.startswith(_HEARTBEAT):
            self.heartbeat(trial_id.removeprefix(_HEARTBEAT))
            return Trial(keras_tuner.HyperParameters(), trial_id=trial_id, status=TrialStatus.RUNNING)
        self._renew_holder(trial_id)
        return super().get_trial(trial_id)

    def heartbeat(self, tuner_id: str) -> None:
        """Begin or renew the lease of a worker."""
        with self.exclusively():
            self._heard[tuner_id] = self._clock()
            if not self._watching:
                self._watching = True
                interval = self.lease_seconds / HEARTBEATS_A_LEASE
                threading.Thread(target=_watch, args=(weakref.ref(self), interval), daemon=True).start()

    def expire_leases(self) -> list[str]:
        """Queue the trials of all workers whose lease has expired; return the ids of these workers."""
        with self.exclusively():
            now = self._clock()
            silent = [tuner_id for tuner_id, heard in self._heard.items() if now - heard > self.lease_seconds]
            for tuner_id in silent:
                del self._heard[tuner_id]
                self.tuner_ids.discard(tuner_id)
                trial = self.ongoing_trials.pop(tuner_id, None)
                if trial is not None:
                    print(f"Worker {tuner_id} was not heard of for {self.lease_seconds:g} s: its trial is run again")
                    self.interrupt(trial)
                    self.save()
            return silent

    def _set_project_dir(self, directory: Any, project_name: str) -> None:
        super()._set_project_dir(directory, project_name)
        if has_chief_oracle() and not is_chief_oracle() and not self._beating:
            self._beating = True  # a `Tuner` was made of this oracle, in a worker
            threading.Thread(target=_beat, args=(self,), daemon=True).start()

    def _clock(self) -> float:
        """Return seconds that stand still while the chief computes a proposal, and so answers nobody."""
        return time.monotonic() - self._seconds_held

    def _renew(self, tuner_id: str) -> None:
        with self.exclusively():
            if tuner_id in self._heard:
                self._heard[tuner_id] = self._clock()

    def _renew_holder(self, trial_id: str) -> None:
        with self.exclusively():
            for tuner_id, trial in self.ongoing_trials.items():
                if trial.trial_id == trial_id:
                    self._renew(tuner_id)


def _watch(reference: weakref.ref[LeasedOracle], interval: float) -> None:
    """Expire leases for as long as the chief's oracle exists."""
    while True:
        time.sleep(interval)
        oracle = reference()
        if oracle is None:
            return
        oracle.expire_leases()
        del oracle


def _beat(oracle: LeasedOracle) -> None:
    """Send heartbeats to the chief for as long as this process lives."""
    import grpc
    from keras_tuner.src import protos
    from keras_tuner.src.distribute.oracle_client import OracleClient

    stub = OracleClient(oracle).stub
    request = protos.get_service().GetTrialRequest(trial_id=_HEARTBEAT + os.environ["KERASTUNER_TUNER_ID"])
    while True:
        with contextlib.suppress(grpc.RpcError):  # the chief may come later, or again
            stub.GetTrial(request, wait_for_ready=True, timeout=oracle.lease_seconds)
        time.sleep(oracle.lease_seconds / HEARTBEATS_A_LEASE)
