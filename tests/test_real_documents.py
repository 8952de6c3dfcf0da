"""Real documents, which lie outside the repository: shared/documents beside it, with what was checked in each.

BELEG_SHARED names the folder where it is another than `shared` beside the repository. `python -m benchmarks.documents
PATH` prints the same, with time and memory.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.document_process import Measured
from benchmarks.documents import compared, page_text, unmet
from index import Article, ArticleError, read_article
from index.place import Anchor
from index.splitting.sentences import LONGEST, split_sentences
from tests.test_real_use import SHARED

DOCUMENTS = SHARED / "documents"
EXPECTATIONS = DOCUMENTS / "expectations.json"
_files: dict[str, Any] = json.loads(EXPECTATIONS.read_text(encoding="utf-8")) if EXPECTATIONS.exists() else {}
_RUNNING = "what is looked for stands in the running heads or feet, which are left out"
# What is known not to be met.
MISSES = {
    "pdf-03-german-tagged-toc-footer-seite-x-von-y.pdf": _RUNNING,
    "pdf-05-three-column-running-heads-footnotes.pdf": _RUNNING,
    "pdf-12-scan-with-ocr-layer-6p.pdf": _RUNNING,
    "html-01-de-news-globalvoices.html": "the page's title goes on behind the one looked for",
    "odt-01-german-manual.odt": "refused, with the command that makes a Word file of it",
    "rtf-01-umlaut-hex-escape.rtf": "refused, with the command that makes a Word file of it",
}


def parameters() -> list[Any]:
    """Return the files' names, those with a known miss marked as expected to fail."""
    return [
        pytest.param(name, marks=[pytest.mark.xfail(reason=MISSES[name], strict=True)] if name in MISSES else [])
        for name in _files
    ]


def found_in(file: Path) -> Measured:
    """Read a document in this process."""
    pages = 0

    def count(task: str, done: int, total: int) -> None:
        nonlocal pages
        pages = total

    try:
        return Measured(read_article(file, count), pages, "", "", 0, 0)
    except ArticleError as error:
        return Measured(None, pages, error.code, str(error), 0, 0)


@pytest.mark.skipif(not EXPECTATIONS.exists(), reason="no documents/expectations.json in the folder BELEG_SHARED")
@pytest.mark.parametrize("name", parameters())
def test_a_document_has_what_was_checked_in_it(name: str) -> None:
    found = found_in(DOCUMENTS / name)
    assert not unmet(_files[name]["expect"], found)
    if found.article is None:
        assert found.code and "\n" not in found.message
        return
    article = found.article
    sentences = split_sentences(article.text, article.language, article.blocks)
    assert sentences
    # A table's row and code are cited whole.
    assert all(s.span.end - s.span.start <= LONGEST for s in sentences)
    for one, next_one in zip(article.blocks, article.blocks[1:], strict=False):
        assert one.end <= next_one.start and not any(map(str.isalnum, article.text[one.end : next_one.start]))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["has", "die neue Kostentabelle gilt"], []),
        (["has", "die alte"], ["has not 'die alte'"]),
        (["not", "Kostentabelle"], ["has 'Kostentabelle'"]),
        (["p", 1, "die neue"], []),
        (["p", 2, "die neue"], ["not on page 2: 'die neue'"]),
        (["pages", 3], ["2 pages, not 3"]),
        (["title", "Preise"], ["title 'Tarif', not 'Preise'"]),
        (["refuse", "locked"], ["is read, and is to be refused: locked"]),
        (["note", "for people"], []),
    ],
)
def test_an_expectation_is_held_against_what_is_read(line: list[Any], said: list[str]) -> None:
    text = "Ab Mai: die neue Kos-\nten\u00adtabelle gilt."
    words = [(0, 2, 1), (3, 7, 1), (8, 11, 1), (12, 16, 1), (17, 21, 1), (22, 33, 2), (34, 39, 2)]
    article = Article.from_blocks(text, [], [Anchor(*word) for word in words], title="Tarif")
    assert unmet([line], Measured(article, 2, "", "", 0, 0)) == said


def test_a_refusal_meets_refuse_only() -> None:
    refused = Measured(None, 0, "pdf-scan", "a.pdf is a scan.", 0, 0)
    assert not unmet([["refuse", "no text layer"]], refused)
    assert unmet([["has", "words"]], refused) == ["refused: a.pdf is a scan."]
    assert unmet([["refuse", "no text layer"]], Measured(None, 0, "", "Traceback\nKeyError: 'a'", 0, 0))


def test_the_words_of_a_page_without_those_of_another() -> None:
    article = Article.from_blocks("eins zwei drei", [], [Anchor(0, 4, 1), Anchor(5, 9, 2), Anchor(10, 14, 1)])
    assert compared(page_text(article, 1)) == "eins drei" and compared(page_text(article, 2)) == "zwei"
