"""The package's version, readable by setup.cfg without importing anything else."""

__version__ = "0.1.0"
