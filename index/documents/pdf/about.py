"""What a PDF says about itself: title, author, date, language; as far as it can be believed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from index.article import detect_language, likeliest_language
from index.documents.builder import title_from_name
from index.documents.pdf.pages import Page
from index.documents.pdf.structure import Part

_FILE = (
    r"\.(?:docx?|dotx?|pdf|pptx?|xlsx?|indd|qxd|tex|dvi|odt|odp|ods|rtf|pages|key|p65|fm|txt|html?|ps|eps|cdr|ai|wpd|"
    r"pub|jpe?g|tiff?|png)"
)
_NO_TITLE = re.compile(
    rf"microsoft \w+\s*-.*|\(?(?:untitled|anonymous|unspecified|unbenannt|ohne titel|sans titre|sin título)\)?[\s\d-]*|"
    rf"(?:document|dokument|title|titel|slide|folie|powerpoint.{{0,20}}|präsentation|presentation|binder|scan|print|druck|layout|cover|image)[\s_-]*\d*|"
    rf".*{_FILE}|[\W\d_]*|[A-Z]:\\.*|/\w+/.*|https?://\S+|\S*_\S*",
    re.IGNORECASE | re.DOTALL,
)
_NOBODY = re.compile(
    r"(?:user|admin(?:istrator)?|owner|author|autor|anwender|benutzer|\(?(?:anonymous|unspecified|unknown)\)?|unbekannt|root|default|microsoft.*|[\W\d_]*|\w)",
    re.IGNORECASE,
)
_OCR = re.compile(
    r"\bocr|ocrmypdf|tesseract|abbyy|finereader|paper ?capture|clearscan|omnipage|readiris|luradocument|scansoft|"
    r"nuance|scandall|scansnap|internet archive",
    re.IGNORECASE,
)
_CONTENTS = re.compile(
    r"inhalt(?:sverzeichnis|sübersicht)?|(?:table of )?contents|table des matières|sommaire|índice|indice|index|inhoud",
    re.IGNORECASE,
)
# Fewer letters than these are too few to know a language by.
_SAMPLE = 300
_FREQUENT = ("de", "en", "es", "fr", "it", "nl", "pl", "pt")


def metadata(about: Mapping[str, Any]) -> tuple[str, str]:
    """Return the author, and the day that the file was made, in ISO 8601; "" for what it does not say."""
    author = " ".join(str(about.get("author", "")).split())
    if _NOBODY.fullmatch(author) or len(author) > 200:
        author = ""
    found = re.match(r"(?:D:)?((?:19|20)\d\d)(\d\d)?(\d\d)?", str(about.get("creationdate", "")))
    if not found:
        return author, ""
    year, month, day = found.groups()
    if not (month and day and 1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return author, year
    return author, f"{year}-{month}-{day}"


def title_of(about: Mapping[str, Any], parts: Sequence[Part], source: str, first: int) -> str:
    """Return a PDF's own title: of its metadata, or the largest heading of its first page with text; else ""."""
    title = " ".join(str(about.get("title", "")).split())
    name = title_from_name(source).casefold()
    if title and len(title) <= 300 and not _NO_TITLE.fullmatch(title) and title.casefold() != name:
        return title
    front = [part for part in parts if part.kind == "heading" and part.lines[0].page == first]
    front = [part for part in front if not _CONTENTS.fullmatch(part.text.strip())] or front
    if not front:
        return ""
    largest = max(front, key=lambda part: (part.size, -part.level))
    return " ".join(re.sub(r"(?<=\w)-\n(?=[a-zß-ÿ])", "", largest.text).split())


def language_of(about: Mapping[str, Any], text: str) -> str:
    """Return the ISO 639-1 code that the file names, where the text agrees or is short; else as detected."""
    said = re.match(r"([A-Za-z]{2})(?:[-_]|$)", str(about.get("language", "")))
    if not any(c.isalpha() for c in text):
        return said[1].lower() if said else ""
    found = detect_language(text)
    if len(text) < _SAMPLE and sum("a" <= c.lower() <= "ɏ" for c in text) > 0.5 * sum(c.isalpha() for c in text):
        found, _ = likeliest_language(text, _FREQUENT)
    if not said or found == said[1].lower():
        return found
    latin = sum("a" <= c.lower() <= "ɏ" for c in text) > 0.5 * sum(c.isalpha() for c in text)
    latin_said = (
        said[1].lower()
        not in "ar be bg bn el fa gu he hi hy ja ka km kn ko lo mk ml mr my ne pa ru sr ta te th uk ur yi zh".split()
    )
    return said[1].lower() if len(text) < _SAMPLE and latin == latin_said else found


def is_read_by_machine(page: Page, about: Mapping[str, Any]) -> bool:
    """Return whether a page is a picture with text that OCR laid over or under it."""
    if page.pictured < 0.5 or not page.characters:
        return False
    by = f"{about.get('producer', '')} {about.get('creator', '')}"
    return page.invisible > 0.5 * page.characters or (page.pictured > 0.8 and bool(_OCR.search(by)))
