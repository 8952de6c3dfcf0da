"""Where a citation stands in its original, in words: "page 3", a cue's time, a table row's columns, the headings above.

Every view says it in these words: the chat, the shell, what is copied, the export.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.texts import Texts

if TYPE_CHECKING:
    from index.place import Place
    from ui.export.data import ExportedPlace

# A table may have dozens of columns: more of their names than that tells nobody more.
MAX_HEADER_CHARACTERS = 80


def place_label(place: Place | ExportedPlace | None, texts: Texts) -> str:
    """Return a place in a few words, such as "page 3"; "" where there is none, or only the headings are known."""
    if place is None:
        return ""
    said = []
    if place.page is not None:
        said.append(texts("places.page", number=place.page))
    if place.begins is not None:
        said.append(clock(place.begins))
    if header := " ".join(place.header.split()):
        if len(header) > MAX_HEADER_CHARACTERS:
            header = f"{header[:MAX_HEADER_CHARACTERS].rpartition(' | ')[0] or header[:MAX_HEADER_CHARACTERS]} …"
        said.append(texts("places.columns", header=header))
    if place.read_by_machine:
        said.append(texts("places.machine"))
    return ", ".join(said)


def headings_label(place: Place | ExportedPlace | None, texts: Texts) -> str:
    """Return the headings that a place is under, such as "under: Introduction › Aims"; "" for none."""
    if place is None or not place.under:
        return ""
    return texts("places.under", headings=" › ".join(place.under))


def source_label(title: str, number: int, place: Place | ExportedPlace | None, texts: Texts) -> str:
    """Return what a quotation is from: the title, the place and the sentence's number, from 1. A title may be ""."""
    return ", ".join(filter(None, (title, place_label(place, texts), texts("chat.sentence", number=number))))


def clock(seconds: float) -> str:
    """Return a time of a recording as hours, minutes and seconds: "0:12:31"."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}"
