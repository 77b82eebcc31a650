"""The errors that kerasnas raises on purpose.

Each message is one line that says what was wrong, where, what was expected, and the remedy; the command line
prints it as it is and exits with a non-zero status. Anything else that escapes is a bug.
"""


class KerasnasError(Exception):
    """Base of every error that the user of kerasnas can do something about."""


class GenomeError(KerasnasError, ValueError):
    """A genome text cannot be read, or the network that it names cannot exist."""


class DataError(KerasnasError):
    """A data set is missing, damaged, or not of the expected shape."""


class ResultsError(KerasnasError):
    """A results file cannot be read, written, or locked."""


class SettingsError(KerasnasError, ValueError):
    """An option has a value that makes no sense, alone or together with the others."""


class BackendError(KerasnasError):
    """The Keras backend in use is not one that kerasnas supports, or lacks what was asked of it."""


class SearchError(KerasnasError):
    """A search cannot go on: no genome is left that it may propose."""


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, or the name of its kind where it says nothing."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
