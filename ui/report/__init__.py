"""A Report as something to look at: one HTML file that needs nothing else, and the same sections for the web chat."""

from ui.report.page import sections, write_report

__all__ = ["sections", "write_report"]
