"""SQuAD JSON, XQuAD-R's included: entries of paragraphs, answers by offset → articles, questions and gold.

Rajpurkar et al. 2016 and 2018 (arXiv 1606.05250, 1806.03822); Roy et al. 2020 (arXiv 2004.05484).

An article is an entry: its paragraphs, joined by blank lines. Gold evidence is the sentence that the answer is in,
where the data says how it cuts its sentences (XQuAD-R's `sentence_breaks`), else the answer's own span.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from index import Article, Span
from index.article import normalise
from index.errors import ArticleError, counted
from rag.evaluation.formats.json_file import JsonPath, JsonSource, dotted, shown
from rag.evaluation.questions import Evidence, GoldQuestion

BETWEEN_PARAGRAPHS = "\n\n"


@dataclass(frozen=True, slots=True)
class SquadEntry:
    """An article with its questions, as yet without their languages.

    Attributes:
        paragraphs: normalised; joined by blank lines they are the article's text.
        questions: each with the number of the paragraph that it was asked about.
    """

    article: Article
    paragraphs: tuple[str, ...]
    questions: tuple[tuple[GoldQuestion, int], ...]

    def without(self, paragraph: int) -> Article | None:
        """Return the article without a paragraph, wherever that stands in it; None where nothing would be left."""
        kept = [text for text in self.paragraphs if text != self.paragraphs[paragraph]]
        if not any(c.isalnum() for text in kept for c in text):
            return None
        return Article.read(BETWEEN_PARAGRAPHS.join(kept), title=self.article.title, language=self.article.language)


def read_entries(source: JsonSource) -> Iterator[SquadEntry]:
    """Yield the entries of a SQuAD file in order.

    Raises:
        QuestionSetError: a field is missing or of the wrong kind, an id stands twice, an answer is not at its offset,
            or a question has neither answers nor `is_impossible`, or both.
    """
    seen: dict[str, JsonPath] = {}
    for number in range(len(source.get(list, "data"))):
        path = ("data", number, "paragraphs")
        raw = [source.get(str, *path, place, "context") for place in range(len(source.get(list, *path)))]
        paragraphs = tuple(normalise(text) for text in raw)
        try:
            title = normalise(source.get(str, "data", number, "title", default=""))
            article = Article.read(BETWEEN_PARAGRAPHS.join(paragraphs), title=title)
        except ArticleError as error:
            raise source.error(path, str(error)) from None
        questions: list[tuple[GoldQuestion, int]] = []
        before = 0
        for place, text in enumerate(raw):
            breaks = _sentence_breaks(source, (*path, place), text)
            for asked in range(len(source.get(list, *path, place, "qas", default=[]))):
                where = (*path, place, "qas", asked)
                found = _answers(source, where, text)
                spans = [in_normalised(text, paragraphs[place], span) for span in found]
                gold = [in_normalised(text, paragraphs[place], _sentence_of(span, breaks)) for span in found]
                question = GoldQuestion(
                    id=_unique_id(source, where, seen),
                    text=question_text(source, where),
                    language="",
                    category="answerable" if spans else "unanswerable",
                    article_id=article.id,
                    answerable=bool(spans),
                    answers=tuple(dict.fromkeys(paragraphs[place][span.start : span.end].strip() for span in spans)),
                    evidence=tuple(
                        Evidence(article.id, before + span.start, before + span.end) for span in dict.fromkeys(gold)
                    ),
                )
                questions.append((question, place))
            before += len(paragraphs[place]) + len(BETWEEN_PARAGRAPHS)
        yield SquadEntry(article, paragraphs, tuple(questions))


def read_question_texts(source: JsonSource) -> dict[str, str]:
    """Return the questions of a SQuAD file by id; its contexts and answers are not looked at.

    Raises:
        QuestionSetError: a field is missing or of the wrong kind, or an id stands twice.
    """
    texts: dict[str, str] = {}
    seen: dict[str, JsonPath] = {}
    for number in range(len(source.get(list, "data"))):
        for place in range(len(source.get(list, "data", number, "paragraphs"))):
            path = ("data", number, "paragraphs", place, "qas")
            for asked in range(len(source.get(list, *path, default=[]))):
                texts[_unique_id(source, (*path, asked), seen)] = question_text(source, (*path, asked))
    return texts


def question_text(source: JsonSource, path: JsonPath) -> str:
    """Return the question at a path.

    Raises:
        QuestionSetError: it is missing, no text, or has no words.
    """
    text = source.get(str, *path, "question")
    if not any(c.isalnum() for c in text):
        raise source.error((*path, "question"), f"is {shown(text)}. Expected a question with words in it; add them.")
    return normalise(text)


def _unique_id(source: JsonSource, path: JsonPath, seen: dict[str, JsonPath]) -> str:
    # GermanQuAD numbers its questions; everyone else names them.
    item = source.get(dict, *path)
    name = str(source.get(int, *path, "id")) if isinstance(item.get("id"), int) else source.get(str, *path, "id")
    if name in seen:
        raise source.error(
            (*path, "id"), f"{shown(name)} is the id of {dotted(seen[name])} already. Expected unique ids; change one."
        )
    seen[name] = path
    return name


def _sentence_breaks(source: JsonSource, path: JsonPath, raw: str) -> list[Span]:
    """The sentences of a paragraph, as far as the data tells them."""
    spans = []
    for number in range(len(source.get(list, *path, "sentence_breaks", default=[]))):
        where = (*path, "sentence_breaks", number)
        start, end = source.get(int, *where, 0), source.get(int, *where, 1)
        if not 0 <= start < end <= len(raw):
            raise source.error(where, f"is [{start}, {end}]. Expected [start, end) within the {len(raw)} characters.")
        spans.append(Span(start, end))
    return spans


def _sentence_of(answer: Span, sentences: list[Span]) -> Span:
    """The sentences that an answer is in, as one span; the answer where they are not told."""
    held = [s for s in sentences if s.start < answer.end and s.end > answer.start]
    return Span(min(s.start for s in [*held, answer]), max(s.end for s in [*held, answer]))


def _answers(source: JsonSource, path: JsonPath, raw: str) -> tuple[Span, ...]:
    """Where the answers stand in the paragraph as it is in the file; nowhere where the question is impossible."""
    count = len(source.get(list, *path, "answers", default=[]))
    impossible = source.get(bool, *path, "is_impossible", default=False)
    if impossible and count:
        raise source.error(
            (*path, "is_impossible"),
            f"is true beside {counted(count, 'answer')}. Expected one or the other.",
        )
    if not impossible and not count:
        raise source.error((*path, "answers"), 'is empty. Expected an answer, or "is_impossible": true beside it.')
    spans = []
    for number in range(count):
        where = (*path, "answers", number)
        text, start = source.get(str, *where, "text"), source.get(int, *where, "answer_start")
        if not text.strip():
            raise source.error((*where, "text"), f"is {shown(text)}. Expected the context's words.")
        end = start + len(text)
        if start < 0 or raw[start:end] != text:
            at = raw.find(text)
            hint = f"the first time it is at {at}" if at >= 0 else "it is nowhere in it"
            raise source.error(
                (*where, "answer_start"),
                f"is {start}, where the context has {shown(raw[max(start, 0) : end])}. Expected the offset, in "
                f"characters, of {shown(text)}; {hint}.",
            )
        spans.append(Span(start, end))
    return tuple(dict.fromkeys(spans))


# Offsets into a text as a data file has it → offsets into it as an article keeps it.


def in_normalised(raw: str, clean: str, span: Span) -> Span:
    r"""Return where a part of a text stands after `index.article.normalise`.

    Where the part begins or ends within what becomes one character (a letter and its accent, "\r\n"), the whole of it
    belongs to the part.

    Args:
        raw: the text that `span` is of.
        clean: `normalise(raw)`.
    """
    if raw == clean:
        return span
    start, end = span.start, span.end
    while start > 0 and not _may_cut(raw, clean, start):
        start -= 1
    while end < len(raw) and not _may_cut(raw, clean, end):
        end += 1
    return Span(len(normalise(raw[:start])), len(normalise(raw[:end])))


def _may_cut(raw: str, clean: str, at: int) -> bool:
    # The first test is implied by the second, and spares it a thousand times in a thousand accents on one letter.
    return not unicodedata.combining(raw[at]) and normalise(raw[:at]) + normalise(raw[at:]) == clean
