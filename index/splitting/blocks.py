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
from typing import NamedTuple

from index.place import Block, Span
from index.search.lexical import UNSPACED

ENDS_SENTENCE = re.compile(r"""[.!?…。！？｡؟।:;,]["'”“’»«)\]」』]*$""")
LIST_MARK = re.compile(r"[-*+•‣▪◦·–]|\d{1,3}[.)]|\(?[a-zA-Z\d]\)|[a-zA-Z][.)]")
LIST_ITEM = re.compile(rf"([^\S\n]*)(?:{LIST_MARK.pattern})[^\S\n]+\S")
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+\S")
_UNDERLINE = re.compile(r"\s*(=+|-{2,})\s*")
_RULE = re.compile(r"\W*")
_DELIMITER_ROW = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*|\s*\|\s*:?-+:?\s*\|\s*")
_PIPE = re.compile(r"(?<!\\)\|")
_GAP = re.compile(r"\t+|[ ]{2,}|\u3000{2,}")
_TIME = re.compile(
    r"[\[(<]?(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4}[,T\s]*)?(?:\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:\s?[ap]\.?m\.?)?)[\])>]?\s*\S"
    r"|[\[(<]?(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2})[\])>,]?[\s:–-]+\S",
    re.IGNORECASE,
)
_KEY = re.compile(r"[>\-•*\s]*[^\W\d_][^:：.!?|\n]{0,40}(?::[^\S\n]+|：\s*)\S")
_KEY_WORDS = 5
_NUMBERED = re.compile(r"(?:§+\s*)?(?:\d+(?:\.\d+)*|[IVX]+|[A-Z])[.):]?\s+")
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
        elif _stands_above(groups, number, first=not blocks):
            _add(blocks, text, Block("heading", lines[0].start, lines[0].end, _level(lines[0].words, first=not blocks)))
        else:
            for block in _blocks_of(text, lines, first=not blocks, numbered_from=len(blocks)):
                _add(blocks, text, block)
    return blocks


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


def _blocks_of(text: str, lines: list[_Line], *, first: bool, numbered_from: int) -> Iterator[Block]:
    """Yield the blocks of lines without a blank one between."""
    count = numbered_from
    at = 0
    while at < len(lines):
        line = lines[at]
        marked = _MARKDOWN_HEADING.match(line.words)
        following = lines[at + 1] if at + 1 < len(lines) else None
        table = _table(lines[at:])
        if marked:
            made = [Block("heading", line.start, line.end, len(marked.group(1)))]
            at += 1
        elif following and _UNDERLINE.fullmatch(following.text) and at == 0 and any(map(str.isalnum, line.text)):
            made = [Block("heading", line.start, following.end, 1 if "=" in following.text else 2)]
            at += 2
        elif not _RULE.sub("", line.text):
            made = []
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
            made = list(_prose(lines[at:end], first=first and at == 0, above=end < len(lines)))
            at = end
        yield from made
        count += len(made)


def _breaks(lines: list[_Line], at: int, *, item: bool) -> bool:
    """Return whether a block of another kind, or another list item, begins in a line."""
    line = lines[at]
    if _MARKDOWN_HEADING.match(line.words) or not _RULE.sub("", line.text):
        return True
    if LIST_ITEM.match(line.text):
        # A line of wrapped text can begin with "3. Oktober"; an item follows a sentence's end or another item.
        before = lines[at - 1].words
        return item or ENDS_SENTENCE.search(before) is not None or _begins_list(lines, at)
    return _table(lines[at:]) is not None


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


def _prose(lines: list[_Line], *, first: bool, above: bool) -> Iterator[Block]:
    """Yield the blocks of lines without marks: perhaps a heading, then a paragraph or entries of their own."""
    rest = lines
    longest = max((len(line.words) for line in lines[1:]), default=0)
    head = lines[0].words
    is_entries = _are_entries(lines)
    if (
        not is_entries
        and ((above and len(lines) == 1) or longest >= _NARROWEST)
        and ((above and len(lines) == 1) or len(head) < _HEADING_SHARE * longest)
        and _reads_as_heading(head, first=first)
        and not (len(lines) > 1 and (_KEY.match(head) or head[-1] in "-\u00ad" or lines[1].words[:1].islower()))
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


def _are_entries(lines: Sequence[_Line]) -> bool:
    """Return whether lines begin with a time or a key ("Name: value", a speaker), the first and most of the others."""
    if len(lines) < 2 or not _begins_entry(lines[0].words):
        return False
    return sum(_begins_entry(line.words) for line in lines) >= max(2, 0.6 * len(lines))


def _begins_entry(line: str) -> bool:
    if _TIME.match(line):
        return True
    key = _KEY.match(line)
    return key is not None and len(re.split(r"[:：]", line, maxsplit=1)[0].split()) <= _KEY_WORDS


def _entries(lines: Sequence[_Line]) -> Iterator[Block]:
    start = lines[0].start
    for before, line in pairwise(lines):
        if _begins_entry(line.words):
            yield Block("line", start, before.end)
            start = line.start
    yield Block("line", start, lines[-1].end)


def _are_lines(lines: Sequence[_Line]) -> bool:
    """Return whether the ends of lines mean something: they stand before the line is full, or each begins a verse."""
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
        if kind == "code" or _MARKDOWN_HEADING.match(words):
            return True
        is_item = LIST_ITEM.match(below[0].text) is not None
        if len(below) > 1 or is_item:
            # An item of a list whose items stand apart is no heading of the next.
            return not (is_item and LIST_ITEM.match(lines[0].text))
        if not _reads_as_heading(words, first=False):
            return len(words) >= _BODY_CHARACTERS and len(lines[0].words) < _HEADING_SHARE * len(words)
    return False


def _reads_as_heading(line: str, *, first: bool) -> bool:
    """Return whether a line could be a heading: short, no sentence, and without figures that say something."""
    if len(line) > _HEADING_CHARACTERS or len(line.split()) > _HEADING_WORDS or not any(map(str.isalpha, line)):
        return False
    if _MARKDOWN_HEADING.match(line):
        return True
    if ENDS_SENTENCE.search(line) and not re.search(r"[?？]$", line) and not re.search(r"^(?:\S+\s){0,3}\S+:$", line):
        return False
    if _PIPE.search(line) or line[0] in '"„“»«-–*•>' or _TIME.match(line):
        return False
    if first:
        return True
    bare = _YEAR.sub("", _COUNTED.sub("", _NUMBERED.sub("", line, count=1), count=1))
    return not any(map(str.isdigit, bare)) and not (_KEY.match(line) and not _NUMBERED.match(line))


def _level(line: str, *, first: bool) -> int:
    marked = _MARKDOWN_HEADING.match(line)
    if marked:
        return len(marked.group(1))
    numbered = re.match(r"\d+((?:\.\d+)*)[.)]?\s", line)
    if numbered:
        return 2 + numbered.group(1).count(".")
    return 1 if first else 2


def _table(lines: list[_Line]) -> tuple[list[tuple[int, int, bool, list[Span]]], int] | None:
    """Return the rows of a table that lines begin with, and how many lines it has; None for no table.

    A row is its offsets, whether the table's first row is a header, and its cells.
    """
    return _pipe_table(lines) or _separated_table(lines)


def _pipe_table(lines: list[_Line]) -> tuple[list[tuple[int, int, bool, list[Span]]], int] | None:
    used = 0
    while used < len(lines) and len(_PIPE.findall(lines[used].text)) >= 1:
        used += 1
    if used < 2:
        return None
    ruled = [number for number in range(used) if _DELIMITER_ROW.fullmatch(lines[number].text)]
    cells = [_cells(line, _PIPE) for line in lines[:used]]
    if ruled != [1] and len({len(row) for row in cells}) > 1:
        return None
    kept = [number for number in range(used) if number not in ruled]
    has_header = ruled[:1] == [1] or header_row([_texts(lines[n], cells[n]) for n in kept])
    return [(lines[n].start, lines[n].end, has_header, cells[n]) for n in kept], used


def _separated_table(lines: list[_Line]) -> tuple[list[tuple[int, int, bool, list[Span]]], int] | None:
    """Return a table whose cells are parted by semicolons, tabs, commas or wide gaps: as many in each line."""
    if len(lines) < 3:
        return None
    for separator in (";", "\t", ",", _GAP):
        rows: list[list[Span]] = []
        for line in lines:
            cells = _cells(line, separator) if isinstance(separator, re.Pattern) else _csv_cells(line, separator)
            if len(cells) < 2 or (rows and len(cells) != len(rows[0])):
                break
            rows.append(cells)
        texts = [_texts(line, cells) for line, cells in zip(lines, rows, strict=False)]
        # Prose has as many commas in some lines too, and behind them blanks.
        if len(rows) < 3 or (separator == "," and (len(rows[0]) < 3 or len(rows) < len(lines))):
            continue
        if separator in (",", ";") and (len(rows) < len(lines) or not header_row(texts)):
            continue
        return [
            (line.start, line.end, header_row(texts), cells) for line, cells in zip(lines, rows, strict=False)
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
