"""An export checked against its articles: what in it is as the articles are, and what is not."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from index.article import Article
from index.documents.pdf.drawing import Drawing
from index.errors import ArticleError
from index.input_file import read_input
from index.place import Block
from index.splitting.sentences import split_sentences
from index.view import read_text
from ui.export.data import Export, ExportedArticle, ExportedPage, ExportedTurn, Quotation, ShortAnswer, marks_on
from ui.export.page import export_html

# As large as a PDF that is read.
MAX_PDF_BYTES = 200_000_000
_UNPROVED = "its article is not as stated"
# Characters of an article that a message shows.
_SHOWN = 300
# Pixels along an edge of a part of a picture, and how much, of 255, its mean brightness may differ: another release of
# pdfium smooths letters otherwise, and JPEG is not exact; a digit in place of another differs by 50.
_TILE, _MOST_DIFFERENCE = 12, 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing checked.

    Attributes:
        where: its place in the export.
        proved: whether it is as stated.
        says: how that was found out, or what is wrong.
        quotes: whether it is a quotation or a short answer.
        judged: False for what nothing can prove and nothing is wrong with.
    """

    where: str
    proved: bool
    says: str
    quotes: bool = False
    judged: bool = True


def check_export(export: Export, text: str, own: Sequence[Article], bundled: Article) -> Iterator[Finding]:
    """Yield a finding for the page, one for each article and one for each quotation and short answer.

    Args:
        export, text: as `read_export` returns them.
        own: the user's own copies; where there are any, an article of the export that is not among them fails.
        bundled: the article that ships with Beleg, which needs no copy.
    """
    yield _page(export, text)
    known = {article.id: article for article in (*own, bundled)}
    witnesses = {}
    for stated in export.articles:
        witness = witnesses[stated.id] = _witness(stated, known, bool(own), bundled.id)
        yield Finding(f"article “{stated.title}”", witness.is_as_stated, witness.says)
    for number, turn in enumerate(export.turns, start=1):
        yield from _turn(number, turn, witnesses)
    for page in export.pages:
        if copy := known.get(page.article_id):
            wrong = _picture_mismatch(page, copy, export)
            says = "its picture shows that page of your own copy, and marks the cited sentences"
            yield Finding(f"page {page.page} of “{copy.title}”", not wrong, wrong or says)


@dataclass(frozen=True)
class _Witness:
    """The text that an article's quotations are compared with.

    Attributes:
        is_as_stated: whether the export's own text, hash and id fit together, and the article is one of the user's.
        proves: whether a quotation that is found in `text` is thereby proved.
    """

    text: str
    language: str
    blocks: Sequence[Block] | None
    is_as_stated: bool
    proves: bool
    says: str

    @cached_property
    def sentences(self) -> dict[tuple[int, int], int]:
        """The numbers of all sentences, by their offsets."""
        found = split_sentences(self.text, self.language, self.blocks)
        return {(sentence.span.start, sentence.span.end): sentence.number for sentence in found}

    def there(self, start: int, end: int) -> str:
        """Return what stands somewhere, for a message: of much only the beginning, since a file may have many such."""
        found = self.text[start : min(end, start + _SHOWN + 1)]
        return found if len(found) <= _SHOWN else f"{found[:_SHOWN]}…"


def _page(export: Export, text: str) -> Finding:
    expected = export_html(export)
    if text == expected:
        return Finding("page", True, "it says what its data says, byte for byte")
    pairs = zip(text.split("\n"), [*expected.split("\n"), ""], strict=False)
    line = next((number for number, (one, other) in enumerate(pairs, start=1) if one != other), text.count("\n") + 1)
    return Finding("page", False, f"from line {line} on it is not what its data says: the file was changed")


def _witness(stated: ExportedArticle, known: Mapping[str, Article], has_own: bool, bundled_id: str) -> _Witness:
    sha256 = hashlib.sha256(stated.text.encode()).hexdigest()
    copy = known.get(stated.id)
    wrong, says = "", f"its text has the sha256 stated, {sha256}; there is no copy to compare it with"
    if stated.sha256 != sha256:
        wrong = f"its text has the sha256 {sha256}, not the {stated.sha256} stated"
    elif not sha256.startswith(stated.id):
        wrong = f"its id is {stated.id}, not the beginning of its text's sha256 {sha256}"
    elif copy:
        whose = "the article that ships with Beleg" if stated.id == bundled_id else "your own copy"
        says = f"its text is that of {whose}, sha256 {sha256}"
    elif has_own:
        wrong = f"none of your articles has its text, sha256 {sha256}"
    witness = copy or stated
    blocks = copy.blocks if copy else stated.structure()
    return _Witness(witness.text, witness.language, blocks, not wrong, copy is not None or not wrong, wrong or says)


def _turn(number: int, turn: ExportedTurn, witnesses: Mapping[str, _Witness]) -> Iterator[Finding]:
    named = [(f"[{at}]", one) for at, one in enumerate(turn.citations, start=1)]
    named += [(f"nearest {at}", one) for at, one in enumerate(turn.nearest, start=1)]
    for name, quotation in named:
        wrong = _mismatch(quotation, witnesses[quotation.article_id])
        says = f"sentence {quotation.sentence_index + 1}, word for word: {quotation.text}"
        yield Finding(f"question {number} {name}", not wrong, wrong or says, quotes=True)
    for at, prose in enumerate(turn.prose, start=1):
        held = ", ".join(f"[{cited}]" for cited in prose.citations)
        says = f"an LLM's words, which nothing can prove word for word; held to {held}: {prose.text}"
        yield Finding(f"question {number} prose {at}", True, says, judged=False)
    for at, short in enumerate(turn.short, start=1):
        cited = turn.citations[short.citation - 1]
        wrong = _short_mismatch(short, cited, witnesses[cited.article_id])
        says = f"within [{short.citation}]: {short.text}"
        name = "short answer" if len(turn.short) == 1 else f"short answer {at}"
        yield Finding(f"question {number} {name}", not wrong, wrong or says, quotes=True)


def _mismatch(quotation: Quotation, witness: _Witness) -> str:
    """Return what is wrong with a quotation; "" for nothing."""
    span = (quotation.start, quotation.end)
    # Compared in place: what stands there may be all of the article, and each of many quotations may say so.
    length = max(0, min(span[1], len(witness.text)) - span[0])
    if len(quotation.text) != length or not witness.text.startswith(quotation.text, span[0]):
        return f"characters {span[0]} to {span[1]} are “{witness.there(*span)}”, not “{quotation.text}”"
    number = witness.sentences.get(span)
    if number is None:
        return f"characters {span[0]} to {span[1]} are no whole sentence: “{witness.there(*span)}”"
    if number != quotation.sentence_index:
        return f"it is sentence {number + 1}, not {quotation.sentence_index + 1}"
    return "" if witness.proves else _UNPROVED


def _short_mismatch(short: ShortAnswer, cited: Quotation, witness: _Witness) -> str:
    """Return what is wrong with a short answer; "" for nothing."""
    if not cited.start <= short.start < short.end <= cited.end:
        return f"characters {short.start} to {short.end} are not within [{short.citation}]"
    if short.text != read_text(witness.text[short.start : short.end]):
        there = witness.there(short.start, short.end)
        return f"characters {short.start} to {short.end} are “{there}”, not “{short.text}”"
    return "" if witness.proves else _UNPROVED


def _picture_mismatch(page: ExportedPage, copy: Article, export: Export) -> str:
    """Return what is wrong with a picture of a page, drawn anew from the user's own copy; "" for nothing."""
    from PIL import Image, ImageChops

    if set(page.marks) != set(marks_on(page.page, _cited(export, copy.id), copy)):
        return "what is marked on it is not where the cited sentences stand"
    try:
        with Image.open(io.BytesIO(base64.b64decode(page.picture)), formats=[page.kind]) as found:
            stated = found.convert("L")
    except (OSError, ValueError, Image.DecompressionBombError):
        return "its picture cannot be read"
    try:
        drawing = Drawing(read_input(Path(copy.source), MAX_PDF_BYTES))
    except (OSError, ArticleError):
        return f"your own copy {copy.source} cannot be drawn"
    with closing(drawing):
        try:
            drawn = drawing.draw(page.page, stated.width)
        except ArticleError:
            return f"your own copy {copy.source} has no such page to draw"
    expected = Image.frombuffer("RGB", (drawn.width, drawn.height), drawn.pixels, "raw", "RGB", drawn.stride, 1)
    if expected.size != stated.size:
        return "its picture has another shape than that page of your own copy"
    size = (-(-stated.width // _TILE), -(-stated.height // _TILE))
    difference = ImageChops.difference(expected.convert("L"), stated).resize(size, Image.Resampling.BOX)
    if int(difference.getextrema()[1]) > _MOST_DIFFERENCE:  # type: ignore[arg-type]
        return "its picture shows something else than that page of your own copy"
    return ""


def _cited(export: Export, article_id: str) -> list[Quotation]:
    return [one for turn in export.turns for one in turn.citations if one.article_id == article_id]
