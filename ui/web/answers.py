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
from index.view import read_text, within_bars
from rag.answer import Answer, Citation
from rag.answering.messages import percent, shown_date
from rag.feedback import MAX_NOTE_CHARACTERS
from ui.footnote import footnotes, in_markdown, link
from ui.parts import Part, differs_line, is_quoted, llm_lines, parts_of, place_of
from ui.places import headings_label, place_label, source_label
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
    pending: Mapping[str, str] | None = None,
    llm_host: str = "",
) -> Markup:
    """Return the whole conversation as an accessible log.

    Args:
        articles: the articles that citations name, by id.
        examples: questions to offer while nothing was asked.
        notice: a message below all turns, about no question.
        guest: the article that an evaluation's question is about, where the user looks at one.
        around: the neighbours of cited sentences, from `neighbours`.
        rated: whether answers have thumbs.
        pending: of the question being answered, from `pending_attributes`.
        llm_host: the other machine that questions and passages go to; "" where there is none.
    """
    kept = kept_attributes(
        conversation.keeping, conversation.turns, conversation.asked_of, conversation.alone, articles
    )
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
        several=len(articles) > 1,
        kept={} if guest else {**kept, **(pending or {})},
        replays=conversation.keeping.replays,
        llm_host=llm_host,
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
    follows = place > conversation.begins_at(place)
    shown = (turn, notes and replace(notes), expected, named, several, texts.language, rated, follows)
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
            # Small talk is no answer that could be right or wrong.
            rated=rated and is_quoted(answer),
            parts=() if answer.abstained else list(parts(answer)),
            shorts=_shorts(answer),
            quoted=quoted,
            place_label=place_label,
            headings_label=headings_label,
            footnotes=footnotes,
            link=link,
            differs=differs_line(answer) if answer.differs else "",
            is_reread=" ".join(answer.read_as.split()) != " ".join(answer.question.split()),
            # A question that nothing comes before would be read alike again.
            follows=follows,
            certainty=certainty(answer),
            copies=copies(answer, articles, texts) if answer.citations else None,
            percent=partial(percent, language=texts.language),
            max_note=MAX_NOTE_CHARACTERS,
            llm_lines=llm_lines(answer, texts),
        )
        conversation.drawn[place] = shown, html
    return conversation.drawn[place][1]


def parts(answer: Answer) -> Iterator[tuple[Part, list[str | Citation]]]:
    """Yield the parts of an answer, each with its prose in pieces: text, or a citation where its marker stands.

    Citations without a marker in the text come last. Only prose has pieces.
    """
    by_number = {str(citation.number): citation for citation in answer.citations}
    for part in parts_of(answer):
        pieces: list[str | Citation] = []
        if part.kind in ("prose", "cited", "unsupported"):
            text, end = part.texts[0], 0
            for marker in _MARKER.finditer(text):
                if cited := by_number.get(marker[1]):
                    pieces += [text[end : marker.start()], cited]
                    end = marker.end()
            named = [piece.number for piece in pieces if isinstance(piece, Citation)]
            pieces += [text[end:], *(one for one in part.citations if one.number not in named)]
        yield part, [piece for piece in pieces if piece]


def _shorts(answer: Answer) -> dict[int, str]:
    """Return the short answer to mark in a citation, by the citation's number: the first, where it has several."""
    found: dict[int, str] = {}
    if not answer.abstained:
        for part in parts_of(answer):
            if part.kind == "short":
                found.setdefault(part.citations[0].number, part.texts[0])
    return found


def quoted(citation: Citation, short: str, answer: Answer) -> tuple[str, str, str]:
    """Return a citation's text before, in and after a short answer; all of it before where there is none.

    The bars around a row of Markdown's are left out.
    """
    place = place_of(short, citation, answer) if short else None
    first, last = within_bars(citation.text)
    start, end = place or (last, last)
    return citation.text[first:start], citation.text[start:end], citation.text[end:last]


def certainty(answer: Answer) -> str:
    """Return the name of the text that says how likely an answer is right."""
    if answer.kind == "overview":
        return "chat.overview"
    if answer.differs:
        return "chat.differs"
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
    left = " ".join([texts("chat.left_open"), *answer.unanswered]) if answer.unanswered else ""
    sources = [(citation, _source(citation, articles, texts)) for citation in answer.citations]
    text = [answer.question, *said, *(f"[{one.number}] “{one.text}” ({source})" for one, source in sources)]
    markdown = [
        f"**{in_markdown(answer.question)}**",
        *map(in_markdown, said),
        *(f"> {in_markdown(one.text)} \\[{one.number}\\]\n>\n> — {in_markdown(source)}" for one, source in sources),
    ]
    html = render("web/clipboard.html", texts, question=answer.question, said=said, sources=sources, left=left)
    if left:
        text.append(left)
        markdown.append(in_markdown(left))
    return {"text": "\n\n".join(text), "markdown": "\n\n".join(markdown), "html": str(html)}


def _said(answer: Answer) -> list[str]:
    """Return what the answer says beside its quotations: the short answer, prose."""
    quotations = {text for citation in answer.citations for text in (citation.text, read_text(citation.text))}
    said = [differs_line(answer)] if answer.differs else []
    for statement in answer.statements:
        if statement.text not in quotations:
            markers = "".join(f" [{c.number}]" for c in statement.citations if f"[{c.number}]" not in statement.text)
            said.append(statement.text + markers)
    return [*said, *(part.texts[0] for part in parts_of(answer) if part.kind == "aside")]


def _source(citation: Citation, articles: Mapping[str, Article], texts: Texts) -> str:
    article = articles.get(citation.article_id)
    source = source_label(article.title if article else "", citation.sentence_index + 1, citation.place, texts)
    about = (article.author, shown_date(article.date, texts.locale), article.url) if article else ()
    return ", ".join(filter(None, (source, *about)))
