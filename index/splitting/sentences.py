"""Article text → Sentences: sentencex (MIT, Wikimedia) within paragraphs, headings and list items.

sentencex handles quotations and abbreviations in some 300 languages. Added here: a heading or list item is a sentence
of its own, and a German ordinal ("im 20. Jahrhundert") does not end one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

from index.article import Sentence, Span

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_LIST_MARK = re.compile(r"[-*+•‣–]|\d{1,3}[.)]|[a-zA-Z][.)]")
_LIST_ITEM = re.compile(rf"[^\S\n]*(?:{_LIST_MARK.pattern})[^\S\n]+\S")
_MARKDOWN_HEADING = re.compile(r"#{1,6}\s+\S")
_ENDS_SENTENCE = re.compile(r"""[.!?…。！？｡؟।:;,]["'”“’»«)\]」』]*$""")
_ORDINAL = re.compile(r"(?:^|[\s(„»“])(?:\d{1,2}|[IVX]{1,5})\.$")
# After "am 3." these words begin a new sentence far more often than they continue the ordinal.
_STARTERS = frozenset(
    "Der Die Das Den Dem Des Ein Eine Einen Einem Einer Er Sie Es Wir Ihr Ich Man In Im Am An Auf Aus Bei Beim Mit "
    "Nach Von Vom Vor Zu Zum Zur Für Durch Über Unter Um Als Wenn Weil Da Dann Damit Dabei Danach Doch Aber Und Oder "
    "Auch Diese Dieser Dieses Diesem Diesen Jede Jeder Jedes Sein Seine Ihre Seit Während Obwohl Trotz Heute Bis Hier "
    "Dort So Sowohl Nur Nicht Noch Schon Alle Viele Einige Mehrere Beide Was Wer Wie Wo Zwei Drei".split()
)
# A first line is a heading if it is shorter than this share of its paragraph's longest and does not end like a
# sentence.
_HEADING_SHARE = 0.6


def split_sentences(text: str, language: str) -> list[Sentence]:
    """Return the sentences of a text in order: disjoint, without white space at their ends, covering all else.

    Args:
        text: an article's text, as normalised by `Article.read`.
        language: ISO 639-1 code; sentencex falls back to a related language, then to English.
    """
    sentences: list[Sentence] = []
    for number, paragraph in enumerate(_paragraphs(text)):
        for unit in _units(text, paragraph):
            for span in _merge_ordinals(text, _boundaries(text, unit, language), language):
                sentences.append(Sentence(span, len(sentences), number))
    return sentences


def _paragraphs(text: str) -> Iterator[Span]:
    start = 0
    for gap in [*_BLANK_LINE.finditer(text), None]:
        end = gap.start() if gap else len(text)
        if text[start:end].strip():
            yield _trim(text, Span(start, end))
        start = gap.end() if gap else end


def _units(text: str, paragraph: Span) -> Iterator[Span]:
    """Yield the parts of a paragraph that are headings, list items or other lines; wrapped lines stay together."""
    written = text[paragraph.start : paragraph.end].split("\n")
    starts = accumulate((len(line) + 1 for line in written), initial=paragraph.start)
    lines = [Span(at, at + len(line)) for at, line in zip(starts, written, strict=False)]
    longest = max(line.end - line.start for line in lines)
    begin = paragraph.start
    for number, line in enumerate(lines):
        words = text[line.start : line.end].strip()
        short = number == 0 and len(words) < _HEADING_SHARE * longest and not _ENDS_SENTENCE.search(words)
        is_item = _LIST_ITEM.match(text, line.start, line.end) is not None
        # A line of wrapped text can begin with "3. Oktober"; a list item follows a sentence's end or another item.
        before = text[begin : line.start].rstrip()
        follows = _ENDS_SENTENCE.search(before) is not None or _LIST_ITEM.match(text, begin, paragraph.end) is not None
        if (_MARKDOWN_HEADING.match(words) or (is_item and follows)) and line.start > begin:
            yield _trim(text, Span(begin, line.start))
            begin = line.start
        if short or _MARKDOWN_HEADING.match(words):
            yield _trim(text, Span(begin, line.end))
            begin = min(line.end + 1, paragraph.end)
    if text[begin : paragraph.end].strip():
        yield _trim(text, Span(begin, paragraph.end))


def _boundaries(text: str, unit: Span, language: str) -> Iterator[Span]:
    import sentencex

    for found in sentencex.get_sentence_boundaries(language, text[unit.start : unit.end]):
        span = Span(unit.start + found["start_index"], unit.start + found["end_index"])
        if text[span.start : span.end].strip():
            yield _trim(text, span)


def _merge_ordinals(text: str, spans: Iterator[Span], language: str) -> list[Span]:
    merged: list[Span] = []
    for span in spans:
        if merged and _continues(text, merged[-1], span, language):
            merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return merged


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
    part = text[span.start : span.end]
    start = span.start + len(part) - len(part.lstrip())
    return Span(start, start + len(part.strip()))
