"""The data that the conversation's templates show: statements in parts, marked quotations, words for the confidence.

The HTML itself is in `templates/`: `conversation.html` is the whole log, `turn.html` a question with its answer,
`answer.html` and `abstention.html` what is said, `citation.html` the evidence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from markupsafe import Markup

from index.article import Article
from rag.answer import Answer, Citation, Statement
from rag.answering.messages import percent
from rag.feedback import MAX_NOTE_CHARACTERS
from ui.templates import render
from ui.texts import Texts
from ui.web.history import kept_attributes
from ui.web.session import Conversation

# From which confidence on an answer is called very likely right, and probably right.
SURE = 0.9
LIKELY = 0.6
# How much of a cited sentence's neighbour the page shows.
MAX_NEIGHBOUR_CHARACTERS = 200
_MARKER = re.compile(r"\[(\d+)\]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#+!|~&])|^(\d+)([.)])|^([-=])")


def conversation_html(
    conversation: Conversation,
    articles: Mapping[str, Article],
    texts: Texts,
    *,
    examples: Sequence[str] = (),
    notice: str = "",
    guest: Article | None = None,
    around: Sequence[tuple[str, int, str, str]] = (),
    rated: bool = False,
) -> Markup:
    """Return the whole conversation as an accessible log.

    Args:
        articles: the articles that citations name, by id.
        examples: questions to offer while nothing was asked.
        notice: a message below all turns, about no question.
        guest: the article that an evaluation's question is about, where the user looks at one.
        around: the neighbours of cited sentences, from `neighbours`.
        rated: whether answers have thumbs.
    """
    return render(
        "web/conversation.html",
        texts,
        turns=[_turn_html(conversation, place, articles, texts, rated) for place in range(len(conversation.turns))],
        latest=conversation.latest,
        examples=examples,
        notice=notice,
        guest=guest,
        missing=conversation.missing(articles),
        around=around,
        kept={}
        if guest
        else kept_attributes(conversation.keeping, conversation.turns, conversation.asked_of, articles),
    )


def _turn_html(
    conversation: Conversation, place: int, articles: Mapping[str, Article], texts: Texts, rated: bool
) -> Markup:
    """Return one turn; as it was drawn before where nothing that it shows has changed."""
    turn = conversation.turns[place]
    if (answer := turn.answer) is None:
        return Markup()
    notes, expected = conversation.notes.get(place), conversation.expected.get(place)
    found = answer.nearest + (expected or ()) + (notes.unused if notes else ())
    ids = [one.article_id for one in answer.citations] + [one.article_id for one in found]
    named = {one: articles.get(one) for one in ids}
    several = len(articles) > 1
    shown = (turn, notes and replace(notes), expected, named, several, texts.language, rated)
    if place not in conversation.drawn or conversation.drawn[place][0] != shown:
        html = render(
            "web/turn.html",
            texts,
            question=turn.question,
            answer=answer,
            notes=notes,
            expected=expected,
            articles=named,
            several=several,
            rated=rated,
            statements=list(statements(answer)),
            quoted=quoted,
            certainty=certainty(answer),
            copies=None if answer.abstained else copies(answer, articles, texts),
            percent=partial(percent, language=texts.language),
            max_note=MAX_NOTE_CHARACTERS,
        )
        conversation.drawn[place] = shown, html
    return conversation.drawn[place][1]


def statements(answer: Answer) -> Iterator[tuple[str, list[str | Citation]]]:
    """Yield the kind and the parts of each statement to show; one that only repeats its quotations is left out.

    The kind is "short" for the short answer, "side" for each of several that differ, "cited", or "unsupported". A part
    is text, or a citation where its marker stands; citations without a marker in the text come last. The short answer
    has no markers: its sentence follows.
    """
    by_number = {str(citation.number): citation for citation in answer.citations}
    sides = len(answer.statements) - len(answer.citations) if answer.differs else 0
    for place, statement in enumerate(answer.statements):
        if place < sides:
            yield "side", [statement.text, *statement.citations]
            continue
        if _only_quotes(statement):
            continue
        if answer.span and statement is answer.statements[0]:
            yield "short", [statement.text]
            continue
        parts: list[str | Citation] = []
        end = 0
        for marker in _MARKER.finditer(statement.text):
            if cited := by_number.get(marker[1]):
                parts += [statement.text[end : marker.start()], cited]
                end = marker.end()
        named = [part.number for part in parts if isinstance(part, Citation)]
        parts += [statement.text[end:], *(one for one in statement.citations if one.number not in named)]
        yield "cited" if statement.citations else "unsupported", [part for part in parts if part]


def _only_quotes(statement: Statement) -> bool:
    rest = _MARKER.sub("", statement.text)
    for citation in statement.citations:
        rest = rest.replace(citation.text, "")
    return bool(statement.citations) and not any(character.isalnum() for character in rest)


def quoted(citation: Citation, answer: Answer) -> tuple[str, str, str]:
    """Return a citation's text before, in and after the short answer; all of it before where it has none."""
    text = citation.text
    # The short answer is in the first citation.
    if answer.span and citation == answer.citations[0]:
        start, end = (offset - citation.start for offset in answer.span)
        if 0 <= start < end <= len(text):
            return text[:start], text[start:end], text[end:]
    return text, "", ""


def certainty(answer: Answer) -> str:
    """Return the name of the text that says how likely an answer is right."""
    if answer.kind == "overview":
        return "chat.overview"
    return "chat.sure" if answer.confidence >= SURE else "chat.likely" if answer.confidence >= LIKELY else "chat.unsure"


def neighbours(
    conversation: Conversation, articles: Mapping[str, Article], sentence: Callable[[str, int], str]
) -> list[tuple[str, int, str, str]]:
    """Return the article's id, the number, the sentence before and the one after, for each cited sentence.

    The page shows them where the cited article is not open. Nothing is returned where there is one article only.

    Args:
        articles: all there are, by id.
        sentence: returns an article's sentence by the article's id and the sentence's number; "" where there is none.
    """
    if len(articles) < 2:
        return []
    answers = [turn.answer for turn in conversation.turns if turn.answer]
    cited = dict.fromkeys((one.article_id, one.sentence_index) for answer in answers for one in answer.citations)
    around = []
    for article_id, number in cited:
        if article_id in articles:
            before, after = sentence(article_id, number - 1), sentence(article_id, number + 1)
            if len(before) > MAX_NEIGHBOUR_CHARACTERS:
                before = "… " + before[-MAX_NEIGHBOUR_CHARACTERS:].partition(" ")[2]
            if len(after) > MAX_NEIGHBOUR_CHARACTERS:
                after = after[:MAX_NEIGHBOUR_CHARACTERS].rpartition(" ")[0] + " …"
            around.append((article_id, number, before, after))
    return around


def copies(answer: Answer, articles: Mapping[str, Article], texts: Texts) -> dict[str, str]:
    """Return an answer for the clipboard as "text", "markdown" and "html"; the article's words as they are.

    Args:
        answer: one that is no abstention.
        articles: those that its citations name, by id.
    """
    said = _said(answer)
    sources = [(citation, _source(citation, articles, texts)) for citation in answer.citations]
    text = [answer.question, *said, *(f"[{one.number}] “{one.text}” ({source})" for one, source in sources)]
    markdown = [
        f"**{_markdown(answer.question)}**",
        *map(_markdown, said),
        *(f"> {_markdown(one.text)} \\[{one.number}\\]\n>\n> — {_markdown(source)}" for one, source in sources),
    ]
    html = render("web/clipboard.html", texts, question=answer.question, said=said, sources=sources)
    return {"text": "\n\n".join(text), "markdown": "\n\n".join(markdown), "html": str(html)}


def _said(answer: Answer) -> list[str]:
    """Return what the answer says beside its quotations: the short answer, prose."""
    quotations = {citation.text for citation in answer.citations}
    said = [answer.text.partition("\n")[0]] if answer.differs else []
    for statement in answer.statements:
        if statement.text not in quotations:
            markers = "".join(f" [{c.number}]" for c in statement.citations if f"[{c.number}]" not in statement.text)
            said.append(statement.text + markers)
    return said


def _source(citation: Citation, articles: Mapping[str, Article], texts: Texts) -> str:
    article = articles.get(citation.article_id)
    place = texts("chat.sentence", number=citation.sentence_index + 1)
    return f"{article.title}, {place}" if article else place


def _markdown(text: str) -> str:
    """Escape what Markdown would read as markup, and put the text on one line."""
    line = " ".join(text.split())
    return _MARKDOWN.sub(lambda m: f"{m[2]}\\{m[3]}" if m[2] else f"\\{m[0]}", line)
