"""Writes small PDFs with text at given places, for tests."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

FONTS = {"F1": "Helvetica", "F2": "Helvetica-Bold", "F3": "Courier", "F4": "Times-Roman"}


@dataclass
class PdfPage:
    """A page; places are points from its upper left corner, before it is turned."""

    width: float = 595
    height: float = 842
    extra: str = ""
    operators: list[str] = field(default_factory=list)
    annotations: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, text: str, size: float = 10, font: str = "F1", mode: int = 0) -> None:
        shown = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        self.operators.append(f"BT /{font} {size} Tf {mode} Tr 1 0 0 1 {x} {self.height - y} Tm ({shown}) Tj ET")

    def lines(self, x: float, y: float, lines: str, size: float = 10, font: str = "F1", pitch: float = 1.2) -> float:
        """Write lines below one another and return where the next one would stand."""
        for line in lines.strip().splitlines():
            self.text(x, y, line.strip(), size, font)
            y += pitch * size
        return y

    def turned(self, x: float, y: float, text: str, size: float = 10) -> None:
        """Write upwards."""
        self.operators.append(f"BT /F1 {size} Tf 0 1 -1 0 {x} {self.height - y} Tm ({text}) Tj ET")

    def rule(self, x: float, y: float, to_x: float, to_y: float) -> None:
        self.operators.append(f"0.5 w {x} {self.height - y} m {to_x} {self.height - to_y} l S")

    def picture(self, x: float, y: float, width: float, height: float) -> None:
        self.operators.append(f"q {width} 0 0 {height} {x} {self.height - y - height} cm /Im Do Q")


class PdfFile:
    """A PDF of some pages."""

    def __init__(self) -> None:
        self.pages: list[PdfPage] = []
        self.info: dict[str, str] = {}
        self.catalog = ""
        self.trailer = ""
        self.objects: list[bytes] = []
        self.resources = ""
        self.bookmarks: list[tuple[str, int]] = []

    def page(self, width: float = 595, height: float = 842, extra: str = "") -> PdfPage:
        self.pages.append(PdfPage(width, height, extra))
        return self.pages[-1]

    def add(self, body: bytes | str) -> int:
        """Add an object and return its number."""
        self.objects.append(body.encode("cp1252") if isinstance(body, str) else body)
        return len(self.objects) + _RESERVED

    def stream(self, content: bytes, entries: str = "", deflate: bool = True) -> int:
        if deflate:
            content, entries = zlib.compress(content), entries + " /Filter /FlateDecode"
        return self.add(b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries.encode(), len(content), content))

    def content(self) -> bytes:
        picture = self.stream(
            b"\x80", "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8"
        )
        fonts = " ".join(
            f"/{name} << /Type /Font /Subtype /Type1 /BaseFont /{font} /Encoding /WinAnsiEncoding >>"
            for name, font in FONTS.items()
        )
        kids, fields = [], []
        for page in self.pages:
            drawn = self.stream("\n".join(page.operators).encode("cp1252"))
            notes = [self.add(note) for note in page.annotations]
            fields += notes
            kids.append(
                self.add(
                    f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {page.width} {page.height}] {page.extra} "
                    f"/Annots [{' '.join(f'{n} 0 R' for n in notes)}] /Contents {drawn} 0 R /Resources << /Font << "
                    f"{fonts} >> /XObject << /Im {picture} 0 R {self.resources} >> >> >>"
                )
            )
        outline = self._outline(kids)
        form = f"/AcroForm << /Fields [{' '.join(f'{n} 0 R' for n in fields)}] /DR << >> >>" if fields else ""
        about = "".join(f"/{key} ({value}) " for key, value in self.info.items())
        first = [
            f"<< /Type /Catalog /Pages 2 0 R {outline} {form} {self.catalog} >>",
            f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{n} 0 R' for n in kids)}] >>",
            f"<< {about} >>",
        ]
        out = bytearray(b"%PDF-1.7\n")
        offsets = []
        for number, body in enumerate([*(text.encode("cp1252") for text in first), *self.objects], 1):
            offsets.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
        out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        out += (
            f"trailer\n<< /Size {len(offsets) + 1} /Root 1 0 R /Info 3 0 R {self.trailer} >>\nstartxref\n{start}\n%%EOF\n"
        ).encode("cp1252")
        return bytes(out)

    def _outline(self, kids: list[int]) -> str:
        if not self.bookmarks:
            return ""
        first = len(self.objects) + _RESERVED + 2
        last = first + len(self.bookmarks) - 1
        outline = self.add(f"<< /Type /Outlines /First {first} 0 R /Last {last} 0 R /Count {len(self.bookmarks)} >>")
        for number, (title, page) in enumerate(self.bookmarks):
            following = f"/Next {first + number + 1} 0 R" if number < len(self.bookmarks) - 1 else ""
            self.add(f"<< /Title ({title}) /Parent {outline} 0 R {following} /Dest [{kids[page - 1]} 0 R /Fit] >>")
        return f"/Outlines {outline} 0 R"


# The catalog, the page tree and what the file says about itself.
_RESERVED = 3
