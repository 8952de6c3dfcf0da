"""What the commands print: answers, paragraphs, tables and progress. A terminal gets colours and bars, a pipe neither.

Every text of a command goes through here. A terminal would obey the control characters of an article, a file's name or
an answer, also behind a pipe: symbols stand for them (`visible`).

Rich is imported in the functions: an answer that goes into a pipe does not need it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from index.view import read_text
from ui.parts import Part, differs_line, is_quoted, llm_lines, parts_of
from ui.places import source_label
from ui.texts import texts_in

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from rag import Answer, Assistant
    from rag.answer import Citation

# Where no bar can be drawn, a line tells how far work is after so long, and again.
SECONDS_A_LINE = 10.0
# Blanks between two columns of a table.
_GAP = 2
# C0 but line feed and tab, DEL, C1, and what turns the direction of writing.
_C0, _OTHERS = sorted({*range(0x20)} - {9, 10}), [*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_SYMBOLS = {code: 0x2400 + code for code in _C0} | {0x7F: 0x2421} | dict.fromkeys(_OTHERS, 0xFFFD)
_ESCAPES = {code: f"\\u{code:04x}" for code in (0x7F, *_OTHERS)}


def console() -> Console:
    """Return a console on standard output."""
    from rich.console import Console

    return Console()


def complain(message: str) -> None:
    """Print one line on standard error."""
    sys.stderr.write(f"beleg: {one_line(message)}\n")


def visible(text: str) -> str:
    """Return a text with symbols for its control characters, ␛ for an escape; line feeds and tabs stay."""
    return text.translate(_SYMBOLS)


def one_line(text: str) -> str:
    """Return a text with its white space folded and symbols for its control characters."""
    return visible(" ".join(text.split()))


def print_line(line: str, style: str = "") -> None:
    """Print a line, however long."""
    from rich.text import Text

    console().print(Text(visible(line), style=style), soft_wrap=True)


def print_plain(text: str) -> None:
    """Print a text without rich, whose import takes longer than some commands."""
    sys.stdout.write(f"{visible(text)}\n")


def print_json(data: object) -> None:
    """Print JSON. It has its control characters escaped, so that it says the same."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2).translate(_ESCAPES) + "\n")


def print_text(text: str, *, label: str = "", hang: int = 2, style: str = "") -> None:
    """Print a text in lines of the terminal's width, broken between words.

    Args:
        text: its white space is folded.
        label: what the first line begins with; its white space is kept.
        hang: by how many blanks the other lines are indented.
        style: rich's name of a style.
    """
    from rich.cells import cell_len
    from rich.text import Text

    whole = Text(label + one_line(text))
    # No word is split: a line may be as wide as the longest word, such as a path.
    width = max(console().width - hang, *(cell_len(word) for word in whole.plain.split(" ")))
    for number, line in enumerate(whole.wrap(console(), width)):
        print_line(f"{' ' * hang if number else ''}{line.plain.rstrip()}", style)


def print_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, bold: Sequence[bool] = (), indent: int = 0
) -> None:
    """Print rows of a name and its figures, and an empty line.

    Names are broken between words. Columns on the right that have no room are left out, and named below the table.

    Args:
        head: the titles of the columns.
        rows: as many cells each.
        bold: which rows are bold; none where it is empty.
        indent: blanks before each line.
    """
    from rich.cells import cell_len
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    cells = [[one_line(cell) for cell in row] for row in (head, *rows)]
    out = console()
    longest_word = max(cell_len(word) for name, *_ in cells for word in name.split(" "))
    # A longer word is split all the same: the figures matter more.
    room = out.width - indent - min(longest_word, out.width // 2)
    shown = 1
    for column in list(zip(*cells, strict=True))[1:]:
        room -= _GAP + max(map(cell_len, column))
        if room < 0:
            break
        shown += 1
    table = Table(box=None, padding=(0, 0, 0, _GAP), pad_edge=False, header_style="bold")
    table.add_column(Text(cells[0][0]), overflow="fold")
    for title in cells[0][1:shown]:
        table.add_column(Text(title), justify="right", no_wrap=True)
    for number, row in enumerate(cells[1:]):
        table.add_row(*map(Text, row[:shown]), style="bold" if bold and bold[number] else None)
    out.print(Padding(table, (0, 0, 0, indent), expand=False))
    if left_out := [title for title in cells[0][shown:] if title]:
        print_text(f"(no room for: {', '.join(left_out)}; a wider terminal shows them)")
    print_line("")


class ProgressBar:
    """How far work is, on standard error: a bar for each kind of it on a terminal, elsewhere a line now and then.

    Nothing is written before the first call, nor, elsewhere than on a terminal, of a kind of work that takes less than
    SECONDS_A_LINE.
    """

    def __init__(self) -> None:
        self._bar: Progress | None = _bar() if sys.stderr.isatty() else None
        self._tasks: dict[str, TaskID] = {}
        # When each kind of work began, and when it was told of last.
        self._began: dict[str, float] = {}
        self._said: dict[str, float] = {}

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def __call__(self, what: str, done: int, total: int, note: str = "") -> None:
        """Show how much of the work is done (of a `total` of 0: of nobody knows how much), and a note beside the bar.

        The bar goes when all is done.
        """
        if self._bar is None:
            self._say(what, done, total, note)
            return
        self._bar.start()
        said = f"page {done} of {total}" if what == "pages" else what
        if what not in self._tasks:
            # What had no known end is over when something else begins.
            for task in self._bar.tasks:
                task.visible = task.visible and task.total is not None
            self._tasks[what] = self._bar.add_task(said, note=note)
        shows = done < total or not total
        self._bar.update(
            self._tasks[what], description=said, completed=done, total=total or None, note=note, visible=shows
        )

    def _say(self, what: str, done: int, total: int, note: str) -> None:
        now = time.monotonic()
        if not done or what not in self._began:
            self._began[what] = self._said[what] = now
        if now - self._said[what] < SECONDS_A_LINE:
            return
        self._said[what] = now
        share = f"{done:,} of {total:,}" if total else f"{done:,}"
        passed = now - self._began[what]
        left = f", about {_time(passed / done * (total - done))} left" if passed and 0 < done < total else ""
        sys.stderr.write(f"{one_line(f'{what}: {share}{left} {note}')}\n")


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, TextColumn("{task.fields[note]}"), console=Console(stderr=True), transient=True)


def _time(seconds: float) -> str:
    """Return a time as a person says it: 40 s, 12 min, 3.5 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def print_answer(answer: Answer, assistant: Assistant) -> None:
    """Print an answer with its sources: in colour and quoted on a terminal, as plain lines into a pipe."""
    if sys.stdout.isatty():
        _print_rich(answer, assistant)
    else:
        print_plain("\n".join(_plain_lines(answer, assistant)))


def _plain_lines(answer: Answer, assistant: Assistant) -> Iterator[str]:
    yield answer.text
    if not is_quoted(answer):
        yield _origin(answer, assistant)
        return
    yield ""
    if answer.abstained:
        yield answer.reason
        yield texts_in(answer.language)("shell.nearest")
        yield from (f"- {one_line(read_text(hit.text))}" for hit in answer.nearest)
        yield from _of_llm(answer)
        return
    yield from (_source(answer, assistant, citation) for citation in answer.citations)
    if answer.kind == "question":
        yield _confidence(answer)
    yield from _of_llm(answer)


def _print_rich(answer: Answer, assistant: Assistant) -> None:
    if answer.abstained:
        print_text(answer.text, style="bold yellow")
        print_text(answer.reason, style="dim")
        print_text(texts_in(answer.language)("shell.nearest"), style="dim")
        for hit in answer.nearest:
            print_text(read_text(hit.text), label="  · ", style="dim")
        _print_llm(answer)
        return
    if not is_quoted(answer):
        _print_aside(answer.text, answer, assistant)
        return
    if answer.kind == "overview":
        print_text(answer.text.partition("\n")[0], style="bold")
    for part in parts_of(answer):
        _print_part(part, answer, assistant)
    if answer.unanswered:
        print_text(texts_in(answer.language)("chat.left_open"), style="bold yellow")
        for question in answer.unanswered:
            print_text(question, label="  ? ", hang=4, style="yellow")
    if answer.kind == "question":
        print_text(_confidence(answer), style="dim")
    _print_llm(answer)


def _print_llm(answer: Answer) -> None:
    for line in _of_llm(answer):
        print_text(line, style="dim")


def _of_llm(answer: Answer) -> Iterator[str]:
    """Yield what became of asking an LLM, and what it wrote that no sentence proves."""
    texts = texts_in(answer.language)
    yield from map(one_line, llm_lines(answer, texts))
    if answer.withheld:
        count, total = len(answer.withheld), len(answer.withheld) + len(answer.prose)
        yield texts.count("chat.llm.withheld", count, total=total)
        for one in answer.withheld:
            yield one_line(texts("shell.withheld", reason=texts(f"chat.llm.reasons.{one.reason}"), text=one.text))


def _print_part(part: Part, answer: Answer, assistant: Assistant) -> None:
    if part.kind == "aside":
        _print_aside(part.texts[0], answer, assistant)
    elif part.kind == "short":
        print_text(part.texts[0], label="  ", style="bold green")
    elif part.kind == "prose":
        numbers = "".join(f"[{citation.number}]" for citation in part.citations)
        print_text(f"{part.texts[0]} {numbers}", label="  ")
    elif part.kind == "sides":
        print_text(differs_line(answer), style="bold yellow")
        for text, citation in zip(part.texts, part.citations, strict=True):
            print_text(text, label="  ", style="bold green")
            _print_quotation(citation, answer, assistant)
    elif part.kind == "quotation":
        _print_quotation(part.citations[0], answer, assistant)
    else:
        print_text(part.texts[0], label="  ", style="bold")
        for citation in part.citations:
            print_text(_source(answer, assistant, citation), label="  ", style="cyan dim")


def _print_quotation(citation: Citation, answer: Answer, assistant: Assistant) -> None:
    print_text(f"{read_text(citation.text)} [{citation.number}]", label="  ", style="bold")
    print_text(_source(answer, assistant, citation), label="  ", style="cyan dim")


def _print_aside(text: str, answer: Answer, assistant: Assistant) -> None:
    """Print what Beleg says itself, line by line, and that no article does."""
    for line in text.splitlines():
        print_text(line, style="dim")
    print_text(_origin(answer, assistant), style="dim italic")


def _origin(answer: Answer, assistant: Assistant) -> str:
    name = "chat.not_from_one" if len(assistant.articles) == 1 else "chat.not_from_several"
    return f"({texts_in(answer.language)(name)})"


def _source(answer: Answer, assistant: Assistant, citation: Citation) -> str:
    title = assistant.article(citation.article_id).title
    number, place = citation.sentence_index + 1, citation.place
    return f"[{citation.number}] {one_line(source_label(title, number, place, texts_in(answer.language)))}"


def _confidence(answer: Answer) -> str:
    from rag.answering.messages import percent

    return texts_in(answer.language)("shell.confidence", percent=percent(answer.confidence, answer.language))
