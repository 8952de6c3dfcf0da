"""A conversation as Markdown: questions as headings, quotations as they are, their sources as footnotes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from index.article import Article
from rag.answer import Answer, Citation, Turn
from ui.footnote import footnotes, in_markdown
from ui.parts import differs_line, llm_lines, parts_of
from ui.texts import Texts

_MARKER = re.compile(r"\[(\d+)\]")


def conversation_markdown(
    turns: Sequence[Turn], articles: Mapping[str, Article], texts: Texts, *, name: str, date: str
) -> str:
    """Return a conversation as Markdown with footnotes, as Pandoc, GitHub and Obsidian read them.

    Args:
        articles: those that the turns cite, by id.
        name: of the conversation; "" names it by its first question.
        date: when it was exported, as it is to be read.
    """
    answers = [turn.answer for turn in turns if turn.answer is not None]
    title = name.strip() or (answers[0].question if answers else "")
    notes = _Notes(articles, texts)
    blocks = [f"# {in_markdown(title)}", f"*{in_markdown(texts('export.markdown_made', date=date))}*"]
    for answer in answers:
        blocks += [f"## {in_markdown(answer.question)}", *_answer(answer, notes, texts)]
    return "\n\n".join([*blocks, *notes.written]) + "\n"


class _Notes:
    """The footnotes so far; a sentence that is cited again has its first one."""

    def __init__(self, articles: Mapping[str, Article], texts: Texts) -> None:
        self._articles, self._texts = articles, texts
        self._numbers: dict[tuple[str, int], int] = {}
        self.written: list[str] = []

    def mark(self, citation: Citation) -> str:
        """Return the mark of a citation's footnote, which is written with its first."""
        key = citation.article_id, citation.sentence_index
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers) + 1
            article = self._articles.get(citation.article_id)
            said = self._texts("chat.sentence", number=citation.sentence_index + 1)
            if article is not None:
                note = footnotes(article, citation.text, citation.place, self._texts)["markdown"]
                said = f"{note.removesuffix('.')} ({said})."
            self.written.append(f"[^{self._numbers[key]}]: {said}")
        return f"[^{self._numbers[key]}]"


def _answer(answer: Answer, notes: _Notes, texts: Texts) -> Iterator[str]:
    if answer.abstained:
        yield f"*{in_markdown(answer.text)}*"
        return
    if answer.kind in ("talk", "articles"):
        yield in_markdown(answer.text)
        return
    if answer.differs:
        yield in_markdown(differs_line(answer))
    if answer.prose:
        yield f"*{in_markdown(texts('chat.llm.written'))}*"
    for part in parts_of(answer):
        if part.kind == "prose":
            yield in_markdown(part.texts[0]) + "".join(map(notes.mark, part.citations))
        elif part.kind == "short":
            yield f"**{in_markdown(part.texts[0])}**"
        elif part.kind in ("quotation", "sides"):
            for place, citation in enumerate(part.citations):
                if part.texts:
                    yield f"**{in_markdown(part.texts[place])}**"
                yield f"> {in_markdown(citation.text)}{notes.mark(citation)}"
        else:
            by_number = {str(one.number): one for one in part.citations}
            pieces = _MARKER.split(part.texts[0])
            yield "".join(
                notes.mark(by_number[piece]) if place % 2 and piece in by_number else in_markdown(piece)
                for place, piece in enumerate(pieces)
            ) + (f" *({in_markdown(texts('chat.unsupported'))})*" if part.kind == "unsupported" else "")
    for line in llm_lines(answer, texts):
        yield f"*{in_markdown(line)}*"
    if answer.withheld:
        count = len(answer.withheld)
        said = texts.count("chat.llm.withheld", count, total=count + len(answer.prose))
        yield f"*{in_markdown(said)}*"
    if answer.unanswered:
        yield in_markdown(" ".join([texts("chat.left_open"), *answer.unanswered]))
