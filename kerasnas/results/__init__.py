"""Results: what is known of a genome, and the CSV that keeps it. Standard library only."""

from kerasnas.results.protocol import RECIPE, Protocol
from kerasnas.results.reader import Table, read
from kerasnas.results.row import COLUMNS, OK, Result
from kerasnas.results.writer import ResultsWriter

__all__ = ["COLUMNS", "OK", "RECIPE", "Protocol", "Result", "ResultsWriter", "Table", "read"]
