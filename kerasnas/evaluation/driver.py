"""What a worker process owes the one that started it: to end with it."""

from __future__ import annotations

import os
import threading
import time

_CHECK_SECONDS = 1.0


def exit_with_driver(driver: int) -> None:
    """Watch process number `driver`, the parent, from now on, and end this process when it is gone."""

    def watch() -> None:
        while os.getppid() == driver:
            time.sleep(_CHECK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
