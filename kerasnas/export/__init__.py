"""Models in the formats of other runtimes, each compared with Keras. Importing this package imports no backend."""

from kerasnas.export.formats import FORMATS, INT8, Format

__all__ = ["FORMATS", "INT8", "Format"]
