"""kerasnas: neural architecture search for Keras 3."""

from kerasnas._version import __version__

__all__ = ["__version__"]
