"""A Report as something to look at: one HTML file that needs nothing else, and the same parts for the web chat."""

from ui.report.page import write_report

__all__ = ["write_report"]
