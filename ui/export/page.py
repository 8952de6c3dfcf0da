"""An Export → one HTML file: no script, nothing from elsewhere, and a policy that forbids both.

The page depends on nothing but the export's data, so that making it again from the file's own data shows whether the
page says what the data says. For that reason it has no number or date as Babel writes it, which may change with a
release of Babel. See `FORMAT` for a change of the page.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from importlib.resources import files

from markupsafe import Markup

from rag.answering.messages import percent
from ui.export.data import Export, ExportedArticle, ExportedTurn, Quotation, ShortAnswer
from ui.places import headings_label, place_label
from ui.templates import render
from ui.texts import TEXTS

# What is around the data in the file, as the template writes it.
BLOCK_START = '<script type="application/json" id="beleg-export">\n'
BLOCK_END = "\n</script>"
# In JSON these characters stand in texts only. "<" could end the block; the last two end a line in old JavaScript.
_ESCAPED = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def export_html(export: Export) -> str:
    """Return the whole file; the same export gives the same text, byte for byte."""
    style = (files("ui.export") / "page.css").read_text(encoding="utf-8")
    data = json.dumps(asdict(export), ensure_ascii=False, indent=1, allow_nan=False).translate(_ESCAPED)
    page = render(
        "export/page.html",
        TEXTS[export.language],
        export=export,
        places={article.id: place for place, article in enumerate(export.articles)},
        quoted_of=_quoted(export),
        pieces=_pieces,
        shorts=[_shorts(turn) for turn in export.turns],
        short_within=_short_within,
        place_label=place_label,
        headings_label=headings_label,
        percent=partial(percent, language=export.language),
        pictured={(page.article_id, page.page) for page in export.pages},
        style=Markup(style),  # noqa: S704 - our own file
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        data=Markup(data),  # noqa: S704 - has no character that HTML means something by
    )
    return str(page)


@dataclass(slots=True)
class _Quoted:
    """A sentence that is quoted: by the questions of these numbers, and whether it answers one of them."""

    sentence_index: int
    questions: list[int]
    is_cited: bool = False


def _quoted(export: Export) -> dict[str, dict[tuple[int, int], _Quoted]]:
    """Return what is quoted of each article, by the article's id and the half-open offsets there."""
    quoted: dict[str, dict[tuple[int, int], _Quoted]] = {article.id: {} for article in export.articles}
    for number, turn in enumerate(export.turns, start=1):
        for one in (*turn.citations, *turn.nearest):
            found = quoted[one.article_id].setdefault((one.start, one.end), _Quoted(one.sentence_index, []))
            found.questions += [number] if found.questions[-1:] != [number] else []
            found.is_cited = found.is_cited or not turn.abstained
    return quoted


def _pieces(article: ExportedArticle, quoted: dict[tuple[int, int], _Quoted]) -> Iterator[tuple[str, _Quoted | None]]:
    """Yield an article's text piece by piece, each with what quotes it; None for what no turn quotes."""
    at = 0
    for (start, end), found in sorted(quoted.items(), key=lambda item: item[0]):
        # Sentences overlap in an altered file only, and checking reports that.
        if at <= start < end <= len(article.text):
            yield article.text[at:start], None
            yield article.text[start:end], found
            at = end
    yield article.text[at:], None


def _shorts(turn: ExportedTurn) -> dict[int, list[ShortAnswer]]:
    """Return a turn's short answers by the numbers of their citations."""
    found: dict[int, list[ShortAnswer]] = {}
    for short in turn.short:
        found.setdefault(short.citation, []).append(short)
    return found


def _short_within(shorts: list[ShortAnswer] | None, quotation: Quotation) -> tuple[int, int] | None:
    """Return where the first of a citation's short answers stands in it; None where it has none."""
    if not shorts:
        return None
    short = shorts[0]
    start, end = short.start - quotation.start, short.end - quotation.start
    # In an altered file it may lie elsewhere, and checking reports that.
    return (start, end) if 0 <= start < end <= len(quotation.text) else None
