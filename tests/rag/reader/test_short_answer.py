"""Which characters are a short answer's."""

from __future__ import annotations

import pytest

from rag.reader.evidence import trimmed


@pytest.mark.parametrize(
    ("text", "part", "left"),
    [
        ("Es war im Mai in Seoul.", " im Mai in Seoul.", "im Mai in Seoul"),
        ("Er sagte: „Nein“, und ging.", " „Nein“,", "„Nein“"),
        ("Er sagte: „Nein und ging“.", " „Nein", "Nein"),
        ("Er sagte: „Nein und ging“.", "ging“.", "ging"),
        ("Der Turm (330 m) steht.", "(330 m) ", "(330 m)"),
        ("Der Turm (330 m) steht.", "(330 m", "330 m"),
        ("Der Turm (330 m) steht.", "330 m) ", "330 m"),
        ("Im Büro (Berlin) saß er.", "Büro (Berlin) ", "Büro (Berlin)"),
        ("他在「东京」。", "「东京」。", "「东京」"),
        ("他在东京。", "东京。", "东京"),
        ("Sie kostet 80 %, mehr nicht.", " 80 %,", "80 %"),
        ("Es waren 3,5 km – weit.", " 3,5 km –", "3,5 km"),
        ("«Jamais», dit-il.", "«Jamais»,", "«Jamais»"),
        ("Zuerst: Brot!", "Zuerst: Brot!", "Zuerst: Brot"),
    ],
)
def test_spaces_and_punctuation_at_the_ends_are_not_the_answers(text: str, part: str, left: str) -> None:
    start = text.index(part)
    span = trimmed(text, start, start + len(part))
    assert span is not None and text[span[0] : span[1]] == left
    assert trimmed(text, *span) == span, "once is enough"


@pytest.mark.parametrize("text", ["", " ", "…", " – ", "„“", "。\u3000", "()"])
def test_of_nothing_but_punctuation_nothing_is_left(text: str) -> None:
    span = trimmed(f"a{text}b", 1, 1 + len(text))
    assert span is None or not any(c.isspace() for c in text[span[0] - 1 : span[1] - 1])
    assert span is None or text in ("„“", "()"), "a pair of marks may stay"


def test_a_number_keeps_its_sign() -> None:
    text = "In der Nacht waren es -5 Grad."
    assert trimmed(text, 21, 29) == (22, 29) and text[22:29] == "-5 Grad"
