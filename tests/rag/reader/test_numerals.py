"""A question's numbers are read as the sentences write them."""

from __future__ import annotations

import pytest

from index import Article, EmbeddedEncoder, build_index
from rag import Assistant
from rag.reader.numerals import numbers_as_written

MILLS = (
    "Die Windmühle steht am Deich und hat vierundzwanzig Fenster. Die Wassermühle steht am Bach und hat 11 Fenster. "
    "Um die Windmühle zu retten, sammelte der Müller Piet Harms 1.850 Unterschriften. Das Fest beginnt um 14:30 Uhr. "
    "Die Zahl der Säcke war 1.760."
)


@pytest.fixture(scope="module")
def mills(encoder: EmbeddedEncoder) -> Assistant:
    return Assistant(build_index([Article.read(MILLS, title="Mühlen", language="de")], encoder), encoder)


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("Welche Mühle hat 24 Fenster?", "Welche Mühle hat vierundzwanzig Fenster?"),
        ("Welche Mühle hat elf Fenster?", "Welche Mühle hat 11 Fenster?"),
        ("Wer sammelte 1850 Unterschriften?", "Wer sammelte 1.850 Unterschriften?"),
        ("Was geschah 1850?", "Was geschah 1850?"),
        ("Was geschah 1760?", "Was geschah 1760?"),
        ("Was beginnt um 14:30?", "Was beginnt um 14:30?"),
        ("Hat sie 30 Fenster?", "Hat sie 30 Fenster?"),
    ],
)
def test_a_number_is_written_as_in_the_article(mills: Assistant, question: str, read: str) -> None:
    assert numbers_as_written(question, range(len(mills.index.sentences)), mills.index) == read


def test_what_has_so_many_is_answered_and_not_what_has_others(mills: Assistant) -> None:
    assert "vierundzwanzig" in mills.ask("welche mühle hat 24 fenster").citations[0].text
    signatures = mills.ask("wer sammelte 1850 unterschriften")
    assert not signatures.abstained and "Piet Harms" in signatures.text
