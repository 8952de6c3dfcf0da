"""A PDF's pages as pictures, drawn by the program `pdfium` in its own bounded process."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from index.documents.pdf.process import Pdfium, PdfiumStopped
from index.errors import ArticleError


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as it is shown: cropped, rotated, on white paper.

    Attributes:
        width, height: in pixels.
        pixels: three bytes for each pixel, red, green and blue, line by line from the top; `stride` bytes a line.
    """

    width: int
    height: int
    stride: int
    pixels: bytes


class Drawing:
    """A PDF that is open to be drawn, in a process that holds it until `close`. One thread at a time may use it.

    Args:
        content: the file's bytes.
        started: called with this once the process runs, so that another thread can close it.

    Attributes:
        sizes: width and height of each page in points; boxes of an Article's anchors are measured in the same frame.

    Raises:
        ArticleError: the file cannot be opened within the bounds.
    """

    def __init__(self, content: bytes, started: Callable[[Drawing], object] = lambda drawing: None) -> None:
        self._program = Pdfium("draw", stdin=subprocess.PIPE)
        started(self)
        try:
            self._program.send({"bytes": len(content)}, content)
            found = self._program.message()
        except PdfiumStopped:
            found = None
        if not found or "error" in found[0]:
            self.close()
            raise not_drawn(0)
        self.sizes: list[tuple[float, float]] = [(width, height) for width, height in found[0]["sizes"]]

    def draw(self, page: int, width: int) -> Picture:
        """Return a page, counted from 1, so many pixels wide; one with too many pixels is drawn narrower.

        Raises:
            ArticleError: there is no such page, or it takes too much time or memory. Then the drawing is closed.
        """
        try:
            if not 1 <= page <= len(self.sizes):
                raise PdfiumStopped
            self._program.send({"page": page, "width": width})
            message, pixels = self._program.message() or ({"error": "ended"}, b"")
            if "error" in message:
                raise PdfiumStopped
        except PdfiumStopped:
            self.close()
            raise not_drawn(page) from None
        return Picture(message["width"], message["height"], message["stride"], pixels)

    @property
    def runs(self) -> bool:
        """Whether the process still runs."""
        return self._program.runs

    def close(self) -> None:
        """End the process."""
        self._program.close()


def not_drawn(page: int) -> ArticleError:
    """Return the error that says that a page, or the whole PDF (0), cannot be drawn."""
    what = f"page {page}" if page else "the PDF"
    return ArticleError(
        f"{what} cannot be drawn: it is damaged, or takes too much time or memory. Its text is shown as it was read.",
        "pdf-page-not-drawn",
        page=page,
    )
