"""What a question set's gold evidence says, read from its articles."""

from __future__ import annotations

from rag.evaluation.questions import QuestionSet


def quotes(questions: QuestionSet) -> list[list[str]]:
    return [
        [questions.article(piece.article_id).text[piece.start : piece.end] for piece in question.evidence]
        for question in questions.questions
    ]
