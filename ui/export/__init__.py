"""A conversation as one HTML file that proves itself: made, read back and checked against the articles."""

from ui.export.checking import Finding, check_export
from ui.export.data import Export
from ui.export.making import export_of
from ui.export.page import export_html
from ui.export.reading import read_export

__all__ = ["Export", "Finding", "check_export", "export_html", "export_of", "read_export"]
