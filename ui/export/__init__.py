"""A conversation as one HTML file that proves itself: made, read back, and checked against the articles."""

from ui.export.data import Export, export_of
from ui.export.file import read_export
from ui.export.page import export_html
from ui.export.proof import Finding, check_export

__all__ = ["Export", "Finding", "check_export", "export_html", "export_of", "read_export"]
