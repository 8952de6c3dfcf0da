"""Article text → Sentences: sentencex (MIT, Wikimedia) within blocks that line breaks and list marks set.

sentencex knows quotations and abbreviations in some 300 languages. What is added to it here: a heading or list
item is a sentence of its own, and a German ordinal ("im 20. Jahrhundert") does not end one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.article import Sentence, Span

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_LIST_MARK = re.compile(r"[-*+•‣–]|\d{1,3}[.)]|[a-zA-Z][.)]")
_LIST_ITEM = re.compile(rf"[^\S\n]*(?:{_LIST_MARK.pattern})[^\S\n]+\S")
_MARKDOWN_HEADING = re.compile(r"#{1,6}\s+\S")
_ENDS_SENTENCE = re.compile(r"""[.!?…。！？｡؟।:;,]["'”“’»«)\]」』]*$""")
_ORDINAL = re.compile(r"(?:^|[\s(„»“])(?:\d{1,2}|[IVX]{1,5})\.$")
# After "am 3." these begin a sentence far more often than a name that the ordinal belongs to.
_STARTERS = frozenset(
    "Der Die Das Den Dem Des Ein Eine Einen Einem Einer Er Sie Es Wir Ihr Ich Man In Im Am An Auf Aus Bei Beim Mit "
    "Nach Von Vom Vor Zu Zum Zur Für Durch Über Unter Um Als Wenn Weil Da Dann Damit Dabei Danach Doch Aber Und Oder "
    "Auch Diese Dieser Dieses Diesem Diesen Jede Jeder Jedes Sein Seine Ihre Seit Während Obwohl Trotz Heute Bis Hier "
    "Dort So Sowohl Nur Nicht Noch Schon Alle Viele Einige Mehrere Beide Was Wer Wie Wo Zwei Drei".split()
)
# A first line this much shorter than the longest of its block, and not ended like a sentence, is a heading.
_HEADING_SHARE = 0.6


def split_sentences(text: str, language: str) -> list[Sentence]:
    """Return the sentences of a text in order: disjoint, trimmed of white space, covering every other character.

    Args:
        text: an article's text, as normalised by `Article.read`.
        language: ISO 639-1 code; sentencex falls back to a kindred language, then to English.
    """
    sentences: list[Sentence] = []
    for paragraph, block in enumerate(_paragraphs(text)):
        for unit in _units(text, block):
            for span in _merge_ordinals(text, _boundaries(text, unit, language), language):
                sentences.append(Sentence(span, len(sentences), paragraph))
    return sentences


def _paragraphs(text: str) -> Iterator[Span]:
    start = 0
    for gap in [*_BLANK_LINE.finditer(text), None]:
        end = gap.start() if gap else len(text)
        if text[start:end].strip():
            yield _trim(text, Span(start, end))
        start = gap.end() if gap else end


def _units(text: str, block: Span) -> Iterator[Span]:
    """Cut a paragraph where a line is a heading or begins a list item; wrapped lines stay together."""
    lines: list[Span] = []
    at = block.start
    for written in text[block.start : block.end].split("\n"):
        lines.append(Span(at, at + len(written)))
        at += len(written) + 1
    longest = max(line.end - line.start for line in lines)
    begin = block.start
    for number, line in enumerate(lines):
        words = text[line.start : line.end].strip()
        short = number == 0 and len(words) < _HEADING_SHARE * longest and not _ENDS_SENTENCE.search(words)
        is_item = _LIST_ITEM.match(text, line.start, line.end) is not None
        # In wrapped text a line may begin with "3. Oktober" by chance; an item comes after an end or another item.
        before = text[begin : line.start].rstrip()
        follows = _ENDS_SENTENCE.search(before) is not None or _LIST_ITEM.match(text, begin, block.end) is not None
        if (_MARKDOWN_HEADING.match(words) or (is_item and follows)) and line.start > begin:
            yield _trim(text, Span(begin, line.start))
            begin = line.start
        if short or _MARKDOWN_HEADING.match(words):
            yield _trim(text, Span(begin, line.end))
            begin = min(line.end + 1, block.end)
    if text[begin : block.end].strip():
        yield _trim(text, Span(begin, block.end))


def _boundaries(text: str, unit: Span, language: str) -> Iterator[Span]:
    import sentencex

    for found in sentencex.get_sentence_boundaries(language, text[unit.start : unit.end]):
        span = Span(unit.start + found["start_index"], unit.start + found["end_index"])
        if text[span.start : span.end].strip():
            yield _trim(text, span)


def _merge_ordinals(text: str, spans: Iterator[Span], language: str) -> Iterator[Span]:
    held: Span | None = None
    for span in spans:
        if held is not None and _continues(text, held, span, language):
            held = Span(held.start, span.end)
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held


def _continues(text: str, before: Span, after: Span, language: str) -> bool:
    if not any(c.isalnum() for c in text[after.start : after.end]):
        return True
    if _LIST_MARK.fullmatch(text, before.start, before.end):
        return True
    if language != "de" or not _ORDINAL.search(text, before.start, before.end):
        return False
    following = re.match(r"\w+", text[after.start : after.end])
    return following is not None and following.group() not in _STARTERS


def _trim(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
