"""Files of questions → a QuestionSet, whichever of the formats they are in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from index import Article, bundled_article
from index.errors import QuestionSetError
from rag.evaluation.formats.beir import read_beir
from rag.evaluation.formats.beleg import FORMAT, read_own
from rag.evaluation.formats.feedback import is_feedback, read_feedback
from rag.evaluation.formats.json_file import JsonSource, read_bytes, read_json
from rag.evaluation.formats.squad import read_squad
from rag.evaluation.questions import QuestionSet

_NAME = "eval_questions.json"
_SAME_QUESTIONS = "Expected a SQuAD file with the same question ids as FILE, whose questions are asked in place."
_HERE = Path(__file__).parent.parent


def bundled_question_file() -> Path:
    """Return the file of questions about the bundled article: beside this module in a wheel, else in the checkout."""
    packaged = _HERE / _NAME
    return packaged if packaged.exists() else _HERE.parent.parent / _NAME


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
        QuestionSetError: the file is missing, malformed or does not fit its articles, by line and field; or what was
            asked for is not to be had of its format.
        ExtraError: the libraries of the extra `eval` are not installed.
    """
    if limit is not None and limit < 1:
        raise QuestionSetError(f"the limit is {limit} questions. Expected at least 1.")
    if path is not None and path.is_dir():
        _refuse(f"{path} is a folder in BEIR's format", twins, questions_from)
        _refuse_articles(f"{path} is a folder in BEIR's format", articles)
        return read_beir(path, limit=limit)
    advice = "give your article with --article FILE"
    if path is not None and is_feedback(content := read_bytes(path)):
        _refuse(f"{path} is a file of feedback", twins, questions_from)
        given = articles or at_hand
        return read_feedback(path, content, given or [bundled_article()], limit=limit, advice="" if given else advice)
    source, sha256 = read_json(path or bundled_question_file())
    value = source.value
    if isinstance(value, dict) and "data" in value and "format" not in value:
        _refuse_articles(f"{source.name} is a SQuAD file", articles)
        asked_in = _read_same_questions(questions_from) if questions_from else None
        return read_squad(source, sha256, asked_in=asked_in, twins=twins, limit=limit)
    if isinstance(value, dict) and "format" in value:
        _refuse(f"{source.name} is in Beleg's own format", twins, questions_from)
        if given := articles or at_hand:
            return read_own(source, sha256, given, limit=limit)
        return read_own(source, sha256, [bundled_article()], limit=limit, advice=advice)
    raise source.error(
        (),
        f'has neither "format": "{FORMAT}" nor SQuAD\'s "data". Expected one of them, a BEIR folder or a chat\'s '
        "feedback; see the README for an example.",
    )


def _refuse(found: str, twins: bool, questions_from: Path | None) -> None:
    for given, what in ((twins, "twins are made"), (questions_from, "other questions are asked in place")):
        if given:
            raise QuestionSetError(f"{found}. Expected a SQuAD file, the only one of which {what}.")


def _refuse_articles(found: str, articles: Sequence[Article]) -> None:
    if articles:
        raise QuestionSetError(f"{found}, which has its own articles. Expected none beside it; leave out --article.")


def _read_same_questions(path: Path) -> JsonSource:
    source, _ = read_json(path, _SAME_QUESTIONS)
    if not isinstance(source.value, dict) or not isinstance(source.value.get("data"), list):
        raise source.error((), f'is no SQuAD file: it has no list "data". {_SAME_QUESTIONS}')
    return source
