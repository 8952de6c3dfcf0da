"""Plain text and Markdown → Blocks: headings, list items, tables, code, entries of a chat or a form, paragraphs.

What a person typed has no marks for most of this. So a rule needs two signs: a heading is short, has no sentence's end
and stands above something longer; a line is an entry of its own if its neighbours are built like it, or if the next
line's first word would have fitted behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from index.place import Block
from index.search.lexical import UNSPACED
from index.splitting.entries import (
    CLOCK,
    CUE_TIME,
    KEY,
    SPEAKER,
    STAMP,
    TIME,
    are_entries,
    begins_entry,
    begins_message,
    entries,
    is_cue,
)
from index.splitting.text_tables import PIPE, Line, table_at

ENDS_SENTENCE = re.compile(r"""[.!?…。！？｡؟।:;,]["'”“’»«)\]」』]*$""")
_ENDS = re.compile(r"""[.!?…。！？]["'”“»)\]]*$""")
LIST_MARK = re.compile(
    r"[-*+•‣▪◦·–⁃∙●○■□▫◆◇►▸▶➢➤➔→⇒✓✔✗✘☐☑☒★☆]|\d{1,3}(?:\.\d{1,3}){0,8}[.)]|\d{1,2}(?:\.\d{1,2}){1,8}|\(?(?:[a-zA-Z\d]|[ivx]{1,4})\)|(?:[a-zA-Z]|[ivx]{1,4})[.)]"
)
LIST_ITEM = re.compile(rf"([^\S\n]*)(?:{LIST_MARK.pattern})[^\S\n]+\S")
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+\S")
_UNDERLINE = re.compile(r"\s*(=+|-{2,})\s*")
_RULE = re.compile(r"\W*")
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
_NUMBERED = re.compile(r"^(?:§+\s*)?(?:\d{1,9}(?:\.\d{1,9}){0,8}|[IVX]{1,9}|[A-Z])[.):]?\s+")
_COUNTER = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,4})\.?\s")
_DECIMAL = re.compile(r"\d{1,3}(?:\.\d{1,3}){1,8}\.?\s")
_COUNTED = re.compile(r"[^\W\d_]+\s\d{1,3}(?:$|[.:]?\s*[–—:-]\s|[.:]\s)")
_YEAR = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
# A title or heading is no longer.
_HEADING_CHARACTERS = 80
_HEADING_WORDS = 12
# A line above others is their heading if it is shorter than this share of the longest.
_HEADING_SHARE = 0.6
# What a heading stands above is at least this long, if it is prose.
_BODY_CHARACTERS = 60
# What stands below a title, a numbered heading or one in capitals may be short.
_SHORT_BODY = 25
_TITLE_SHARE = 0.85
# So many headings follow one another at most: a part's, a chapter's, a section's.
_MOST_HEADINGS = 3
# Lines are wrapped by hand or by an editor, which leaves at most this share of the width empty.
_WRAP_SHARE = 0.85
# Nobody wraps prose in fewer characters.
_NARROWEST = 40
_VERSE_WIDTH = 60
# A numbered line above a paragraph is its heading if it has no more words; a numbered clause has more.
_NUMBERED_HEAD_WORDS = 7


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
        elif is_cue(lines):
            # Its number and times are no text.
            at = next(n for n, line in enumerate(lines) if CUE_TIME.fullmatch(line.words)) + 1
            _add(blocks, text, Block("line", lines[at].start, lines[-1].end))
        elif _stands_above(groups, number, first=not blocks):
            _add(blocks, text, Block("heading", lines[0].start, lines[0].end, _level(lines[0].words, first=not blocks)))
        else:
            before = blocks[-1] if blocks and blocks[-1].kind == "line" else None
            goes_on = before is not None and begins_message(text[before.start : before.end])
            for block in _blocks_of(text, lines, first=not blocks, numbered_from=len(blocks), in_chat=goes_on):
                _add(blocks, text, block)
    return _numbered_on(blocks, text)


def _numbered_on(blocks: list[Block], text: str) -> list[Block]:
    """Return blocks in which "4. Other business" is a heading, where "3. Budget" is one and something stands below it.

    Made by itself each, the one above a list and the one above a paragraph would not be the same.
    """
    expected: dict[int, str] = {}
    for at, block in enumerate(blocks[:-1]):
        if block.kind not in ("heading", "item"):
            continue
        line = text[block.start : block.end]
        found = _COUNTER.match(line)
        if not found:
            continue
        above, _, last = found[1].rpartition(".")
        depth = found[1].count(".")
        if block.kind == "item":
            if "\n" in line or expected.get(depth) != found[1] or not reads_as_heading(line, first=False):
                continue
            following = _COUNTER.match(text[blocks[at + 1].start : blocks[at + 1].end])
            if following and following[1].count(".") == depth:
                continue
            blocks[at] = block._replace(kind="heading", level=_level(line, first=False))
        expected[depth] = f"{above}.{int(last) + 1}" if above else str(int(last) + 1)
    return blocks


def _add(blocks: list[Block], text: str, block: Block) -> None:
    part = text[block.start : block.end]
    if part.strip():
        start = block.start + len(part) - len(part.lstrip())
        blocks.append(Block(block.kind, start, start + len(part.strip()), block.level, block.header, block.cells))


def _groups(text: str) -> Iterator[tuple[str, list[Line]]]:
    """Yield runs of lines without a blank one between, and fenced code, which may have some."""
    lines: list[Line] = []
    fence = ""
    start = 0
    for written in text.split("\n"):
        line = Line(start, written)
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
    text: str, lines: list[Line], *, first: bool, numbered_from: int, in_chat: bool = False
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
        table = table_at(lines, at)
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


def _is_day(lines: list[Line], at: int) -> bool:
    """Return whether a line is a day's name, above what is on that day; not the last word of a wrapped sentence."""
    found = _DAY.fullmatch(lines[at].words)
    if not found or at + 1 >= len(lines):
        return False
    before = lines[at - 1].words if at else ""
    # "Wir trafen uns am" goes on.
    return len(before) < _NARROWEST and not re.search(r"\b[a-zäöü]{1,4}$", before)


def _names_section(lines: list[Line], at: int) -> bool:
    if at + 2 >= len(lines):
        return False
    name, below = lines[at + 1].words, lines[at + 2].words
    return reads_as_heading(name, first=False) and (LIST_ITEM.match(below) is not None or len(name) < len(below))


def _is_numbered_head(line: Line, following: Line) -> bool:
    """Return whether a numbered line is the heading of what follows: "1.1 …", or a paragraph and no wrapped line."""
    number = re.match(r"\s*(?:§\s*)?(\d{1,3}(?:\.\d{1,3}){0,8})\.?[^\S\n]+\S", line.text)
    if not number or not reads_as_heading(line.words, first=False):
        return False
    below = following.words
    if re.match(rf"{re.escape(number[1])}\.\d", below):
        return True
    return (
        len(below) >= (_NARROWEST if _ENDS.search(below) else _BODY_CHARACTERS)
        and below[:1].isupper()
        and len(line.words.split()) <= _NUMBERED_HEAD_WORDS
        and len(line.words) < _HEADING_SHARE * len(below)
    )


def _breaks(lines: list[Line], at: int, *, item: bool) -> bool:
    """Return whether a block of another kind, or another list item, begins in a line."""
    line = lines[at]
    if _MARKDOWN_HEADING.match(line.words) or not _RULE.sub("", line.text):
        return True
    if LIST_ITEM.match(line.text):
        # A line of wrapped text can begin with "3. Oktober"; an item follows a sentence's end or another item.
        before = lines[at - 1].words
        return item or ENDS_SENTENCE.search(before) is not None or _begins_list(lines, at)
    # "Next meeting: 20 May", below the last item and as far left as its mark.
    if item and line.text[:1].isalpha() and begins_entry(line.words):
        return True
    return _is_day(lines, at) or table_at(lines, at) is not None


def _begins_item(lines: list[Line], at: int) -> bool:
    return LIST_ITEM.match(lines[at].text) is not None


def _begins_list(lines: list[Line], at: int) -> bool:
    """Return whether a line and the next are items with the same mark, or with numbers that go on."""
    mark = LIST_MARK.match(lines[at].words)
    following = LIST_MARK.match(lines[at + 1].words) if at + 1 < len(lines) else None
    if not mark or not following:
        return False
    numbers = [re.sub(r"\D", "", found.group()) for found in (mark, following)]
    if all(numbers):
        return int(numbers[1]) == int(numbers[0]) + 1
    return mark.group() == following.group()


def _prose(lines: list[Line], *, first: bool, above: bool, in_chat: bool = False) -> Iterator[Block]:
    """Yield the blocks of lines without marks: perhaps a heading, then a paragraph or entries of their own."""
    rest = lines
    longest = max((len(line.words) for line in lines[1:]), default=0)
    head = lines[0].words
    is_entries = are_entries(lines)
    if in_chat and not is_entries:
        begins = next((n for n, line in enumerate(lines) if STAMP.match(line.words)), len(lines))
        if 0 < begins < len(lines):
            # A message of several paragraphs.
            yield Block("line", lines[0].start, lines[begins - 1].end)
            yield from entries(lines[begins:])
            return
    if (not is_entries and _is_headed(lines)) or (
        not is_entries
        and ((above and len(lines) == 1) or longest >= _NARROWEST)
        and ((above and len(lines) == 1) or len(head) < _HEADING_SHARE * longest)
        and reads_as_heading(head, first=first)
        and not (
            len(lines) > 1
            and (
                (KEY.match(head) and not _COUNTED.match(head)) or head[-1] in "-\u00ad" or lines[1].words[:1].islower()
            )
        )
    ):
        yield Block("heading", lines[0].start, lines[0].end, _level(head, first=first))
        rest = lines[1:]
    if not rest:
        return
    if are_entries(rest):
        yield from entries(rest)
    elif _are_lines(rest):
        yield from (Block("line", line.start, line.end) for line in rest)
    else:
        yield Block("paragraph", rest[0].start, rest[-1].end)


def _is_headed(lines: Sequence[Line]) -> bool:
    """Return whether the first line is a question above its answer, or "Ingredients:" above lines."""
    if len(lines) < 2 or not reads_as_heading(lines[0].words, first=False):
        return False
    head, rest = lines[0].words, lines[1:]
    if head[-1] in "?？":
        return rest[0].words[-1] not in "?？" and ENDS_SENTENCE.search(rest[-1].words) is not None
    return head[-1] == ":" and len(rest) > 1 and (are_entries(rest) or _are_lines(rest))


def _are_lines(lines: Sequence[Line]) -> bool:
    """Return whether the ends of lines mean something: they stand before the line is full, or each begins a verse."""
    if len(lines) > 1 and sum(_AMOUNT.search(line.words) is not None for line in lines) >= 0.6 * len(lines):
        return True
    if any(line.words[0] == ":" for line in lines):
        # A term and, behind a colon, its definition.
        return False
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
    if len(lines) == 2:
        # Two short ones, as the ingredients of a glaze; the second is no rest of a sentence.
        return ends > 0 and width < _NARROWEST and not lines[1].words[:1].islower() and not _ENDS.search(lines[1].words)
    if not ends or len(lines) < 3:
        return False
    return forced >= 0.5 * ends or (len(lines) > 3 and width < _VERSE_WIDTH and verses >= 0.8 * (len(lines) - 1))


def _stands_above(groups: Sequence[tuple[str, list[Line]]], number: int, *, first: bool) -> bool:
    """Return whether a line by itself is the heading of what follows it."""
    _, lines = groups[number]
    if len(lines) != 1 or not reads_as_heading(lines[0].words, first=first):
        return False
    for kind, below in groups[number + 1 : number + 1 + _MOST_HEADINGS]:
        words = below[0].words
        if STAMP.match(words) and not re.match(CLOCK, words):
            # A message's last paragraph, before the next message.
            return False
        if kind == "code" or _MARKDOWN_HEADING.match(words):
            return True
        is_item = LIST_ITEM.match(below[0].text) is not None
        if len(below) > 1 or is_item:
            # An item of a list whose items stand apart is no heading of the next.
            return not (is_item and LIST_ITEM.match(lines[0].text))
        if not reads_as_heading(words, first=False):
            return _is_above(lines[0].words, words, first=first, more=number + 2 < len(groups))
    return False


def _is_above(head: str, body: str, *, first: bool, more: bool) -> bool:
    """Return whether a line is so much shorter than the text below it that it is its heading.

    Args:
        more: whether there is more text than this, so that the first line is the title of it all.
    """
    if (first and more) or head.isupper() or _DECIMAL.match(head):
        return len(body) >= _SHORT_BODY and len(head) < (_TITLE_SHARE if first else _HEADING_SHARE) * len(body)
    return len(body) >= (_NARROWEST if first else _BODY_CHARACTERS) and len(head) < _HEADING_SHARE * len(body)


def reads_as_heading(line: str, *, first: bool) -> bool:
    """Return whether a line could be a heading: short, no sentence, and without figures that say something."""
    if len(line) > _HEADING_CHARACTERS or len(line.split()) > _HEADING_WORDS or not any(map(str.isalpha, line)):
        return False
    if _MARKDOWN_HEADING.match(line) or _CHAPTER.fullmatch(line):
        return True
    if ENDS_SENTENCE.search(line) and not re.search(r"[?？]$", line) and not re.search(r"^(?:\S+\s){0,3}\S+:$", line):
        return False
    if PIPE.search(line) or SPEAKER.match(line) or line[0] in '"„“»«-–*•>' or TIME.match(line):
        return False
    if first:
        return True
    bare = _YEAR.sub("", _COUNTED.sub("", _NUMBERED.sub("", line, count=1), count=1))
    is_key = KEY.match(line) and not _NUMBERED.match(line) and not _COUNTED.match(line)
    return not any(map(str.isdigit, bare)) and not is_key


def _level(line: str, *, first: bool) -> int:
    marked = _MARKDOWN_HEADING.match(line)
    if marked:
        return len(marked.group(1))
    numbered = re.match(r"\d+((?:\.\d+)*)[.)]?\s", line)
    if numbered:
        return 2 + numbered.group(1).count(".")
    return 1 if first and not _DAY.fullmatch(line) else 2
