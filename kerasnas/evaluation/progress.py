"""Reports from the workers to the driver while they train.

They travel as datagrams on a Unix socket: each arrives whole or not at all and no lock is held, so that a worker
killed at any moment can neither block the driver nor the other workers.
"""

from __future__ import annotations

import contextlib
import json
import socket
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

_LONGEST = 8192


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running genome is. Accuracies are percentages.

    Attributes:
        genome: its text.
        worker: the process number of its worker.
        epoch: the last epoch that it finished, from 1.
        epochs: how many it runs at most.
        validation_accuracy: after that epoch.
    """

    genome: str
    worker: int
    epoch: int
    epochs: int
    validation_accuracy: float


class ProgressReceiver:
    """The driver's end. A context manager; `address` is what the workers send to."""

    def __enter__(self) -> ProgressReceiver:
        self._folder = tempfile.TemporaryDirectory(prefix="kerasnas-")
        self.address = str(Path(self._folder.name) / "progress")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._socket.setblocking(False)
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()
        self._folder.cleanup()

    def receive(self) -> list[Progress]:
        """Return the reports that have come since the last call, without waiting."""
        reports = []
        with contextlib.suppress(BlockingIOError):
            while True:
                reports.append(Progress(**json.loads(self._socket.recv(_LONGEST))))
        return reports


def send_progress(address: str, progress: Progress) -> None:
    """Send a report; one that cannot be delivered at once is dropped."""
    content = json.dumps(asdict(progress)).encode()
    if len(content) > _LONGEST:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.sendto(content, address)
