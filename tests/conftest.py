"""Settings for all tests: no network, nobody's cache, no log noise, no time limits."""

import atexit
import os
import shutil
import tempfile

_KERAS_HOME = tempfile.mkdtemp(prefix="kerasnas-tests-keras-home-")
atexit.register(shutil.rmtree, _KERAS_HOME, ignore_errors=True)

os.environ["KERAS_HOME"] = _KERAS_HOME  # Keras reads it when it is imported
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ.pop("KERASNAS_DATA_DIR", None)

import logging  # noqa: E402

from hypothesis import HealthCheck, settings  # noqa: E402

logging.getLogger("tensorflow").setLevel(logging.ERROR)
settings.register_profile(
    "kerasnas",
    deadline=None,
    derandomize=not os.environ.get("KERASNAS_TEST_RANDOM"),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("kerasnas")
