"""Word files and e-books made in a test, and what is known of the real files outside the repository."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index import ArticleError
from index.article import Article

SHARED = Path(os.environ.get("BELEG_SHARED") or Path(__file__).parents[4] / "shared")
DOCUMENTS = SHARED / "documents"
_EXPECTATIONS = DOCUMENTS / "expectations.json"
needs_documents = pytest.mark.skipif(
    not _EXPECTATIONS.exists(), reason="no documents/expectations.json in the folder BELEG_SHARED"
)
_EXPECTED: dict[str, Any] = json.loads(_EXPECTATIONS.read_text(encoding="utf-8")) if _EXPECTATIONS.exists() else {}
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def real(*prefixes: str) -> list[str]:
    """Return the names of the real files that begin so."""
    return [name for name in sorted(_EXPECTED) if name.startswith(prefixes)]


def unmet(name: str, read: Callable[[bytes, str], Article]) -> list[Any]:
    """Return the expectations of a real file that do not hold."""
    expected = _EXPECTED[name]["expect"]
    content = (DOCUMENTS / name).read_bytes()
    if any(kind == "refuse" for kind, *_ in expected):
        with pytest.raises(ArticleError, match="Expected"):
            read(content, name)
        return []
    article = read(content, name)
    text = plain(article.text)
    return [
        [kind, said]
        for kind, said, *_ in expected
        if (kind == "has" and plain(said) not in text)
        or (kind == "not" and plain(said) in text)
        or (kind == "title" and said != article.title)
    ]


def plain(text: str) -> str:
    """Return a text as expectations are compared."""
    return " ".join(re.sub("[\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", text).split())


def shown(article: Article) -> list[tuple[str, int, str]]:
    """Return the kind, level and text of each block."""
    return [(block.kind, block.level, article.text[block.start : block.end]) for block in article.blocks]


def zipped(members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP file of some members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def docx(body: str, core: str = "", **parts: str) -> bytes:
    """Return a Word file: `body` and `parts` (styles, numbering, footnotes) are the XML inside of each part's root."""
    roots = {"styles": "styles", "numbering": "numbering", "footnotes": "footnotes", "endnotes": "endnotes"}
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="a" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
        f'<Relationship Id="b" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
        "</Relationships>",
        "word/document.xml": f'<w:document xmlns:w="{WORD}" xmlns:r="{_OFFICE}" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">'
        f"<w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(f'<Relationship Id="{name}" Type="{_OFFICE}/{name}" Target="{name}.xml"/>' for name in parts)
        + "</Relationships>",
        "docProps/core.xml": f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
        f"{core}</cp:coreProperties>",
    }
    for name, inner in parts.items():
        members[f"word/{name}.xml"] = f'<w:{roots[name]} xmlns:w="{WORD}">{inner}</w:{roots[name]}>'
    return zipped(members)


def p(text: str = "", properties: str = "", runs: str = "") -> str:
    """Return a Word paragraph."""
    run = f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>' if text else ""
    return f"<w:p><w:pPr>{properties}</w:pPr>{run}{runs}</w:p>"


def table(*rows: tuple[str, ...], properties: str = "") -> str:
    """Return a Word table; `properties` are those of its first row."""
    first = f"<w:trPr>{properties}</w:trPr>"
    return (
        "<w:tbl>"
        + "".join(
            f"<w:tr>{first if n == 0 else ''}" + "".join(f"<w:tc>{p(cell)}</w:tc>" for cell in row) + "</w:tr>"
            for n, row in enumerate(rows)
        )
        + "</w:tbl>"
    )


def epub(chapters: dict[str, str], metadata: str = "", extra: dict[str, str | bytes] | None = None) -> bytes:
    """Return an e-book whose chapters, the insides of their bodies, stand in the spine in this order.

    In the file they stand in the opposite order.
    """
    items = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(chapters)
    )
    nav = '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    members: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OPS/book.opf"/></rootfiles></container>',
        "OPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:opf="http://www.idpf.org/2007/opf"><metadata>{metadata}</metadata>'
        f"<manifest>{nav}{items}</manifest><spine>{spine}</spine></package>",
    }
    for name, body in reversed(list(chapters.items())):
        members[f"OPS/{name}"] = (
            '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml" '
            f'xmlns:epub="http://www.idpf.org/2007/ops"><head><title>Datei</title></head><body>{body}</body></html>'
        )
    return zipped({**members, **(extra or {})})
