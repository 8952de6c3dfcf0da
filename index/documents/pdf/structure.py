"""Lines → parts: paragraphs, headings, list items, captions, code, rows, notes; joined over columns and pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from index.documents.pdf.layout import Line, columns, is_cjk
from index.documents.pdf.pages import Layer, Page, Word, is_rtl
from index.documents.pdf.tables import Table, aligned_tables, is_leader
from index.place import BlockKind

_BULLET = re.compile(r"[•▪◦‣●○■□▸►➢➔✓✔❖\uf0b7\uf0a7\uf0d8\u2023\u2043]\s?|[–—*·-]\s(?=\S)|o\s(?=[A-ZÄÖÜ])")
_NUMBERED = re.compile(
    r"(?:\(?\d{1,3}[.)]|\(?[a-zA-Z]\)|[a-z]\.|\(?[ivx]{1,5}[.)]|\[\d{1,3}\]|\d{1,2}(?:\.\d{1,2}){1,3}\.?)\s+(?=\S)"
)
_CAPTION = re.compile(
    r"(?:abbildung|abb\.|figure|fig\.|tabelle|tab\.|table|bild|grafik|diagramm|schaubild|chart|exhibit|figura|tabla|"
    r"tableau|illustration|listing|algorithm)\s*[A-Z]?\.?\d+(?:[.\-–]\d+)*\s*[.:–—|]{1,2}\s",
    re.IGNORECASE,
)
LABEL = re.compile(r"[^\W\d_][^:]{0,40}:\s+\S")
_NOTE = re.compile(r"(?:[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}|\d{1,3}|[*†‡§]{1,3})\s*(?=\S)")
_ENDS = re.compile(r"[.!?:;…。！？؟][\"'”’»«)\]¹²³⁴⁵⁶⁷⁸⁹⁰\s]*$")


# Lines of one paragraph may differ so much in size: by words in small capitals.
SAME_SIZE = 0.12


@dataclass(slots=True)
class Part:
    """What becomes a block.

    Attributes:
        full: whether the last line reaches the right edge of its column, so that the text may go on.
        style: of a heading: its size and whether it is bold.
    """

    kind: BlockKind
    lines: list[Line] = field(default_factory=list)
    level: int = 0
    table: Table | None = None
    note: bool = False
    full: bool = False
    indented: bool = False
    style: tuple[float, bool] = (0.0, False)
    tag: str = ""

    @property
    def text(self) -> str:
        """The lines, broken as they are."""
        return "\n".join(line.text for line in self.lines)

    @property
    def size(self) -> float:
        """The size of its letters, in points."""
        return median(line.size for line in self.lines)


def body_size(pages: Sequence[Page]) -> float:
    """Return the size that most of a document is set in, in points."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for layer in page.layers[:1]:
            for word in layer.words:
                sizes[round(word.size * 2) / 2] += len(word.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def page_parts(page: Page, tables: Sequence[Table], body: float) -> list[Part]:
    """Return the parts of a page in reading order."""
    parts: list[Part] = []
    for number, layer in enumerate(page.layers):
        held = tables if number == 0 else ()
        parts += _layer_parts(layer, page.number, held, body)
    return parts


def _layer_parts(layer: Layer, page: int, tables: Sequence[Table], body: float) -> list[Part]:
    gone = {n for table in tables for n in table.numbers}
    free = Layer(layer.turn, layer.width, layer.height, [w for w in layer.words if w.number not in gone], layer.rules)
    stands: list[tuple[Line, Table]] = []
    for table in tables:
        word = Word(
            "",
            table.left,
            table.top,
            table.right,
            table.bottom,
            table.bottom,
            body,
            False,
            False,
            "",
            -1,
            False,
            (0.0, 0.0, 0.0, 0.0),
        )
        stands.append((Line([word]), table))
    vertical = layer.turn == 1 and bool(layer.words) and is_cjk(layer.words[0].text)
    parts: list[Part] = []
    for column in columns(free, [line for line, _ in stands]):
        for line in column:
            line.page = page
        run: list[Line] = []
        for line in column:
            held = next((table for stand, table in stands if stand is line), None)
            if held is None:
                run.append(line)
                continue
            parts += _column_parts(run, vertical)
            parts.append(Part("row", table=held))
            run = []
        parts += _column_parts(run, vertical)
        _mark_notes(parts, column, layer, body)
    return parts


def _mark_notes(parts: list[Part], column: Sequence[Line], layer: Layer, body: float) -> None:
    """Mark the notes at the foot of a column: smaller than its text, from a mark or a short rule on."""
    mine = {id(line) for line in column}
    foot: list[Part] = []
    for part in reversed(parts):
        if not part.lines or id(part.lines[0]) not in mine:
            break
        if part.tag == "Note" or (part.kind in ("paragraph", "item", "line") and part.size < 0.93 * body):
            foot.insert(0, part)
        else:
            break
    first = next(
        (
            n
            for n, part in enumerate(foot)
            if part.tag == "Note"
            or part.size < 0.85 * body
            or _NOTE.match(part.lines[0].text)
            or _below_rule(part.lines[0], layer)
        ),
        None,
    )
    # A column that is set small from its top is a column of its own.
    if first is None or len(foot) == sum(1 for part in parts if part.lines and id(part.lines[0]) in mine):
        return
    for part in foot[first:]:
        part.note, part.kind = True, "paragraph"


def _below_rule(line: Line, layer: Layer) -> bool:
    return any(
        rule.level
        and 0 < line.base - rule.top < 2.5 * line.size
        and abs(rule.left - line.left) < 2 * line.size
        and rule.right - rule.left < 0.5 * layer.width
        for rule in layer.rules
    )


def _column_parts(lines: list[Line], vertical: bool) -> list[Part]:
    if not lines:
        return []
    left = min(line.left for line in lines)
    right = max(line.right for line in lines)
    # The distance of lines, for each size.
    steps: dict[int, list[float]] = {}
    for a, b in pairwise(lines):
        if abs(a.size - b.size) < 0.6 and a.mono == b.mono and 0 < b.base - a.base < 2.2 * a.size:
            steps.setdefault(round(a.size), []).append(b.base - a.base)
    pitches = {size: median(sorted(held)[: max(1, 2 * len(held) // 3)]) for size, held in steps.items()}
    parts: list[Part] = []
    for entry in lines if vertical else aligned_tables(lines):
        if isinstance(entry, Table):
            parts += _entries(entry)
            continue
        # The column's own edges, where the region has several, as between short and long lines of a title page.
        part = parts[-1] if parts and parts[-1].lines else None
        kind = _starts(part, entry, left, right, pitches, lines)
        if kind is None and part is not None:
            part.lines.append(entry)
            part.full = entry.right > right - 0.12 * (right - left)
            continue
        new = Part(kind or "paragraph", [entry], tag=entry.tag)
        new.full = entry.right > right - 0.12 * (right - left)
        new.indented = entry.left > left + 0.7 * entry.size
        if new.kind == "item":
            new.level = _depth(entry, [p for p in parts if p.kind == "item"])
        parts.append(new)
    return parts


def _depth(line: Line, items: Sequence[Part]) -> int:
    """Return how deep a list item is nested, from 1: by the items before it that begin further left."""
    left, depth = line.left, 1
    for item in reversed(items[-50:]):
        if item.lines[0].left < left - 0.8 * line.size:
            left, depth = item.lines[0].left, depth + 1
        if item.level == 1:
            break
    return min(depth, 9)


def _entries(table: Table) -> list[Part]:
    """Return a table without rules as one; or as lines where it is pairs of a label and a value."""
    pairs = [row for row in table.rows if len(row) == 2 and row[0] and row[0][-1].text.rstrip().endswith(":")]
    if len(table.edges) == 2 and len(pairs) >= 0.6 * len(table.rows):
        found = []
        for row in table.rows:
            lines = [line for cell in row for line in cell]
            if lines:
                found.append(Part("line", [Line([word for line in lines for word in line.words], table.page)]))
        return found
    return [Part("row", table=table)]


def _starts(
    part: Part | None, line: Line, left: float, right: float, pitches: dict[int, float], lines: Sequence[Line]
) -> BlockKind | None:
    """Return the kind of the part that a line begins; None if the line goes on with the part before it."""
    text = line.text
    if is_leader(text):
        return "line"
    listed = bool(_BULLET.match(text))
    numbered = bool(_NUMBERED.match(text))
    if part is None or part.kind == "row":
        tagged = line.tag in ("LI", "LBody") and line.element > 0 and not text[:1].islower() and not line.mono
        return "item" if listed or numbered or tagged else _kind(line, text)
    before = part.lines[-1]
    step = line.base - before.base
    known = pitches.get(round(line.size), 0.0) if abs(line.size - before.size) < 0.6 else 0.0
    usual = known or 1.35 * max(line.size, before.size)
    apart = step > 1.32 * usual + 0.5 or step > 2.2 * max(line.size, before.size)
    changed = (
        (abs(line.size - before.size) > SAME_SIZE * max(line.size, before.size) and not _shares_size(line, before))
        # A style that changes within a line says nothing about the line's end.
        or (line.bold != before.bold and line.letters > 3 and line.words[0].bold != before.words[-1].bold)
        or (line.mono != (part.kind == "code") and not (part.kind != "code" and _is_inline(line, before, right)))
        or (line.tag != before.tag and "H" in (line.tag[:1], before.tag[:1]))
        or (line.tag != before.tag and {"Note", "Caption"} & {line.tag, before.tag})
    )
    ended = bool(_ENDS.search(before.text)) or before.right < right - 0.15 * (right - left)
    em = line.size
    indent = line.left - before.left
    # As the file says; but some say so of each line.
    parted = (
        0 < line.element != before.words[-1].element > 0
        and not (line.mono or before.mono)
        and (ended or not text[:1].islower())
    )
    if parted and line.tag in ("LI", "LBody"):
        return "item"
    if parted and {line.tag, before.tag} <= {"TD", "TH"} and line.left <= part.lines[0].left + em:
        # A row of a table so narrow that its cells are not told apart.
        part.kind = "line" if part.kind == "paragraph" and len(part.lines) == 1 else part.kind
        return "line"
    if parted and (ended or apart) and line.tag[:1] in ("P", "H"):
        return _kind(line, text)
    if line.words[0].raised and len(line.words) > 1 and ended:
        return _kind(line, text)
    if part.kind == "line" and is_leader(before.text):
        changed = True
    if line.mono and before.mono and not apart and part.kind != "item":
        return None
    if listed and (apart or ended or part.kind == "item" or indent > 0.7 * em):
        return "item"
    if numbered and part.kind == "item" and ended and indent > 0.5 * em:
        return "item"
    if numbered and (apart or changed or (part.kind == "item" and line.left <= part.lines[0].left + em and ended)):
        return "item"
    if numbered and ended and abs(line.left - left) < 3 * em and _hangs(line, lines):
        return "item"
    if apart or (changed and not _goes_on(part, line)):
        return _kind(line, text)
    if part.kind == "line" and not is_leader(before.text):
        return _kind(line, text)
    if LABEL.match(text) and LABEL.match(before.text) and ended and before.right < right - 0.2 * (right - left):
        part.kind = "line"
        return "line"
    if part.kind == "item":
        # The text of an item hangs below its own; a line at or left of its mark is a new paragraph.
        if line.left <= part.lines[0].left + 0.3 * em and len(part.lines) > 1 and ended and _indent(part) > 0.5 * em:
            return _kind(line, text)
        # Items that are set like paragraphs, with an indented first line.
        if line.left > before.left + 0.7 * em and ended and len(part.lines) > 1 and _indent(part) < -0.5 * em:
            return _kind(line, text)
        return None
    rtl = is_rtl(text[0])
    centred = abs((line.left + line.right) / 2 - (before.left + before.right) / 2) < 0.5 * em
    if not rtl and not centred and indent > 0.7 * em and ended and not _next_hangs(line, lines):
        return _kind(line, text)
    # A title in the middle, above a heading at the left: an indented first line of text is no bold line by itself.
    if not rtl and not centred and indent < (-0.7 if len(part.lines) > 1 else -2 if line.bold else -99) * em:
        return _kind(line, text)
    if ended and _ENDS.search(before.text) and before.right < right - 0.15 * (right - left) and not centred:
        return _kind(line, text)
    return None


def _shares_size(line: Line, before: Line) -> bool:
    """Return whether one of two lines has words in the other's size, as with small capitals."""
    if abs(line.words[0].size - before.words[-1].size) < 0.3:
        return True
    return any(abs(w.size - before.size) < 0.3 and not w.raised and len(w.text) > 1 for w in line.words) or any(
        abs(w.size - line.size) < 0.3 and not w.raised and len(w.text) > 1 for w in before.words
    )


def _is_inline(line: Line, before: Line, right: float) -> bool:
    """Return whether a line in a typewriter's font goes on with a sentence: the line before it is full."""
    return (
        before.right > right - 3 * line.size
        and abs(line.left - before.left) < line.size
        and not _ENDS.search(before.text)
    )


def _goes_on(part: Part, line: Line) -> bool:
    """Return whether a line in another style is still the same paragraph: bold words in it, a formula."""
    before = part.lines[-1]
    if abs(line.size - before.size) > SAME_SIZE * max(line.size, before.size) or part.kind == "code":
        return False
    return not before.bold and line.text[:1].islower() and not _ENDS.search(before.text) and not line.mono


def _indent(part: Part) -> float:
    return part.lines[1].left - part.lines[0].left


def _next(line: Line, lines: Sequence[Line]) -> Line | None:
    at = next((n for n, other in enumerate(lines) if other is line), -1)
    return lines[at + 1] if 0 <= at < len(lines) - 1 else None


def _hangs(line: Line, lines: Sequence[Line]) -> bool:
    """Return whether the line below a numbered one begins below its text, or is numbered too."""
    below = _next(line, lines)
    return below is not None and (below.left > line.left + 0.5 * line.size or bool(_NUMBERED.match(below.text)))


def _next_hangs(line: Line, lines: Sequence[Line]) -> bool:
    """Return whether the next line begins where this one does: then it is no paragraph's first line."""
    below = _next(line, lines)
    return (
        below is not None and abs(below.left - line.left) < 0.3 * line.size and below.base - line.base < 2 * line.size
    )


def _kind(line: Line, text: str) -> BlockKind:
    if _CAPTION.match(text) or line.tag == "Caption":
        return "caption"
    if line.mono:
        return "code"
    if line.tag in ("LI", "LBody") and _BULLET.match(text):
        return "item"
    return "paragraph"


def in_reading_order(pages: Sequence[Sequence[Part]]) -> Iterator[Part]:
    """Yield the parts of all pages; a paragraph that goes on in the next column or page is one, notes come after it."""
    open_: Part | None = None
    held: list[Part] = []
    for parts in pages:
        notes = _joined_notes([part for part in parts if part.note])
        for part in parts:
            if part.note:
                continue
            if open_ is not None and _continues(open_, part):
                open_.lines += part.lines
                open_.full = part.full
                continue
            # Pictures and tables stand where there is room, also within a paragraph.
            if open_ is not None and part.kind in ("caption", "row") and _is_open(open_):
                held.append(part)
                continue
            if open_ is not None:
                yield open_
                open_ = None
            yield from held
            held = []
            if part.kind in ("paragraph", "item"):
                open_ = part
            else:
                yield part
        if notes:
            if open_ is not None and _is_open(open_):
                held += notes
            else:
                if open_ is not None:
                    yield open_
                    open_ = None
                yield from held
                yield from notes
                held = []
    if open_ is not None:
        yield open_
    yield from held


def _is_open(part: Part) -> bool:
    """Return whether a paragraph's last line does not end a sentence, so that it may go on elsewhere."""
    return not _ENDS.search(part.lines[-1].text)


def _continues(part: Part, after: Part) -> bool:
    if after.kind != "paragraph" or not _is_open(part) or not after.lines:
        return False
    first, last = after.lines[0], part.lines[-1]
    elsewhere = first.page != last.page or first.base < last.base or first.left > last.right
    if not elsewhere and first.base - last.base < 2.2 * last.size and first.text[:1].islower():
        # Below it, where a picture ends at its side, or in letters whose size a scan got wrong.
        return (part.full or last.text.endswith("-")) and abs(first.size - last.size) < 2 * SAME_SIZE * last.size
    if not elsewhere or abs(first.size - last.size) > SAME_SIZE * last.size or first.bold != last.bold:
        return False
    text = first.text
    if text[:1].islower() or last.text.endswith("-"):
        return True
    # A line that is not full ends a paragraph, or is a title, an address.
    return part.full and not after.indented and len(last.words) > 3


def _joined_notes(notes: Sequence[Part]) -> list[Part]:
    """Return a page's notes; one that goes on in the next column is one."""
    found: list[Part] = []
    for note in notes:
        if found and _is_open(found[-1]) and not _NOTE.match(note.lines[0].text):
            found[-1].lines += note.lines
        else:
            found.append(note)
    return found
