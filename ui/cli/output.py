"""Printing to a terminal, rich, or to a pipe, plain."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from index.settings import Progress

if TYPE_CHECKING:
    from rich.console import Console

    from rag import Answer, Assistant

_SENTENCE = {"de": "Satz", "en": "sentence"}
_CONFIDENCE = {"de": "Sicherheit", "en": "confidence"}
_NEAREST = {"de": "Am nächsten kommen:", "en": "Nearest sentences:"}


def console() -> Console:
    """Return a console on standard output."""
    from rich.console import Console

    return Console()


def complain(message: str) -> None:
    """Print one line on standard error."""
    sys.stderr.write(f"beleg: {one_line(message)}\n")


def print_answer(answer: Answer, assistant: Assistant) -> None:
    """Print an answer with its sources: in colour and quoted on a terminal, as plain lines into a pipe."""
    if sys.stdout.isatty():
        _print_rich(answer, assistant)
    else:
        sys.stdout.write("\n".join(_plain_lines(answer, assistant)) + "\n")


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Give a callback that draws a bar on standard error, where that is a terminal; nothing at all until called."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    percent = TextColumn("{task.percentage:3.0f} %")
    columns = (TextColumn("{task.description}"), BarColumn(), percent, TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    tasks: dict[str, TaskID] = {}

    def show(what: str, done: int, total: int) -> None:
        if not tasks:
            bar.start()
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total)
        bar.update(tasks[what], completed=done, total=total)

    try:
        yield show
    finally:
        bar.stop()


def _plain_lines(answer: Answer, assistant: Assistant) -> Iterator[str]:
    yield answer.text
    yield ""
    if answer.abstained:
        yield answer.reason
        yield _NEAREST[answer.language]
        yield from (f"- {one_line(hit.text)}" for hit in answer.nearest)
        return
    for citation in answer.citations:
        yield f"[{citation.number}] {_where(answer, assistant, citation.article_id, citation.sentence_index)}"
    if not answer.overview:
        yield _how_sure(answer)


def _print_rich(answer: Answer, assistant: Assistant) -> None:
    from rich.padding import Padding
    from rich.text import Text

    out = console()
    if answer.abstained:
        out.print(Text(answer.text, style="bold yellow"))
        out.print(Text(answer.reason, style="dim"))
        out.print(Text(_NEAREST[answer.language], style="dim"))
        for hit in answer.nearest:
            out.print(Padding(Text(f"· {one_line(hit.text)}", style="dim"), (0, 0, 0, 2)))
        return
    if answer.overview:
        out.print(Text(answer.text.partition("\n")[0], style="bold"))
    for number, statement in enumerate(answer.statements):
        citation = statement.citations[0]
        if number == 0 and len(answer.statements) > len(answer.citations):
            out.print(Padding(Text(one_line(statement.text), style="bold green"), (0, 0, 0, 2)))
            continue
        quoted = Text.assemble((one_line(statement.text), "bold"), " ", (f"[{citation.number}]", "cyan"))
        out.print(Padding(quoted, (0, 0, 0, 2)))
        where = _where(answer, assistant, citation.article_id, citation.sentence_index)
        out.print(Padding(Text(f"[{citation.number}] {where}", style="cyan dim"), (0, 0, 0, 2)))
    if not answer.overview:
        out.print(Text(_how_sure(answer), style="dim"))


def _how_sure(answer: Answer) -> str:
    from rag.answering.messages import percent

    return f"{_CONFIDENCE[answer.language]}: {percent(answer.confidence, answer.language)}"


def _where(answer: Answer, assistant: Assistant, article_id: str, sentence_index: int) -> str:
    title = one_line(assistant.article(article_id).title)
    return f"{title}, {_SENTENCE[answer.language]} {sentence_index + 1}"


def one_line(text: str) -> str:
    """Fold white space, and drop control characters: an article may not command a terminal."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else "�" for c in text).split())
