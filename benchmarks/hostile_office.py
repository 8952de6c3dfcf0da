"""Hostile Word files and EPUBs, for `benchmarks.hostile`."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Iterator

from tests.index.documents.office_files import WORD, docx, epub, p, zipped


def office() -> Iterator[tuple[str, bytes]]:
    """Yield Word files and EPUBs, whole and damaged."""
    yield from _word()
    yield from _archives()
    yield from _books()
    for kind, whole in ((".docx", docx(p("Some words are here.") * 50)), (".epub", epub({"a.xhtml": "<p>Words."}))):
        for share in (0.1, 0.5, 0.95):
            yield f"{kind} cut at {share:.0%}", whole[: int(len(whole) * share)]
        for seed in range(4):
            yield f"{kind} bytes changed, {seed}", _changed(whole, seed)


def _changed(content: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    changed = bytearray(content)
    for _ in range(30):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _stored(content: bytes) -> bytes:
    """Return an archive with its members unpacked, so that no ratio gives it away."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return zipped({one.filename: packed.read(one) for one in packed.infolist()}, zipfile.ZIP_STORED)


def _word() -> Iterator[tuple[str, bytes]]:
    yield ".docx no text", docx("")
    yield ".docx a text", b"Some words are here."
    yield ".docx 3,000,000 empty paragraphs", docx("<w:p/>" * 3_000_000)
    yield ".docx the same, stored", _stored(docx("<w:p/>" * 3_000_000))
    yield ".docx 180,000 paragraphs", docx(p("wort ") * 180_000)
    yield ".docx the same, stored", _stored(docx(p("wort ") * 180_000))
    yield ".docx 400,000 rows, stored", _stored(docx("<w:tbl>" + f"<w:tr><w:tc>{p('a')}</w:tc></w:tr>" * 400_000))
    yield (
        ".docx 1,000,000 cells",
        docx("<w:tbl>" + ("<w:tr>" + f"<w:tc>{p('a')}</w:tc>" * 50 + "</w:tr>") * 20_000 + "</w:tbl>"),
    )
    yield ".docx one word of 30 MB", docx(p("a" * 30_000_000))
    yield ".docx 2,000,000 runs, stored", _stored(docx("<w:p><w:r>" + "<w:t>a</w:t>" * 2_000_000 + "</w:r></w:p>"))
    yield ".docx 100,000 levels", docx("<w:sdt>" * 100_000)
    yield ".docx tables in tables", docx("<w:tbl><w:tr><w:tc>" * 60 + p("a") + "</w:tc></w:tr></w:tbl>" * 60)
    yield (
        ".docx wide cells",
        docx(
            "<w:tbl><w:tr>"
            + '<w:tc><w:tcPr><w:gridSpan w:val="9999"/></w:tcPr><w:p/></w:tc>' * 50_000
            + "</w:tr></w:tbl>"
        ),
    )
    yield (
        ".docx billion laughs",
        zipped(
            {
                "word/document.xml": '<!DOCTYPE l [<!ENTITY a0 "x">'
                + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
                + "]><a>&a11;</a>"
            }
        ),
    )
    yield (
        ".docx a file as an entity",
        zipped({"word/document.xml": '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><a>&a;</a>'}),
    )
    yield (
        ".docx a document type of a server",
        zipped(
            {
                "word/document.xml": '<!DOCTYPE l SYSTEM "http://127.0.0.1:9/x.dtd">'
                f'<w:document xmlns:w="{WORD}"><w:body>{p("Some words.")}</w:body></w:document>'
            }
        ),
    )
    yield (
        ".docx 140,000 styles, stored",
        _stored(docx(p("a"), styles='<w:style w:styleId="a"><w:name w:val="b"/></w:style>' * 140_000)),
    )
    circle = "".join(
        f'<w:style w:type="paragraph" w:styleId="{a}"><w:basedOn w:val="{b}"/></w:style>' for a, b in ("ab", "ba")
    )
    yield ".docx styles in a circle", docx(p("a", '<w:pStyle w:val="a"/>') * 10_000, styles=circle)
    note = '<w:r><w:footnoteReference w:id="1"/></w:r>'
    yield (
        ".docx a note in itself",
        docx(p("a", runs=note), footnotes='<w:footnote w:id="1">' + p("n", runs=note) + "</w:footnote>"),
    )
    yield (
        ".docx 100,000 notes",
        docx(p("a"), footnotes="".join(f'<w:footnote w:id="{n}">{p("x")}</w:footnote>' for n in range(100_000))),
    )
    yield ".docx open fields", docx("<w:p>" + '<w:r><w:fldChar w:fldCharType="begin"/></w:r>' * 100_000 + "</w:p>")


def _archives() -> Iterator[tuple[str, bytes]]:
    relations = '<Relationships><Relationship Type="/officeDocument" Target="{}"/></Relationships>'
    for kind in (".docx", ".epub"):
        yield f"{kind} only marks of a directory", b"PK\x03\x04" + b"PK\x05\x06" * 1_000_000
        yield f"{kind} random bytes behind a mark", b"PK\x03\x04" + random.Random(1).randbytes(1_000_000)
    yield ".docx 300 MB of zeros", zipped({"word/document.xml": b"\0" * 300_000_000})
    yield ".docx a ZIP in it", zipped({"word/document.xml": zipped({"a": "0" * 10_000_000})})
    yield ".docx 30,000 members", zipped({str(n): "" for n in range(30_000)})
    yield ".docx 19,999 members", zipped({str(n): "" for n in range(19_999)})
    yield ".docx relations in a circle", zipped({"_rels/.rels": relations.format("_rels/.rels")})
    yield ".docx a relation out of it", zipped({"_rels/.rels": relations.format("../../../etc/passwd")})
    yield (
        ".docx members outside of it",
        zipped({"../../evil.txt": "x", "/etc/passwd": "x", "C:\\evil": "x", "word/../../evil": "x"}),
    )
    whole = docx(p("Some words."))
    at = whole.rindex(b"PK\x01\x02")
    yield ".docx a size that lies", whole[: at + 24] + struct.pack("<I", 0xFFFFFFF0) + whole[at + 28 :]
    yield (
        ".docx encrypted members",
        whole.replace(b"PK\x03\x04\x14\0\0\0", b"PK\x03\x04\x14\0\1\0").replace(
            b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0"
        ),
    )
    yield (
        ".docx an old Word file",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000 + "WordDocument".encode("utf-16-le"),
    )
    yield ".docx an Excel file", zipped({"[Content_Types].xml": "<a/>", "xl/workbook.xml": "<a/>"})
    yield ".pdf a Word file and a PDF", whole + b"%PDF-1.7\n"
    yield ".epub a Word file", whole
    yield ".txt a Word file", whole


def _books() -> Iterator[tuple[str, bytes]]:
    container = '<container><rootfile full-path="{}"/></container>'
    yield ".epub 20 chapters of 100,000 paragraphs", epub({f"{n}.xhtml": "<p>a</p>" * 100_000 for n in range(20)})
    yield (
        ".epub a chapter 100,000 times",
        zipped(
            {
                "META-INF/container.xml": container.format("b.opf"),
                "b.opf": '<package><manifest><item id="a" href="a.xhtml" media-type="text/html"/></manifest><spine>'
                + '<itemref idref="a"/>' * 100_000
                + "</spine></package>",
                "a.xhtml": "<html><body><p>Some words.</p></body></html>",
            }
        ),
    )
    yield ".epub a container in itself", zipped({"META-INF/container.xml": container.format("META-INF/container.xml")})
    yield ".epub no chapters", zipped({"mimetype": "application/epub+zip"}, zipfile.ZIP_STORED)
    yield ".epub 200,000 levels", epub({"a.xhtml": "<div>" * 200_000 + "a"})
    yield (
        ".epub spans of cells",
        epub({"a.xhtml": "<table><tr>" + "<td rowspan='64' colspan='64'>a</td>" * 20_000 + "</tr></table>"}),
    )
    yield (
        ".epub rows under a span",
        epub({"a.xhtml": "<table><tr>" + "<td rowspan='64' colspan='60'>a</td>" * 16 + "</tr>" + "<tr/>" * 200_000}),
    )
    yield ".epub tags without an end", epub({"a.xhtml": "<p><b><i>a" * 50_000})
    yield ".epub entities", epub({"a.xhtml": "<p>" + "&nbsp;&foo;" * 500_000 + "a</p>"})
    yield ".epub comments", epub({"a.xhtml": "<!--" * 140_000})
    yield ".epub line breaks", epub({"a.xhtml": "<p>" + "a<br/>" * 240_000 + "</p>"})
    yield ".epub links to notes", epub({"a.xhtml": "<p>ab " + '<a href="#x">1</a>' * 140_000 + "</p>"})
    yield ".epub 15 MB in one paragraph, stored", _stored(epub({"a.xhtml": "<p>" + "wort " * 3_000_000 + "</p>"}))
