"""SQuAD entries → a question set: the questions' languages, other texts for them, unanswerable twins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from index import Article
from index.article import SAMPLE_CHARACTERS, detect_language
from index.errors import QuestionSetError
from rag.evaluation.formats.json_file import JsonSource, shown
from rag.evaluation.formats.squad import SquadEntry, read_entries, read_question_texts
from rag.evaluation.questions import GoldQuestion, QuestionSet

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
