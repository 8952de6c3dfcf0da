"""Which language a question is in, as far as its small words tell."""

from __future__ import annotations

import pytest

from index.search.lexical import words
from rag.conversation.language import is_foreign, question_language, script_of


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Wer traf Kishida?", "de"),
        ("Who met Kishida?", "en"),
        ("¿Quién estaba con Kishida?", "es"),
        ("Qui a rencontré Kishida ?", "fr"),
        ("Chi ha incontrato Kishida?", "it"),
        ("Was Kishida in Washington?", "en"),
        ("Kishida?", ""),
    ],
)
def test_a_questions_language(question: str, language: str) -> None:
    assert question_language(words(question)) == language


@pytest.mark.parametrize(
    ("question", "language", "script", "foreign"),
    [
        ("Wann trafen sie sich?", "de", "LATIN", False),
        ("When did they meet?", "de", "LATIN", True),
        ("他们什么时候见面？", "de", "LATIN", True),
        ("Resolution 1718", "de", "LATIN", False),
        ("O que disse o presidente sobre a guerra?", "pt", "LATIN", False),
        ("Wat is de hoofdstad van Nederland?", "nl", "LATIN", False),
        ("Когда они встретились?", "ru", "CYRILLIC", False),
        ("When did they meet?", "ru", "CYRILLIC", True),
    ],
)
def test_a_question_in_another_language_than_the_article(
    question: str, language: str, script: str, foreign: bool
) -> None:
    assert is_foreign(question, language, script) is foreign


def test_scripts_are_told_apart() -> None:
    assert [script_of(text) for text in ("Größe", "Δοκιμή", "测试", "ทดสอบ", "123")] == [
        "LATIN",
        "GREEK",
        "CJK",
        "THAI",
        "",
    ]
