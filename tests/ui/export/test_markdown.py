"""A conversation as Markdown: quotations verbatim, their sources as footnotes."""

from __future__ import annotations

import re
from dataclasses import replace

from rag import Assistant, Statement, Turn
from tests.exported import QUESTIONS
from ui.export.markdown import conversation_markdown
from ui.texts import TEXTS


def test_a_conversation_becomes_markdown_with_footnotes(assistant: Assistant) -> None:
    turns: list[Turn] = []
    for question in (*QUESTIONS, QUESTIONS[0], "Danke!"):
        turns.append(Turn(question, assistant.ask(question, turns)))
    articles = {one.id: one for one in assistant.articles}
    text = conversation_markdown(turns, articles, TEXTS["de"], name="Gipfel *", date="2026-05-12 14:03")
    assert text.startswith("# Gipfel \\*\n")
    answer = turns[0].answer
    assert answer is not None
    quote = " ".join(answer.citations[0].text.split())
    assert text.count(f"> {quote}[^1]") >= 2, "the same sentence has the same footnote"
    marks, notes = set(re.findall(r"\[\^(\d+)\](?!:)", text)), re.findall(r"^\[\^(\d+)\]: ", text, re.M)
    assert marks == set(notes) and len(notes) == len(marks), "every mark has its note, once"
    assert re.search(r"^\[\^1\]: \*.+\* \(Satz 11\)\.$", text, re.M)
    # What was asked is text, and what is not answered says so.
    assert "\\<img src=x" in text and "<img" not in text.replace("\\<img", "")
    abstained = turns[2].answer
    assert abstained is not None and abstained.abstained and abstained.text.split()[0] in text


def test_prose_has_its_footnotes_and_says_who_wrote_it(assistant: Assistant) -> None:
    quoted = assistant.ask(QUESTIONS[0])
    prose = Statement("Sie trafen sich zuletzt im Mai.", quoted.citations[:1], 0.97, kind="prose")
    answer = replace(quoted, statements=(prose, *quoted.statements))
    articles = {one.id: one for one in assistant.articles}
    text = conversation_markdown([Turn(QUESTIONS[0], answer)], articles, TEXTS["de"], name="", date="")
    assert "Sie trafen sich zuletzt im Mai.[^1]" in text and TEXTS["de"]("chat.llm.written") in text
