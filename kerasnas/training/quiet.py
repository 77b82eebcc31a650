"""Importing the Keras backend without the notices that TensorFlow prints past every log level."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


def import_backend_quietly() -> None:
    """Import Keras with its backend; what they print meanwhile is shown only where the import fails."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Every genome is a new graph, so TensorFlow's warning of repeated tracing says nothing here.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    if "keras" in sys.modules:
        return
    with notices_held_back():
        import keras  # noqa: F401


@contextmanager
def notices_held_back() -> Iterator[None]:
    """Hold back what libraries write to stderr past Python; it is shown only where something is raised."""
    sys.stderr.flush()
    real_stderr = os.dup(2)
    with tempfile.TemporaryFile() as notices:
        os.dup2(notices.fileno(), 2)
        try:
            yield
        except BaseException:
            notices.seek(0)
            os.write(real_stderr, notices.read())
            raise
        finally:
            os.dup2(real_stderr, 2)
            os.close(real_stderr)
