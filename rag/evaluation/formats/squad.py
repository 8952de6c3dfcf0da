"""SQuAD JSON, XQuAD-R's included: entries of paragraphs, answers by offset → articles, questions and gold.

Rajpurkar et al. 2016 and 2018 (arXiv 1606.05250, 1806.03822); Roy et al. 2020 (arXiv 2004.05484).

An article is an entry: its paragraphs, joined by blank lines. Gold evidence is the sentence that the answer is in,
where the data says how it cuts its sentences (XQuAD-R's `sentence_breaks`), else the answer's own span.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index import Article, Span
from index.article import normalise
from index.errors import ArticleError, QuestionSetError, counted
from index.splitting.language import SAMPLE_CHARACTERS, detect_language
from rag.evaluation.formats.json_file import JsonPath, JsonSource, dotted, shown
from rag.evaluation.questions import Evidence, GoldQuestion, QuestionSet

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


# SQuAD entries → a question set: the questions' languages, other texts for them, unanswerable twins.


TWIN = "#without"


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
    texts = None if asked_in is None else read_question_texts(asked_in)
    entries, left = [], limit
    for entry in read_entries(source):
        kept = entry.questions if left is None else entry.questions[:left]
        left = None if left is None else left - len(kept)
        if asked_in is not None and texts is not None:
            kept = tuple((_asked_as(question, texts, source, asked_in), place) for question, place in kept)
        entries.append(replace(entry, questions=kept))
    if not any(entry.questions for entry in entries):
        raise source.error(("data",), "has no question in it. Expected SQuAD's data[].paragraphs[].qas[]; add some.")
    entries = _with_question_languages(entries)
    # An article, or the entry and the number of the paragraph that it lacks.
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


def _asked_as(
    question: GoldQuestion, texts: Mapping[str, str], source: JsonSource, asked_in: JsonSource
) -> GoldQuestion:
    if question.id not in texts:
        raise QuestionSetError(
            f"{asked_in.name} has no question with the id {shown(question.id)}. Expected those of {source.name}; "
            "give the same questions in another language."
        )
    return replace(question, text=texts[question.id])


def _with_question_languages(entries: Sequence[SquadEntry]) -> list[SquadEntry]:
    """Detect the questions' language: one for all articles of a language, as a single question is too short to tell."""
    samples: dict[str, str] = {}
    for entry in entries:
        sample = samples.setdefault(entry.article.language, "")
        if len(sample) < SAMPLE_CHARACTERS:
            more = "\n".join(question.text for question, _ in entry.questions)
            samples[entry.article.language] = f"{sample}\n{more}"
    languages = {language: detect_language(sample) for language, sample in samples.items()}
    return [
        replace(
            entry,
            questions=tuple(
                (replace(question, language=languages[entry.article.language]), place)
                for question, place in entry.questions
            ),
        )
        for entry in entries
    ]


def _twins(entry: SquadEntry) -> Iterator[tuple[GoldQuestion, int]]:
    """Yield the unanswerable twins of an entry's questions, each with the number of the paragraph to take out."""
    ids: dict[int, str] = {}
    for question, paragraph in entry.questions:
        if not question.answerable:
            continue
        if paragraph not in ids:
            shorter = entry.without(paragraph)
            ids[paragraph] = shorter.id if shorter is not None else ""
        if ids[paragraph]:
            yield (
                replace(
                    question,
                    id=question.id + TWIN,
                    category="unanswerable",
                    article_id=ids[paragraph],
                    answerable=False,
                    answers=(),
                    evidence=(),
                    pair=question.id,
                ),
                paragraph,
            )
