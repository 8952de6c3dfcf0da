"""Plain text and Markdown → Blocks: headings, list items, tables, code, entries of a chat or a form, paragraphs.

What a person typed has no marks for most of this. So a rule needs two signs: a heading is short, has no sentence's end
and stands above something longer; a line is an entry of its own if its neighbours are built like it, or if the next
line's first word would have fitted behind it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from index.place import Block, Span
from index.search.lexical import UNSPACED

ENDS_SENTENCE = re.compile(r"""[.!?…。！？｡؟।:;,]["'”“’»«)\]」』]*$""")
LIST_MARK = re.compile(
    r"[-*+•‣▪◦·–]|\d{1,3}(?:\.\d{1,3})*[.)]|\d{1,2}(?:\.\d{1,2})+|\(?(?:[a-zA-Z\d]|[ivx]{1,4})\)|(?:[a-zA-Z]|[ivx]{1,4})[.)]"
)
LIST_ITEM = re.compile(rf"([^\S\n]*)(?:{LIST_MARK.pattern})[^\S\n]+\S")
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+\S")
_UNDERLINE = re.compile(r"\s*(=+|-{2,})\s*")
_RULE = re.compile(r"\W*")
# A line between a table's rows, as in Markdown, a terminal's output or reStructuredText.
_BORDER = re.compile(r"\s*[|+]?[\s:]*[-=─━]+[-=─━:|+┼\s]*")
_PIPE = re.compile(r"(?<!\\)\|")
_GAP = re.compile(r"\t+|[ ]{2,}|\u3000{2,}")
_TIME = re.compile(
    r"[\u200e\u200f]?[\[(<]?(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4}[,T\s]*)?(?:\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:\s?[ap]\.?m\.?)?)[\])>]?\s*\S"
    r"|[\u200e\u200f]?[\[(<]?(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2})[\])>,]?[\s:–-]+\S",
    re.IGNORECASE,
)
_TITLED = r"(?:(?:Mr|Mrs|Ms|Dr|Prof|St|Hr|Fr)\.\s?)?"
_KEY = re.compile(rf"[>\-•*\s]*{_TITLED}[^\W\d_][^:：.!?|\n]{{0,40}}(?::[^\S\n]+|：\s*)\S")
_KEY_WORDS = 5
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:\s?[AaPp]\.?[Mm]\.?)?"
_DATE = r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|[A-ZÄ][a-zä]{2}\.?\s+\d{1,2})"
# What begins an entry beyond doubt: a date and time, a time in brackets, a time or "Name (time)" by itself.
_STAMP = re.compile(
    rf"[\u200e\u200f]?(?:[\[(<]?{_DATE}[,T\s]+(?:um |at )?{_CLOCK}(?![\w])|[\[(<]{_CLOCK}[\])>]|{_CLOCK}$"
    rf"|{_TITLED}[^\W\d_][^:.!?|\n]{{0,40}}\s*(?:[\[(]{_CLOCK}[\])]\s*(?::|$)"
    rf"|[\s,|—–-]\s*(?:(?:today|yesterday|heute|gestern)(?: at| um)?[ ,]\s*)?{_CLOCK}(?: Uhr)?$))",
    re.IGNORECASE,
)
_CUE_TIME = re.compile(r"(?:\d+:)?\d{2}:\d{2}[.,]\d{3}\s+-->\s+(?:\d+:)?\d{2}:\d{2}[.,]\d{3}\b.*")
# "Netto 12,50 €": lines that end so stand for themselves.
_AMOUNT = re.compile(r"\d(?:[.,]\d+|[.,][-–])?\s*(?:€|\$|£|EUR|USD|CHF|Euro|%)$")
_CHAPTER = re.compile(
    r"(?:chapter|kapitel|teil|part|book|buch|act|akt|scene|szene|band|volume)\s+(?:\d{1,3}|[IVXLC]+)\.?", re.IGNORECASE
)
_PARAGRAPH_SIGN = re.compile(r"(?:§+|Art(?:ikel|icle)?\.?|Section|Abschnitt)\s*\d{1,4}[a-z]?\.?", re.IGNORECASE)
_DAY = re.compile(
    r"(?:Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonnabend|Sonntag"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
    r"(?P<date>,?\s+(?:(?:den|the)\s+)?(?:\d{1,2}\.?\s*(?:\d{1,2}\.|[A-ZÄ]\w+)|[A-Z]\w+\s+\d{1,2}),?(?:\s*\d{2,4})?)?:?",
)
_NUMBERED = re.compile(r"^(?:§+\s*)?(?:\d+(?:\.\d+)*|[IVX]+|[A-Z])[.):]?\s+")
_COUNTED = re.compile(r"[^\W\d_]+\s\d{1,3}(?:$|[.:]?\s*[–—:-]\s|[.:]\s)")
_YEAR = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
# A title or heading is no longer.
_HEADING_CHARACTERS = 80
_HEADING_WORDS = 12
# A line above others is their heading if it is shorter than this share of the longest.
_HEADING_SHARE = 0.6
# What a heading stands above is at least this long, if it is prose.
_BODY_CHARACTERS = 60
# So many headings follow one another at most: a part's, a chapter's, a section's.
_MOST_HEADINGS = 3
# Lines are wrapped by hand or by an editor, which leaves at most this share of the width empty.
_WRAP_SHARE = 0.85
# Nobody wraps prose in fewer characters.
_NARROWEST = 40
_VERSE_WIDTH = 60
_NUMBERED_HEAD_WORDS = 7
_BARE_KEY = re.compile(r"[^\W\d_][^:.!?|\n]{0,30}:")


_Table: TypeAlias = tuple[list[tuple[int, int, bool, list[Span]]], int]


class _Line(NamedTuple):
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def words(self) -> str:
        return self.text.strip()


def find_blocks(text: str) -> list[Block]:
    """Return the blocks of a plain text or Markdown, in order: all of it but white space and rules between.

    Args:
        text: as normalised by `index.article.normalise`.
    """
    blocks: list[Block] = []
    groups = list(_groups(text))
    for number, (kind, lines) in enumerate(groups):
        if kind == "code":
            _add(blocks, text, Block("code", lines[0].start, lines[-1].end))
        elif _is_cue(lines):
            # Its number and times are no text.
            at = next(n for n, line in enumerate(lines) if _CUE_TIME.fullmatch(line.words)) + 1
            _add(blocks, text, Block("line", lines[at].start, lines[-1].end))
        elif _stands_above(groups, number, first=not blocks):
            _add(blocks, text, Block("heading", lines[0].start, lines[0].end, _level(lines[0].words, first=not blocks)))
        else:
            goes_on = bool(blocks) and blocks[-1].kind == "line" and _STAMP.match(text, blocks[-1].start) is not None
            for block in _blocks_of(text, lines, first=not blocks, numbered_from=len(blocks), in_chat=goes_on):
                _add(blocks, text, block)
    return blocks


def _is_cue(lines: list[_Line]) -> bool:
    """Return whether lines are a subtitle: perhaps a number, then times, then text."""
    return any(
        _CUE_TIME.fullmatch(lines[at].words) and len(lines) > at + 1 and (at == 0 or lines[0].words.isdecimal())
        for at in range(min(2, len(lines)))
    )


def _add(blocks: list[Block], text: str, block: Block) -> None:
    part = text[block.start : block.end]
    if part.strip():
        start = block.start + len(part) - len(part.lstrip())
        blocks.append(Block(block.kind, start, start + len(part.strip()), block.level, block.header, block.cells))


def _groups(text: str) -> Iterator[tuple[str, list[_Line]]]:
    """Yield runs of lines without a blank one between, and fenced code, which may have some."""
    lines: list[_Line] = []
    fence = ""
    start = 0
    for written in text.split("\n"):
        line = _Line(start, written)
        start += len(written) + 1
        marked = _FENCE.match(written)
        if fence:
            lines.append(line)
            if marked and marked.group(1).startswith(fence):
                yield "code", lines
                lines, fence = [], ""
        elif marked:
            if lines:
                yield "text", lines
            lines, fence = [line], marked.group(1)
        elif line.words:
            lines.append(line)
        elif lines:
            yield "text", lines
            lines = []
    if lines and fence and len(lines) > 1:
        yield "code", lines
    elif lines:
        yield "text", lines


def _blocks_of(
    text: str, lines: list[_Line], *, first: bool, numbered_from: int, in_chat: bool = False
) -> Iterator[Block]:
    """Yield the blocks of lines without a blank one between.

    Args:
        in_chat: whether an entry with its time stands before them, which may go on in them.
    """
    count = numbered_from
    at = 0
    while at < len(lines):
        line = lines[at]
        marked = _MARKDOWN_HEADING.match(line.words)
        following = lines[at + 1] if at + 1 < len(lines) else None
        table = _table(lines, at)
        if marked:
            made = [Block("heading", line.start, line.end, len(marked.group(1)))]
            at += 1
        elif following and _UNDERLINE.fullmatch(following.text) and at == 0 and any(map(str.isalnum, line.text)):
            made = [Block("heading", line.start, following.end, 1 if "=" in following.text else 2)]
            at += 2
        elif not _RULE.sub("", line.text):
            made = []
            at += 1
        elif following and _is_day(lines, at):
            made = [Block("heading", line.start, line.end, 2)]
            at += 1
        elif following and _PARAGRAPH_SIGN.fullmatch(line.words) and _names_section(lines, at):
            # "§ 4" stands above its name.
            made = [Block("heading", line.start, following.end, 2)]
            at += 2
        elif following and _is_numbered_head(line, following):
            made = [Block("heading", line.start, line.end, _level(line.words, first=False))]
            at += 1
        elif table:
            rows, used = table
            header = rows[0][2]
            made = [Block("row", start, end, 0, count if header else -1, tuple(cells)) for start, end, _, cells in rows]
            at += used
        elif _begins_item(lines, at):
            end = at + 1
            while end < len(lines) and not _breaks(lines, end, item=True):
                end += 1
            indent = len(line.text) - len(line.text.lstrip())
            made = [Block("item", line.start, lines[end - 1].end, 1 + indent // 2)]
            at = end
        else:
            end = at + 1
            while end < len(lines) and not _breaks(lines, end, item=False):
                end += 1
            made = list(_prose(lines[at:end], first=first and at == 0, above=end < len(lines), in_chat=in_chat))
            at = end
        yield from made
        count += len(made)


def _is_day(lines: list[_Line], at: int) -> bool:
    """Return whether a line is a day's name, above what is on that day; not the last word of a wrapped sentence."""
    found = _DAY.fullmatch(lines[at].words)
    if not found or at + 1 >= len(lines):
        return False
    before = lines[at - 1].words if at else ""
    # "Wir trafen uns am" goes on.
    return len(before) < _NARROWEST and not re.search(r"\b[a-zäöü]{1,4}$", before)


def _names_section(lines: list[_Line], at: int) -> bool:
    if at + 2 >= len(lines):
        return False
    name, below = lines[at + 1].words, lines[at + 2].words
    return _reads_as_heading(name, first=False) and (LIST_ITEM.match(below) is not None or len(name) < len(below))


def _is_numbered_head(line: _Line, following: _Line) -> bool:
    """Return whether a numbered line is the heading of what follows: "1.1 …", or a paragraph and no wrapped line."""
    number = re.match(r"\s*(?:§\s*)?(\d{1,3}(?:\.\d{1,3})*)\.?[^\S\n]+\S", line.text)
    if not number or not _reads_as_heading(line.words, first=False):
        return False
    below = following.words
    if re.match(rf"{re.escape(number[1])}\.\d", below):
        return True
    return (
        len(below) >= _BODY_CHARACTERS
        and below[:1].isupper()
        and len(line.words.split()) <= _NUMBERED_HEAD_WORDS
        and len(line.words) < _HEADING_SHARE * len(below)
    )


def _breaks(lines: list[_Line], at: int, *, item: bool) -> bool:
    """Return whether a block of another kind, or another list item, begins in a line."""
    line = lines[at]
    if _MARKDOWN_HEADING.match(line.words) or not _RULE.sub("", line.text):
        return True
    if LIST_ITEM.match(line.text):
        # A line of wrapped text can begin with "3. Oktober"; an item follows a sentence's end or another item.
        before = lines[at - 1].words
        return item or ENDS_SENTENCE.search(before) is not None or _begins_list(lines, at)
    return _is_day(lines, at) or _table(lines, at) is not None


def _begins_item(lines: list[_Line], at: int) -> bool:
    return LIST_ITEM.match(lines[at].text) is not None


def _begins_list(lines: list[_Line], at: int) -> bool:
    """Return whether a line and the next are items with the same mark, or with numbers that go on."""
    mark = LIST_MARK.match(lines[at].words)
    following = LIST_MARK.match(lines[at + 1].words) if at + 1 < len(lines) else None
    if not mark or not following:
        return False
    numbers = [re.sub(r"\D", "", found.group()) for found in (mark, following)]
    if all(numbers):
        return int(numbers[1]) == int(numbers[0]) + 1
    return mark.group() == following.group()


def _prose(lines: list[_Line], *, first: bool, above: bool, in_chat: bool = False) -> Iterator[Block]:
    """Yield the blocks of lines without marks: perhaps a heading, then a paragraph or entries of their own."""
    rest = lines
    longest = max((len(line.words) for line in lines[1:]), default=0)
    head = lines[0].words
    is_entries = _are_entries(lines)
    if in_chat and not is_entries:
        begins = next((n for n, line in enumerate(lines) if _STAMP.match(line.words)), len(lines))
        if 0 < begins < len(lines):
            # A message of several paragraphs.
            yield Block("line", lines[0].start, lines[begins - 1].end)
            yield from _entries(lines[begins:])
            return
    if (not is_entries and _is_headed(lines)) or (
        not is_entries
        and ((above and len(lines) == 1) or longest >= _NARROWEST)
        and ((above and len(lines) == 1) or len(head) < _HEADING_SHARE * longest)
        and _reads_as_heading(head, first=first)
        and not (
            len(lines) > 1
            and (
                (_KEY.match(head) and not _COUNTED.match(head)) or head[-1] in "-\u00ad" or lines[1].words[:1].islower()
            )
        )
    ):
        yield Block("heading", lines[0].start, lines[0].end, _level(head, first=first))
        rest = lines[1:]
    if not rest:
        return
    if _are_entries(rest):
        yield from _entries(rest)
    elif _are_lines(rest):
        yield from (Block("line", line.start, line.end) for line in rest)
    else:
        yield Block("paragraph", rest[0].start, rest[-1].end)


def _is_headed(lines: Sequence[_Line]) -> bool:
    """Return whether the first line is a question above its answer, or "Ingredients:" above lines."""
    if len(lines) < 2 or not _reads_as_heading(lines[0].words, first=False):
        return False
    head, rest = lines[0].words, lines[1:]
    if head[-1] in "?？":
        return rest[0].words[-1] not in "?？" and ENDS_SENTENCE.search(rest[-1].words) is not None
    return head[-1] == ":" and len(rest) > 1 and (_are_entries(rest) or _are_lines(rest))


def _are_entries(lines: Sequence[_Line]) -> bool:
    """Return whether lines begin with a time or a key ("Name: value", a speaker), the first and most of the others."""
    if not _begins_entry(lines[0].words):
        return False
    if _STAMP.match(lines[0].words):
        # Others may be of several lines, as messages and errors in a log are.
        stamped = sum(_STAMP.match(line.words) is not None for line in lines)
        if len(lines) == 1 or stamped >= max(2, 0.25 * len(lines)):
            return len(lines) > 1 or lines[0].words[-1:].isalnum() or len(lines[0].words) <= _HEADING_CHARACTERS
    if len(lines) < 2:
        return False
    return sum(_begins_entry(line.words) for line in lines) >= max(2, 0.6 * len(lines))


def _begins_entry(line: str) -> bool:
    if _TIME.match(line) or _STAMP.match(line):
        return True
    key = _KEY.match(line)
    return key is not None and len(re.split(r"[:：]", line, maxsplit=1)[0].split()) <= _KEY_WORDS


def _entries(lines: Sequence[_Line]) -> Iterator[Block]:
    start = lines[0].start
    # In a chat with times, "no: …" goes on with a message.
    stamped = _STAMP.match(lines[0].words) is not None and sum(bool(_STAMP.match(n.words)) for n in lines) > 1
    for before, line in pairwise(lines):
        if _STAMP.match(line.words) if stamped else _begins_entry(line.words) or _BARE_KEY.fullmatch(line.words):
            yield Block("line", start, before.end)
            start = line.start
    yield Block("line", start, lines[-1].end)


def _are_lines(lines: Sequence[_Line]) -> bool:
    """Return whether the ends of lines mean something: they stand before the line is full, or each begins a verse."""
    if len(lines) > 1 and sum(_AMOUNT.search(line.words) is not None for line in lines) >= 0.6 * len(lines):
        return True
    width = max(len(line.words) for line in lines)
    ends, forced, verses = 0, 0, 0
    for line, following in pairwise(lines):
        if ENDS_SENTENCE.search(line.words):
            continue
        ends += 1
        begins = following.words
        if begins[:1].islower():
            continue
        verses += begins[:1].isupper()
        word = begins.split()[0]
        fits = len(line.words) + 1 + (2 if UNSPACED.match(word) else len(word))
        forced += fits <= _WRAP_SHARE * width or width < _NARROWEST
    if not ends or len(lines) < 3:
        return False
    return forced >= 0.5 * ends or (len(lines) > 3 and width < _VERSE_WIDTH and verses >= 0.8 * (len(lines) - 1))


def _stands_above(groups: Sequence[tuple[str, list[_Line]]], number: int, *, first: bool) -> bool:
    """Return whether a line by itself is the heading of what follows it."""
    _, lines = groups[number]
    if len(lines) != 1 or not _reads_as_heading(lines[0].words, first=first):
        return False
    for kind, below in groups[number + 1 : number + 1 + _MOST_HEADINGS]:
        words = below[0].words
        if _STAMP.match(words) and not re.match(_CLOCK, words):
            # A message's last paragraph, before the next message.
            return False
        if kind == "code" or _MARKDOWN_HEADING.match(words):
            return True
        is_item = LIST_ITEM.match(below[0].text) is not None
        if len(below) > 1 or is_item:
            # An item of a list whose items stand apart is no heading of the next.
            return not (is_item and LIST_ITEM.match(lines[0].text))
        if not _reads_as_heading(words, first=False):
            return len(words) >= (_NARROWEST if first else _BODY_CHARACTERS) and len(
                lines[0].words
            ) < _HEADING_SHARE * len(words)
    return False


def _reads_as_heading(line: str, *, first: bool) -> bool:
    """Return whether a line could be a heading: short, no sentence, and without figures that say something."""
    if len(line) > _HEADING_CHARACTERS or len(line.split()) > _HEADING_WORDS or not any(map(str.isalpha, line)):
        return False
    if _MARKDOWN_HEADING.match(line) or _CHAPTER.fullmatch(line):
        return True
    if ENDS_SENTENCE.search(line) and not re.search(r"[?？]$", line) and not re.search(r"^(?:\S+\s){0,3}\S+:$", line):
        return False
    if _PIPE.search(line) or line[0] in '"„“»«-–*•>' or _TIME.match(line):
        return False
    if first:
        return True
    bare = _YEAR.sub("", _COUNTED.sub("", _NUMBERED.sub("", line, count=1), count=1))
    is_key = _KEY.match(line) and not _NUMBERED.match(line) and not _COUNTED.match(line)
    return not any(map(str.isdigit, bare)) and not is_key


def _level(line: str, *, first: bool) -> int:
    marked = _MARKDOWN_HEADING.match(line)
    if marked:
        return len(marked.group(1))
    numbered = re.match(r"\d+((?:\.\d+)*)[.)]?\s", line)
    if numbered:
        return 2 + numbered.group(1).count(".")
    return 1 if first and not _DAY.fullmatch(line) else 2


def _table(lines: list[_Line], at: int) -> _Table | None:
    """Return the rows of the table that begins in a line, and how many lines it has; None for no table.

    A row is its offsets, whether the table's first row is a header, and its cells. Each line is looked at once: a table
    of marks begins behind a line without any, one of separators in the first line or under a title.
    """
    if _PIPE.search(lines[at].text) and (not at or not _PIPE.search(lines[at - 1].text)):
        found = _pipe_table(lines[at:])
        if found:
            return found
    return _separated_table(lines[at:]) if at < 2 else None


def _pipe_table(lines: list[_Line]) -> _Table | None:
    used = 0
    while used < len(lines) and (_PIPE.search(lines[used].text) or (used and _BORDER.fullmatch(lines[used].text))):
        used += 1
    ruled = {number for number in range(used) if _BORDER.fullmatch(lines[number].text)}
    kept = [number for number in range(used) if number not in ruled]
    if len(kept) + (1 in ruled) < 2:
        return None
    cells = {number: _cells(lines[number], _PIPE) for number in kept}
    if 1 not in ruled and len({len(row) for row in cells.values()}) > 1:
        return None
    # One rule is below the header; of several, as between all rows, it is the double one.
    inner = [number for number in sorted(ruled) if number < kept[-1]]
    below = inner[:1] == [1] and (len(inner) == 1 or "=" in lines[1].text)
    has_header = below or header_row([_texts(lines[n], cells[n]) for n in kept])
    return [(lines[n].start, lines[n].end, has_header, cells[n]) for n in kept], used


def _separated_table(lines: list[_Line]) -> _Table | None:
    """Return a table whose cells are parted by semicolons, tabs, commas or wide gaps: as many in each line."""
    if len(lines) < 3:
        return None
    for separator in (";", "\t", ",", _GAP):
        rows: list[list[Span]] = []
        # A rule below the header has as many parts as there are columns.
        ruled = separator is _GAP and _BORDER.fullmatch(lines[1].text) is not None
        for line in lines:
            cells = _cells(line, separator) if isinstance(separator, re.Pattern) else _csv_cells(line, separator)
            if len(cells) < 2 or (rows and len(cells) != len(rows[0])):
                break
            rows.append(cells)
        texts = [_texts(line, cells) for line, cells in zip(lines, rows, strict=False)]
        # Prose has as many commas in some lines too, and behind them blanks.
        if len(rows) < 3 or (separator == "," and (len(rows[0]) < 3 or len(rows) < len(lines))):
            continue
        if separator in (",", ";") and len(rows) < len(lines):
            continue
        # Two columns without names may be anything.
        if (separator == "," or (separator == ";" and len(rows[0]) < 3)) and not header_row(texts):
            continue
        has_header = ruled or header_row(texts)
        return [
            (line.start, line.end, has_header, cells)
            for number, (line, cells) in enumerate(zip(lines, rows, strict=False))
            if not (ruled and number == 1)
        ], len(rows)
    return None


def _cells(line: _Line, separator: re.Pattern[str]) -> list[Span]:
    parts, at = [], 0
    body = line.text.strip()
    lead = line.start + len(line.text) - len(line.text.lstrip())
    for found in [*separator.finditer(body), None]:
        end = found.start() if found else len(body)
        part = body[at:end]
        start = lead + at + len(part) - len(part.lstrip())
        parts.append(Span(start, start + len(part.strip())))
        at = found.end() if found else end
    # A Markdown row may begin and end with a mark.
    if body.startswith("|"):
        parts = parts[1:]
    if body.endswith("|") and separator is _PIPE and parts:
        parts = parts[:-1]
    return parts


def _csv_cells(line: _Line, separator: str) -> list[Span]:
    if separator not in line.text or next(csv.reader([line.text], delimiter=separator), []) == []:
        return []
    pattern = re.compile(rf'\s*(?:"(?:[^"]|"")*"|[^{separator}]*)\s*(?:{separator}|$)')
    parts, at = [], 0
    while at <= len(line.text):
        found = pattern.match(line.text, at)
        if not found:
            return []
        cell = found.group().removesuffix(separator)
        quoted = cell.strip().startswith('"') and cell.strip().endswith('"') and len(cell.strip()) > 1
        start = line.start + at + len(cell) - len(cell.lstrip()) + quoted
        parts.append(Span(start, start + max(0, len(cell.strip()) - 2 * quoted)))
        if not found.group().endswith(separator):
            break
        at = found.end()
    return parts


def _texts(line: _Line, cells: Sequence[Span]) -> list[str]:
    return [line.text[cell.start - line.start : cell.end - line.start] for cell in cells]


def header_row(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first of a table's rows names its columns: short, distinct words, no numbers."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    first = [cell.strip() for cell in rows[0]]
    named = [cell for cell in first if cell]
    return (
        len(named) >= max(2, len(first) - 1)
        and len({cell.casefold() for cell in named}) == len(named)
        and all(len(cell) <= 60 and any(c.isalpha() for c in cell) for cell in named)
        and not any(cell[:1].isdigit() and not any(c.isalpha() for c in cell) for cell in named)
    )
