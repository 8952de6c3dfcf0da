"""Hostile PDFs, for `benchmarks.hostile`."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator

from tests.pdf_files import PdfFile

_FORM = "/Type /XObject /Subtype /Form /BBox [0 0 9 9]"


def pdfs() -> Iterator[tuple[str, bytes]]:
    """Yield PDFs, whole and damaged."""
    yield from _bombs()
    yield from _structures()
    whole = _drawn()
    yield ".pdf header only", b"%PDF-1.7\n"
    yield ".pdf a text", b"Some words are here."
    yield ".pdf random bytes", random.Random(1).randbytes(100_000)
    yield ".txt random bytes behind a header", b"%PDF-1.7\n" + random.Random(2).randbytes(100_000)
    for share in (0.5, 0.9):
        yield f".pdf cut at {share:.0%}", whole[: int(len(whole) * share)]
    yield ".pdf without its table of objects", whole[: whole.index(b"xref")]
    for seed in range(8):
        chance = random.Random(seed)
        changed = bytearray(whole)
        for _ in range(30):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        yield f".pdf bytes changed, {seed}", bytes(changed)
    yield ".html a PDF", whole
    yield ".pdf a page and a PDF", b"<!DOCTYPE html><html><p>Some words.</p></html>\n" + whole


def _drawn(*operators: str, size: float = 842, catalog: str = "", resources: str = "") -> bytes:
    """Return a PDF of one page with a few words on it."""
    file = PdfFile()
    page = file.page(size * 0.7, size)
    page.text(72, 72, "Some words are here, and some more.")
    page.operators += operators
    file.catalog, file.resources = catalog, resources
    return file.content()


def _bombs() -> Iterator[tuple[str, bytes]]:
    yield ".pdf a page of 400 MB of blanks", _drawn(" " * 400_000_000)
    yield ".pdf 8,000,000 rectangles", _drawn("0 0 1 1 re f\n" * 8_000_000)
    yield ".pdf 5,000,000 characters", _drawn("BT /F1 9 Tf 72 700 Td " + "(abcdefghij) Tj " * 500_000 + " ET")
    yield ".pdf 500,000 saved states", _drawn("q " * 500_000)
    yield ".pdf brackets on a page", _drawn("[" * 2_000_000)
    file = PdfFile()
    page = file.page()
    number = file.stream(b"BT /F1 1 Tf (x) Tj ET", _FORM)
    for _ in range(12):
        number = file.stream(b"/X Do " * 10, f"{_FORM} /Resources << /XObject << /X {number} 0 R >> >>")
    file.resources, page.operators = f"/X {number} 0 R", ["/X Do"]
    yield ".pdf forms in forms, 10^12", file.content()
    file = PdfFile()
    page = file.page()
    # The form's own number: three objects come first.
    number = file.stream(b"/X Do /X Do", f"{_FORM} /Resources << /XObject << /X 4 0 R >> >>")
    file.resources, page.operators = f"/X {number} 0 R", ["/X Do"]
    yield ".pdf a form in itself", file.content()
    file = PdfFile()
    file.page()
    packed = zlib.compress(zlib.compress(b"\0" * 200_000_000, 9), 9)
    entries = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream" % (len(packed), packed)
    number = file.add(entries)
    content = file.content()
    yield ".pdf packed twice, 200 MB", content.replace(b"/Contents 6 0 R", b"/Contents %d 0 R" % number)
    file = PdfFile()
    file.page().text(72, 72, "Some words.")
    number = file.stream(
        b"\0" * 100_000_000,
        "/Type /XObject /Subtype /Image /Width 100000 /Height 100000 /ColorSpace /DeviceGray /BitsPerComponent 8",
    )
    file.resources = f"/Big {number} 0 R"
    file.pages[0].operators.append("q 500 0 0 500 0 0 cm /Big Do Q")
    yield ".pdf a picture of 10^10 points", file.content()
    chance = random.Random(3)
    file = PdfFile()
    page = file.page()
    for _ in range(30_000):
        page.text(chance.random() * 590, chance.random() * 840, "wort", 8)
    yield ".pdf 30,000 words anywhere", file.content()
    file = PdfFile()
    page = file.page()
    for n in range(4000):
        x, y = n % 60 * 10, n // 60 * 12
        page.rule(x, y, x + 50, y)
        page.rule(x, y, x, y + 40)
        page.text(x, y + 8, "ab", 5)
    yield ".pdf 8,000 rules and 4,000 words", file.content()


def _structures() -> Iterator[tuple[str, bytes]]:
    whole = _drawn()
    yield ".pdf a page of 10^9 points", _drawn(size=1e9)
    yield ".pdf a page without a size", _drawn(size=0)
    count = b"/Type /Pages /Count 1 "
    yield ".pdf 999,999,999 pages, as it says", whole.replace(count, b"/Type /Pages /Count 999999999 ")
    yield ".pdf -5 pages, as it says", whole.replace(count, b"/Type /Pages /Count -5 ")
    kids = whole.index(b"/Kids [") + 7
    yield ".pdf pages in themselves", whole[:kids] + b"2 0 R" + whole[whole.index(b"]", kids) :]
    file = PdfFile()
    for _ in range(6001):
        file.page().text(72, 72, "x")
    yield ".pdf 6,001 pages", file.content()
    yield ".pdf 200,000 nested arrays", _drawn(catalog="/X " + "[" * 200_000 + "]" * 200_000)
    yield ".pdf 100,000 nested dictionaries", _drawn(catalog="/X " + "<</A " * 100_000 + "1" + ">>" * 100_000)
    file = PdfFile()
    file.page().text(72, 72, "Some words.")
    file.add("<< /Title (loop) /Next 4 0 R /First 4 0 R /Parent 4 0 R >>")
    file.catalog = "/Outlines << /First 4 0 R /Last 4 0 R /Count 1 >>"
    yield ".pdf bookmarks in themselves", file.content()
    file = PdfFile()
    file.page().text(72, 72, "Some words.")
    file.add("<< /Type /StructElem /S /P /P 4 0 R /K [4 0 R 4 0 R] >>")
    file.catalog = "/MarkInfo << /Marked true >> /StructTreeRoot << /Type /StructTreeRoot /K 4 0 R >>"
    yield ".pdf a structure in itself", file.content()
    yield ".pdf a script", _drawn(catalog="/OpenAction << /S /JavaScript /JS (while\\(1\\){}) >>")
    file = PdfFile()
    file.page().annotations = [
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (" + "x " * 500_000 + ") /Rect [10 10 100 20] >>"
    ]
    file.pages[0].text(72, 72, "Some words.")
    yield ".pdf a field of 1 MB", file.content()
