"""A file or folder of questions → a QuestionSet, whichever of the formats it is in: one module a format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from index import Article, bundled_article
from index.errors import QuestionSetError
from rag.evaluation.formats.beir import read_beir
from rag.evaluation.formats.beleg import read_own
from rag.evaluation.formats.feedback import is_feedback, read_feedback
from rag.evaluation.formats.json_file import JsonSource, read_bytes, read_json
from rag.evaluation.formats.question_file import FORMAT
from rag.evaluation.formats.squad import read_squad
from rag.evaluation.questions import QuestionSet

_NAME = "eval_questions.json"
_SAME_QUESTIONS = "Expected a SQuAD file with the same question ids as FILE, whose questions are asked in place."
_EVALUATION = Path(__file__).parent.parent


def bundled_question_file() -> Path:
    """Return the file of questions about the bundled article: in this package in a wheel, else in the checkout."""
    packaged = _EVALUATION / _NAME
    return packaged if packaged.exists() else _EVALUATION.parent.parent / _NAME


def read_question_set(
    path: Path | None,
    *,
    articles: Sequence[Article] = (),
    at_hand: Sequence[Article] = (),
    twins: bool = False,
    limit: int | None = None,
    questions_from: Path | None = None,
) -> QuestionSet:
    """Read a file or folder of questions.

    Args:
        path: Beleg's own format, a chat's feedback, SQuAD JSON (XQuAD-R) or a BEIR folder, told apart by what is in
            it; None for the bundled set.
        articles: what a file in the own format, or of feedback, is about. The others have their own, and there it is a
            mistake.
        at_hand: what such a file is about where no `articles` are given; neither for the bundled article.
        twins: SQuAD: ask each answerable question a second time, of its article without the paragraph that answers.
        limit: the number of questions, from the first, not counting twins.
        questions_from: SQuAD: a second file, whose questions are asked in place of those with the same id.

    Raises:
        QuestionSetError: the file is missing, malformed or does not fit its articles, by line and field; or its format
            has no twins, no other questions or no articles beside it.
    """
    if limit is not None and limit < 1:
        raise QuestionSetError(f"the limit is {limit} questions. Expected at least 1.", "limit-too-low", limit=limit)
    if path is not None and path.is_dir():
        _refuse_squad_options(path, f"{path} is a folder in BEIR's format", twins, questions_from)
        _refuse_articles(path, f"{path} is a folder in BEIR's format", articles)
        return read_beir(path, limit=limit)
    given = articles or at_hand
    about, advice = (given, "") if given else ([bundled_article()], "give your article with --article FILE")
    if path is not None and is_feedback(content := read_bytes(path)):
        _refuse_squad_options(path, f"{path} is a file of feedback", twins, questions_from)
        return read_feedback(path, content, about, limit=limit, advice=advice)
    source, sha256 = read_json(path or bundled_question_file())
    keys = source.value.keys() if isinstance(source.value, dict) else ()
    if "format" in keys:
        _refuse_squad_options(source.name, f"{source.name} is in Beleg's own format", twins, questions_from)
        return read_own(source, sha256, about, limit=limit, advice=advice)
    if "data" in keys:
        _refuse_articles(source.name, f"{source.name} is a SQuAD file", articles)
        asked_in = _read_same_questions(questions_from) if questions_from else None
        return read_squad(source, sha256, asked_in=asked_in, twins=twins, limit=limit)
    raise source.error(
        (),
        f'has neither "format": "{FORMAT}" nor SQuAD\'s "data". Expected one of them, a BEIR folder or a chat\'s '
        "feedback; see the README for an example.",
        "format-unknown",
        format=FORMAT,
    )


def _refuse_squad_options(file: object, found: str, twins: bool, questions_from: Path | None) -> None:
    if twins or questions_from:
        what = "twins are made" if twins else "other questions are asked in place"
        message = f"{found}. Expected a SQuAD file, the only one of which {what}."
        raise QuestionSetError(message, "no-twins" if twins else "no-other-questions", file=file)


def _refuse_articles(file: object, found: str, articles: Sequence[Article]) -> None:
    if articles:
        message = f"{found}, which has its own articles. Expected none beside it; leave out --article."
        raise QuestionSetError(message, "has-own-articles", file=file)


def _read_same_questions(path: Path) -> JsonSource:
    source, _ = read_json(path, _SAME_QUESTIONS)
    if not isinstance(source.value, dict) or not isinstance(source.value.get("data"), list):
        raise source.error(
            (), f'is no SQuAD file: it has no list "data". {_SAME_QUESTIONS}', "other-questions-no-squad"
        )
    return source
