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
from itertools import chain, pairwise
from pathlib import Path

from index.article import Sentence
from index.place import Block, Span
from index.search.lexical import UNSPACED
from index.splitting.blocks import LIST_MARK, find_blocks
from index.splitting.entries import SPEAKER

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
# "p < 0.05." is none.
_DATE = re.compile(r"(?:^|[\s(„»“–-])(?:0?[1-9]|[12]\d|3[01])\.\s?(?:0?[1-9]|1[0-2])\.$")
# The number of a note behind a sentence's end, as it is raised in print, or a bracket that ends there.
_RAISED = re.compile(r"[¹²³⁴-⁹⁰†‡*]{1,3}(?:[,\s]?[¹²³⁴-⁹⁰]{1,3})?(?=\s)|[)\]]+(?=\s)")
# Where a sentence goes on in lower case, its full stop was that of a short word or of a number: "5 mg. twice", "1900 r.
# w Warszawie", "Louis XIV. régnait".
_SHORT_END = re.compile(r"(?:^|\W)(?:[^\W\d_]{1,4}|[\w-]*\d|[IVXLCDM]+)\.$")
# "J.-C.", "вт.–вс.": no blank, and no sentence begins so.
_TIED = re.compile(r"[-–][^\W\d_]")
_INITIAL_END = re.compile(r"(?<![^\W\d_])[^\W\d_]\.$")
# A bracket within a sentence: it goes on in lower case behind it.
_INNER_BRACKET = re.compile(r"[(\[][^()\[\]]{1,80}[)\]][,;:]?\s+[a-zà-öø-ÿ]")
# "gewe-\nsen.": the rest of a word that a line's end broke is no abbreviation.
_BROKEN = re.compile(r"(?<=\w)[-\u2010\u00ad][^\S\n]*\n[^\S\n]*(?=[^\W\d_])")
_FIRST_BRACKET = re.compile(r"\([^()]{1,300}\)\s+(?=[^\W_])")
_ENDS_BRACKET = re.compile(r"[.!?]\)\s+$")
# A sentence begins with none of these.
_GOES_ON = re.compile(r"[,;:%]")
_ROMAN = re.compile(r"[IVXLC]{2,}\b|[VX]\b")
_BLANKS = re.compile(r"\s*")
_LAST_WORD = re.compile(r"([^\W\d_][\w.]*)\.$")
# After "am 3." these words begin a new sentence far more often than they continue the ordinal.
_STARTERS = frozenset(
    "Der Die Das Den Dem Des Ein Eine Einen Einem Einer Er Sie Es Wir Ihr Ich Man In Im Am An Auf Aus Bei Beim Mit "
    "Nach Von Vom Vor Zu Zum Zur Für Durch Über Unter Um Als Wenn Weil Da Dann Damit Dabei Danach Doch Aber Und Oder "
    "Auch Diese Dieser Dieses Diesem Diesen Jede Jeder Jedes Sein Seine Ihre Seit Während Obwohl Trotz Heute Bis Hier "
    "Dort So Sowohl Nur Nicht Noch Schon Alle Viele Einige Mehrere Beide Was Wer Wie Wo Zwei Drei Somit Daher Deshalb "
    "Dadurch Dazu Außerdem Zudem Jedoch Allerdings Insgesamt Anschließend Später Zunächst Schließlich Gleichzeitig "
    "Dagegen Deren Dessen Kein Keine Anders Manche Solche Wegen Ohne Gegen Zwischen Laut Weitere".split()
)
_STARTS = "|".join(sorted(_STARTERS))
# Ends of sentences that sentencex does not see, before what goes behind them. A note's number glued to the last word;
# a sentence in brackets; a Chinese or Japanese one before a figure.
_MISSED = re.compile(r"(?<=[^\W\d_]{4}\.)\d{1,3}\s+(?=[A-ZÄÖÜ„“])|(?<=\.\))\s+(?=[A-ZÄÖÜ„“])|(?<=[。！？])(?=\d)")
# Abbreviations, ordinals and letters that end a German sentence, where the next word begins one: "usw. Danach".
_MISSED_GERMAN = re.compile(
    r"(?:(?<=\busw\.)|(?<=\betc\.)|(?<=\bff\.)|(?<=\s[IVX]{2}\.)|(?<=[IVX]{3}\.)|(?<=[\w,] [A-Za-z]\.))\s+"
    rf"(?=(?:{_STARTS})\b)"
)
# "By 24 May. Interviews …": a month, short or not, before a capital. sentencex takes "May." for an abbreviation.
_MONTH_END = (
    r"(?:(?<=\b[Ii]n May\.)|(?<=\d May\.)|(?<=\d (?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\.)|(?<=\d Sept\.))\s+"
    r"(?=[A-Z“])"
)
_MISSED_OTHER = re.compile(
    rf"{_MONTH_END}|"
    r"(?:(?<=\betc\.)|(?<=\baprox\.)|(?<=\becc\.)|(?<=\bU\.S\.)|(?<=\bU\.K\.)|(?<=\bp\.m\.)|(?<=\ba\.m\.))\s+"
    r"(?=(?:The|This|These|Those|That|He|She|It|They|We|You|In|On|At|But|And|There|Its|His|Her|Their|If|When|After|"
    r"Before|For|However|Il|Elle|Ils|Elles|Le|La|Les|Un|Une|Ce|Cette|En|El|Los|Las|Fue|Era|Es|Una|Lo|Gli)\b)"
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
    filled = [cell for cell in block.cells if cell.end > cell.start]
    if filled:
        # Without the bars that stand for empty cells before and behind; those of Markdown stand outside of all cells.
        first = filled[0].start if block.cells[0].start == block.start else block.start
        whole = Span(first, filled[-1].end if block.cells[-1].end == block.end else block.end)
    if block.kind in ("row", "code") or (block.kind == "line" and block.end - block.start <= LINE_CHARACTERS):
        yield whole
    else:
        yield from _merged(text, _divided(text, _boundaries(text, whole, language), language), language)


def _boundaries(text: str, unit: Span, language: str) -> Iterator[Span]:
    import sentencex

    at = unit.start
    lead = at
    bracket = _FIRST_BRACKET.match(text, unit.start, unit.end)
    if bracket:
        # Behind one at the very beginning, "(2) ", sentencex misses an end.
        lead = bracket.end()
        if _ENDS_BRACKET.search(bracket.group()):
            yield _trim(text, Span(at, lead))
            at = lead
    while at < unit.end:
        end = min(at + _AT_ONCE, unit.end)
        found = [
            Span(lead + one["start_index"], lead + one["end_index"])
            for one in sentencex.get_sentence_boundaries(language, text[lead:end])
        ]
        if lead > at and found:
            found[0] = Span(at, found[0].end)
        at = end
        if end < unit.end:
            # The last sentence may go on behind what was read; one that fills all of it is cut, as it is later anyway.
            begins = found.pop().start
            at = begins if found else _cut_place(text, begins, end - LONGEST, end)
            found = found or [Span(begins, at)]
        lead = at
        for span in found:
            if text[span.start : span.end].strip():
                yield _trim(text, span)


def _divided(text: str, spans: Iterator[Span], language: str) -> Iterator[Span]:
    """Yield spans, cut where sentencex missed an end, each with the mark of a note behind its own."""
    missed = _MISSED_GERMAN if language == "de" else _MISSED_OTHER
    marked = -1
    for before, span in pairwise(chain(spans, [None])):
        if before is None:
            continue
        start = max(before.start, marked)
        end = before.end
        if span is not None and (mark := _RAISED.match(text, span.start, span.end)) and span.start <= end:
            end = mark.end()
            marked = _BLANKS.match(text, end, span.end).end()  # type: ignore[union-attr]
        cuts = sorted(
            found.end()
            for pattern in (_MISSED, missed)
            for found in pattern.finditer(text, start, end)
            if _is_end(text, start, found, language)
        )
        for cut in cuts:
            if start < cut < end:
                yield _trim(text, Span(start, cut))
                start = cut
        if start < end:
            yield _trim(text, Span(start, end))


def _is_end(text: str, start: int, found: re.Match[str], language: str) -> bool:
    """Return whether a place where a sentence may end is no abbreviation's, and in no bracket opened before."""
    at = found.start()
    if text[at - 1] == ")":
        # A sentence in brackets is one from its first character on.
        return text[start] == "(" and text.count("(", start, at) == text.count(")", start, at)
    if text[at].isdigit() and text[at - 1] == ".":
        word = _LAST_WORD.search(text, max(start, at - 24), at)
        return word is None or word.group(1).casefold() not in _abbreviations(language)[0]
    return text.count("(", start, at) <= text.count(")", start, at)


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
    # "GRAF (angry). Who has done that?"
    if SPEAKER.fullmatch(text[before.start : before.end][:120] + " "):
        return True
    apart = after.start > before.end
    if _GOES_ON.match(begins):
        return True
    if not apart and text[before.end - 1] == "." and text[after.start : after.start + 2].isupper():
        return True
    if not apart and (_TIED.match(text, after.start) or _INITIAL_END.search(text, max(0, before.end - 3), before.end)):
        return True
    # "「…」と言った" goes on behind the quotation.
    if language == "ja" and text[before.end - 1] in "」』" and "ぁ" <= begins <= "ん":
        return True
    if (
        begins.islower()
        and (text[before.start].isupper() or text[before.start].isdigit())
        and _SHORT_END.search(text, max(before.start, before.end - 24), before.end)
        and text[after.start : after.start + 2].islower()
    ):
        return True
    # "[2004] found", behind a mark of the literature, and "(Wednesday) at three": no sentence begins in lower case.
    if (begins.islower() and text[before.end - 1] in ")]") or _INNER_BRACKET.match(text, after.start, after.end):
        return True
    # What it ends in: to look through all of it would take the square of what goes on and on.
    ending = max(before.start, before.end - 24)
    word = _LAST_WORD.search(text, ending, before.end)
    if word:
        before_numbers, before_all = _abbreviations(language)
        said = word.group(1).casefold()
        is_number = begins.isdigit() or _ROMAN.match(text, after.start, after.end) is not None
        if said in before_all or (is_number and (said in before_numbers or said.endswith("str"))):
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
