"""SQuAD JSON, XQuAD-R's included → a question set, with unanswerable twins and questions of another language.

Rajpurkar et al. 2016 and 2018 (arXiv 1606.05250, 1806.03822); Roy et al. 2020 (arXiv 2004.05484).

An article is an entry of `data`: its paragraphs, joined by blank lines. Gold evidence is the sentence that the answer
is in, where the data has its sentences (XQuAD-R's `sentence_breaks`), else the answer's own span.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel

from index import Article, Span
from index.article import SAMPLE_CHARACTERS, detect_language, normalise
from index.errors import ArticleError, QuestionSetError, counted
from rag.evaluation.formats.json_file import Identifier, JsonPath, JsonSource, dotted, shown
from rag.evaluation.questions import Evidence, GoldQuestion, QuestionSet

BETWEEN_PARAGRAPHS = "\n\n"
TWIN = "#without"


class _Answer(BaseModel):
    text: str
    answer_start: int


class _Question(BaseModel):
    id: Identifier
    question: str
    answers: list[_Answer] | None = None
    is_impossible: bool | None = None


class _AskedParagraph(BaseModel):
    qas: list[_Question] | None = None


class _Paragraph(_AskedParagraph):
    context: str
    sentence_breaks: list[list[int]] | None = None


class _AskedEntry(BaseModel):
    paragraphs: list[_AskedParagraph]


class _Entry(BaseModel):
    title: str | None = None
    paragraphs: list[_Paragraph]


class _QuestionsOnly(BaseModel):
    """A SQuAD file of which only the questions are read."""

    data: list[_AskedEntry]


class _Squad(BaseModel):
    data: list[_Entry]


@dataclass(frozen=True, slots=True)
class SquadEntry:
    """An article with its questions, whose languages are not known yet.

    Attributes:
        paragraphs: normalised; joined by blank lines they are the article's text.
        questions: each with the number of the paragraph that it was asked about.
    """

    article: Article
    paragraphs: tuple[str, ...]
    questions: tuple[tuple[GoldQuestion, int], ...]

    def without(self, paragraph: int) -> Article | None:
        """Return the article without any paragraph of that text; None where nothing would be left."""
        kept = [text for text in self.paragraphs if text != self.paragraphs[paragraph]]
        if not any(c.isalnum() for text in kept for c in text):
            return None
        return Article.read(BETWEEN_PARAGRAPHS.join(kept), title=self.article.title, language=self.article.language)


def read_squad(
    source: JsonSource,
    sha256: str,
    *,
    asked_in: JsonSource | None = None,
    twins: bool = False,
    limit: int | None = None,
) -> QuestionSet:
    """Return the question set of a SQuAD file.

    Args:
        asked_in: another SQuAD file; its questions, found by id, are asked in place of the file's.
        twins: whether each answerable question is asked a second time, of its article without the paragraph that it was
            asked about. Where an article has no other paragraph there is no twin.
        limit: the number of questions, from the first, not counting twins.

    Raises:
        QuestionSetError: as `read_entries`; a question is not in `asked_in`; there is none; no twin can be made.
    """
    entries, left = [], limit
    for entry in read_entries(source):
        kept = entry.questions if left is None else entry.questions[:left]
        left = None if left is None else left - len(kept)
        entries.append(replace(entry, questions=kept))
    if not any(entry.questions for entry in entries):
        message = "has no question in it. Expected SQuAD's data[].paragraphs[].qas[]; add some."
        raise source.error(("data",), message, "squad-without-questions")
    if asked_in is not None:
        entries = _asked_as(entries, source, asked_in)
    entries = _with_question_languages(entries)
    # Each article by its id: the entry, and the number of the paragraph to leave out, None for none.
    made: dict[str, tuple[SquadEntry, int | None]] = {}
    asked: dict[str, list[GoldQuestion]] = {}
    for entry in entries:
        made.setdefault(entry.article.id, (entry, None))
        asked.setdefault(entry.article.id, []).extend(question for question, _ in entry.questions)
        for twin, paragraph in _twins(entry) if twins else ():
            made.setdefault(twin.article_id, (entry, paragraph))
            asked.setdefault(twin.article_id, []).append(twin)
    if twins and not any(question.pair for questions in asked.values() for question in questions):
        raise source.error(
            ("data",),
            "has no answerable question in an article of several paragraphs. Expected one, to take out the paragraph "
            "that answers it; evaluate without twins.",
            "squad-without-twins",
        )

    def article(article_id: str) -> Article:
        entry, paragraph = made[article_id]
        found = entry.article if paragraph is None else entry.without(paragraph)
        if found is None:
            raise KeyError(article_id)
        return found

    return QuestionSet(
        name=Path(source.name).name,
        sha256=sha256,
        grain="sentences",
        article_ids=tuple(made),
        article=article,
        questions=[question for article_id in made for question in asked[article_id]],
    )


def read_entries(source: JsonSource) -> Iterator[SquadEntry]:
    """Yield the entries of a SQuAD file in order.

    Raises:
        QuestionSetError: a field is missing or of the wrong kind, an id stands twice, an answer is not at its offset,
            or a question has neither answers nor `is_impossible`, or both.
    """
    seen: dict[str, JsonPath] = {}
    for number, entry in enumerate(source.checked(_Squad).data):
        path = ("data", number, "paragraphs")
        paragraphs = tuple(normalise(paragraph.context) for paragraph in entry.paragraphs)
        try:
            article = Article.read(BETWEEN_PARAGRAPHS.join(paragraphs), title=normalise(entry.title or ""))
        except ArticleError as error:
            raise source.error(path, str(error), "squad-article") from None
        questions: list[tuple[GoldQuestion, int]] = []
        before = 0
        for place, (paragraph, clean) in enumerate(zip(entry.paragraphs, paragraphs, strict=True)):
            raw, sentences = paragraph.context, _sentences(source, (*path, place), paragraph)
            for asked, item in enumerate(paragraph.qas or ()):
                where = (*path, place, "qas", asked)
                found = _answers(source, where, item, raw)
                spans = [in_normalised(raw, clean, span) for span in found]
                gold = [in_normalised(raw, clean, _sentence_of(span, sentences)) for span in found]
                question = GoldQuestion(
                    id=_unique_id(source, where, item, seen),
                    text=_question_text(source, where, item),
                    language="",
                    category="answerable" if spans else "unanswerable",
                    article_id=article.id,
                    answerable=bool(spans),
                    answers=tuple(dict.fromkeys(clean[span.start : span.end].strip() for span in spans)),
                    evidence=tuple(
                        Evidence(article.id, before + span.start, before + span.end) for span in dict.fromkeys(gold)
                    ),
                )
                questions.append((question, place))
            before += len(clean) + len(BETWEEN_PARAGRAPHS)
        yield SquadEntry(article, paragraphs, tuple(questions))


def _asked_as(entries: Sequence[SquadEntry], source: JsonSource, asked_in: JsonSource) -> list[SquadEntry]:
    """Put the questions of another file, found by id, in place of the entries' own; the rest of it is not looked at."""
    texts: dict[str, str] = {}
    seen: dict[str, JsonPath] = {}
    for number, entry in enumerate(asked_in.checked(_QuestionsOnly).data):
        for place, paragraph in enumerate(entry.paragraphs):
            for asked, item in enumerate(paragraph.qas or ()):
                where = ("data", number, "paragraphs", place, "qas", asked)
                texts[_unique_id(asked_in, where, item, seen)] = _question_text(asked_in, where, item)
    if missing := [question.id for entry in entries for question, _ in entry.questions if question.id not in texts]:
        raise QuestionSetError(
            f"{asked_in.name} has no question with the id {shown(missing[0])}. Expected those of {source.name}; "
            "give the same questions in another language.",
            "squad-other-questions",
            file=asked_in.name,
            id=shown(missing[0]),
            other=source.name,
        )
    return [
        replace(entry, questions=tuple((replace(q, text=texts[q.id]), paragraph) for q, paragraph in entry.questions))
        for entry in entries
    ]


def _with_question_languages(entries: Sequence[SquadEntry]) -> list[SquadEntry]:
    """Detect the questions' language: one for all articles of a language, as a single question is too short to tell."""
    samples: dict[str, str] = {}
    for entry in entries:
        sample = samples.setdefault(entry.article.language, "")
        if len(sample) < SAMPLE_CHARACTERS:
            more = "\n".join(question.text for question, _ in entry.questions)
            samples[entry.article.language] = f"{sample}\n{more}"
    found = {language: detect_language(sample) for language, sample in samples.items()}
    worded = [
        (entry, ((replace(q, language=found[entry.article.language]), place) for q, place in entry.questions))
        for entry in entries
    ]
    return [replace(entry, questions=tuple(questions)) for entry, questions in worded]


def _twins(entry: SquadEntry) -> Iterator[tuple[GoldQuestion, int]]:
    """Yield the unanswerable twins of an entry's questions, each with the number of the paragraph to leave out."""
    ids: dict[int, str] = {}
    for question, paragraph in entry.questions:
        if question.answerable and paragraph not in ids:
            shorter = entry.without(paragraph)
            ids[paragraph] = shorter.id if shorter is not None else ""
        if question.answerable and ids[paragraph]:
            twin = replace(question, id=question.id + TWIN, article_id=ids[paragraph], pair=question.id)
            yield replace(twin, category="unanswerable", answerable=False, answers=(), evidence=()), paragraph


def _question_text(source: JsonSource, path: JsonPath, item: _Question) -> str:
    if not any(c.isalnum() for c in item.question):
        message = f"is {shown(item.question)}. Expected a question with words in it; add them."
        raise source.error((*path, "question"), message, "question-without-words", found=shown(item.question))
    return normalise(item.question)


def _unique_id(source: JsonSource, path: JsonPath, item: _Question, seen: dict[str, JsonPath]) -> str:
    if item.id in seen:
        other = dotted(seen[item.id])
        message = f"{shown(item.id)} is the id of {other} already. Expected unique ids; change one."
        raise source.error((*path, "id"), message, "id-twice", id=shown(item.id), other=other)
    seen[item.id] = path
    return item.id


def _sentences(source: JsonSource, path: JsonPath, paragraph: _Paragraph) -> list[Span]:
    """The sentences of a paragraph, as far as the data has them."""
    spans = []
    for number, ends in enumerate(paragraph.sentence_breaks or ()):
        if len(ends) < 2 or not 0 <= ends[0] < ends[1] <= len(paragraph.context):
            raise source.error(
                (*path, "sentence_breaks", number),
                f"is {shown(ends)}. Expected [start, end) within the {len(paragraph.context)} characters.",
                "sentence-break",
                found=shown(ends),
                characters=len(paragraph.context),
            )
        spans.append(Span(ends[0], ends[1]))
    return spans


def _sentence_of(answer: Span, sentences: list[Span]) -> Span:
    """The sentences that an answer is in, as one span; the answer where they are not known."""
    held = [s for s in sentences if s.start < answer.end and s.end > answer.start]
    return Span(min(s.start for s in [*held, answer]), max(s.end for s in [*held, answer]))


def _answers(source: JsonSource, path: JsonPath, item: _Question, raw: str) -> tuple[Span, ...]:
    """Where the answers stand in the paragraph as it is in the file; nowhere where the question is impossible."""
    answers = item.answers or []
    if item.is_impossible and answers:
        message = f"is true beside {counted(len(answers), 'answer')}. Expected one or the other."
        raise source.error((*path, "is_impossible"), message, "impossible-with-answers")
    if not item.is_impossible and not answers:
        message = 'is empty. Expected an answer, or "is_impossible": true beside it.'
        raise source.error((*path, "answers"), message, "neither-answers-nor-impossible")
    spans = []
    for number, answer in enumerate(answers):
        where, start, text = (*path, "answers", number), answer.answer_start, shown(answer.text)
        if not answer.text.strip():
            raise source.error((*where, "text"), f"is {text}. Expected the context's words.", "answer-empty")
        end = start + len(answer.text)
        if start < 0 or raw[start:end] != answer.text:
            at = raw.find(answer.text)
            hint = f"the first time it is at {at}" if at >= 0 else "it is nowhere in it"
            has = shown(raw[max(start, 0) : end])
            raise source.error(
                (*where, "answer_start"),
                f"is {start}, where the context has {has}. Expected the offset, in characters, of {text}; {hint}.",
                "answer-elsewhere" if at >= 0 else "answer-nowhere",
                start=start,
                has=has,
                text=text,
                at=at,
            )
        spans.append(Span(start, end))
    return tuple(dict.fromkeys(spans))


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
    # The second test implies the first, which is much faster where a letter has many accents.
    return not unicodedata.combining(raw[at]) and normalise(raw[:at]) + normalise(raw[at:]) == clean
