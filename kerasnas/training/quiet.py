"""Importing the Keras backend without the notices that TensorFlow prints past every log level."""

from __future__ import annotations

import logging
import os
import sys
import tempfile


def import_backend_quietly() -> None:
    """Import Keras with its backend; what they print meanwhile is shown only where the import fails."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Every genome is a new graph, so TensorFlow's warning of repeated tracing says nothing here.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    if "keras" in sys.modules:
        return
    sys.stderr.flush()
    real_stderr = os.dup(2)
    with tempfile.TemporaryFile() as notices:
        os.dup2(notices.fileno(), 2)
        try:
            import keras  # noqa: F401
        except BaseException:
            notices.seek(0)
            os.write(real_stderr, notices.read())
            raise
        finally:
            os.dup2(real_stderr, 2)
            os.close(real_stderr)
