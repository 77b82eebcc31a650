"""The report: results and searches as one HTML file that needs no network."""

from kerasnas.report.page.inputs import Inputs, read_inputs
from kerasnas.report.page.render import report_page

__all__ = ["Inputs", "read_inputs", "report_page"]
