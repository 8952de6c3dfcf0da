"""Article text → Sentences: sentencex (MIT, Wikimedia) within blocks.

sentencex handles quotations and abbreviations in some 300 languages. Added here: what a block of its kind is cited as
(a table's row as a whole; a heading never), ordinals and dates ("im 20. Jahrhundert", "am 7.10. (Mittwoch)"),
abbreviations before numbers, and an end for text that has none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from index.article import Sentence
from index.place import Block, Span
from index.search.lexical import UNSPACED
from index.splitting.blocks import LIST_MARK, find_blocks

# A longer sentence is cut: the reader reads at most 320 tokens at once, and no reader would find its proof in it. Of
# XQuAD-R's German sentences, the longest has 560 characters.
LONGEST = 900
# Of a script without blanks, in which a token is a character or two.
LONGEST_UNSPACED = 300
# Of a block sentencex reads so many characters at once: with quotation marks that are never closed it takes the
# square of their number.
_AT_ONCE = 10_000
# A chat's entry or a cue that is not longer is cited as a whole.
LINE_CHARACTERS = 300
_ABBREVIATIONS = Path(__file__).with_name("abbreviations.toml")
_ORDINAL = re.compile(r"(?:^|[\s(„»“])(?:\d{1,2}|[IVX]{1,5})\.$")
_DATE = re.compile(r"(?:^|[\s(„»“–-])\d{1,2}\.\s?\d{1,2}\.$")
# A bracket within a sentence: it goes on in lower case behind it.
_INNER_BRACKET = re.compile(r"[(\[][^()\[\]]{1,80}[)\]][,;:]?\s+[a-zà-öø-ÿ]")
# "gewe-\nsen.": the rest of a word that a line's end broke is no abbreviation.
_BROKEN = re.compile(r"(?<=\w)[-\u2010\u00ad][^\S\n]*\n[^\S\n]*(?=[^\W\d_])")
_BLANKS = re.compile(r"\s*")
_LAST_WORD = re.compile(r"([^\W\d_][\w.]*)\.$")
# After "am 3." these words begin a new sentence far more often than they continue the ordinal.
_STARTERS = frozenset(
    "Der Die Das Den Dem Des Ein Eine Einen Einem Einer Er Sie Es Wir Ihr Ich Man In Im Am An Auf Aus Bei Beim Mit "
    "Nach Von Vom Vor Zu Zum Zur Für Durch Über Unter Um Als Wenn Weil Da Dann Damit Dabei Danach Doch Aber Und Oder "
    "Auch Diese Dieser Dieses Diesem Diesen Jede Jeder Jedes Sein Seine Ihre Seit Während Obwohl Trotz Heute Bis Hier "
    "Dort So Sowohl Nur Nicht Noch Schon Alle Viele Einige Mehrere Beide Was Wer Wie Wo Zwei Drei".split()
)
# Where a text without full stops is cut, the best first: a line's or a part's end, a comma, a blank.
_CUTS = (
    re.compile(r"\n\s*"),
    re.compile(r"(?<=[;:–—])\s+|(?<=[。；！？])"),
    re.compile(r"(?<=,)\s+|(?<=[，、])"),
    re.compile(r"\s+"),
)


def split_sentences(text: str, language: str, blocks: Sequence[Block] | None = None) -> list[Sentence]:
    """Return the sentences of a text in order: disjoint, without white space at their ends.

    All text is in one, but headings, the header rows of tables, and what stands between blocks.

    Args:
        text: an article's text, as normalised by `Article.read`.
        language: ISO 639-1 code; sentencex falls back to a related language, then to English.
        blocks: the article's; None for a plain text.
    """
    sentences: list[Sentence] = []
    # As long as the text, so that offsets stay: where a word is broken it goes on with letters.
    joined = _BROKEN.sub(lambda gap: "x" * len(gap.group()), text)
    for number, block in enumerate(find_blocks(text) if blocks is None else blocks):
        for unit in _units(joined, block, number, language):
            for span in _cut(text, unit):
                sentences.append(Sentence(span, len(sentences), number))
    if sentences or blocks is not None:
        return sentences or _whole(text, blocks or ())
    return _whole(text, find_blocks(text))


def _whole(text: str, blocks: Sequence[Block]) -> list[Sentence]:
    """Return the headings and header rows of an article that has nothing else: what else could be cited?"""
    spans = [(span, number) for number, block in enumerate(blocks) for span in _cut(text, Span(block.start, block.end))]
    return [Sentence(span, n, number) for n, (span, number) in enumerate(spans)]


def _units(text: str, block: Block, number: int, language: str) -> Iterator[Span]:
    whole = Span(block.start, block.end)
    if block.kind == "heading" or block.header == number:
        return
    if not any(map(str.isalnum, text[block.start : block.end])):
        return
    if block.kind in ("row", "code") or (block.kind == "line" and block.end - block.start <= LINE_CHARACTERS):
        yield whole
    else:
        yield from _merged(text, _boundaries(text, whole, language), language)


def _boundaries(text: str, unit: Span, language: str) -> Iterator[Span]:
    import sentencex

    at = unit.start
    while at < unit.end:
        end = min(at + _AT_ONCE, unit.end)
        found = [
            Span(at + one["start_index"], at + one["end_index"])
            for one in sentencex.get_sentence_boundaries(language, text[at:end])
        ]
        at = end
        if end < unit.end:
            # The last sentence may go on behind what was read; one that fills all of it is cut, as it is later anyway.
            begins = found.pop().start
            at = begins if found else _cut_place(text, begins, end - LONGEST, end)
            found = found or [Span(begins, at)]
        for span in found:
            if text[span.start : span.end].strip():
                yield _trim(text, span)


def _merged(text: str, spans: Iterator[Span], language: str) -> list[Span]:
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
    if LIST_MARK.fullmatch(text, before.start, before.end):
        return True
    begins = text[after.start]
    # "[2004] found", behind a mark of the literature, and "(Wednesday) at three": no sentence begins in lower case.
    if (begins.islower() and text[before.end - 1] in ")]") or _INNER_BRACKET.match(text, after.start, after.end):
        return True
    # What it ends in: to look through all of it would take the square of what goes on and on.
    ending = max(before.start, before.end - 24)
    word = _LAST_WORD.search(text, ending, before.end)
    if word:
        before_numbers, before_all = _abbreviations(language)
        said = word.group(1).casefold()
        if said in before_all or (begins.isdigit() and said in before_numbers):
            return True
    if language != "de":
        return False
    is_date = _DATE.search(text, ending, before.end) is not None
    if not is_date and not _ORDINAL.search(text, ending, before.end):
        return False
    following = re.match(r"\w+", text[after.start : after.end])
    return following is not None and following.group() not in _STARTERS


@cache
def _abbreviations(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return those before numbers, and those before anything, of a language."""
    lists = tomllib.loads(_ABBREVIATIONS.read_text(encoding="utf-8")).get(language, {})
    before_all = frozenset(lists.get("before_all", "").split())
    return frozenset(lists.get("before_numbers", "").split()) | before_all, before_all


def _cut(text: str, span: Span) -> Iterator[Span]:
    """Yield a span in parts that are short enough to be read, cut where it is least felt and never in a word."""
    length = span.end - span.start
    unspaced = sum(len(run.group()) for run in UNSPACED.finditer(text, span.start, span.end))
    longest = LONGEST_UNSPACED if unspaced > length / 2 else LONGEST
    if length <= longest:
        yield span
        return
    # Parts of about the same length, so that no scrap is left.
    wanted = length / -(-length // longest)
    begin = span.start
    while span.end - begin > longest:
        at = _cut_place(text, begin, min(begin + round(wanted), span.end), begin + longest)
        yield _trim(text, Span(begin, at))
        begin = _BLANKS.match(text, at, span.end).end()  # type: ignore[union-attr]
    if text[begin : span.end].strip():
        yield _trim(text, Span(begin, span.end))


def _cut_place(text: str, begin: int, wanted: int, last: int) -> int:
    """Return where to cut a text: of the best kind that there is, the nearest to where it is wanted."""
    earliest = begin + (wanted - begin) // 2
    for kind in _CUTS:
        places = [found.end() for found in kind.finditer(text, earliest, last)]
        if places:
            return min(places, key=lambda place: abs(place - wanted))
    # No blank in hundreds of characters: no words.
    return last


def _trim(text: str, span: Span) -> Span:
    part = text[span.start : span.end]
    start = span.start + len(part) - len(part.lstrip())
    return Span(start, start + len(part.strip()))
