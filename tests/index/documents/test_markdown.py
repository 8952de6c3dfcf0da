from __future__ import annotations

import pytest

from index import ArticleError
from index.documents.markdown import read
from tests.index.documents.office_files import needs_documents, real, unmet


@needs_documents
@pytest.mark.parametrize("name", real("md-"))
def test_a_real_file_reads_as_expected(name: str) -> None:
    assert unmet(name, read) == []


def test_front_matter_says_what_the_text_is_and_is_not_in_it() -> None:
    text = (
        '---\ntitle: "Die Brücke: ein Bericht"  # vorläufig\ndate: 2024-03-01T10:00:00\nauthors:\n  - Ada Muster\n'
        "  - name: Uwe Beispiel\ntags: [bau, stadt]\nlang: de-AT\ndraft: false\n---\n# Anfang\n\nEin Satz.\n"
    )
    article = read(text.encode(), "x.md")
    assert (article.title, article.date, article.language) == ("Die Brücke: ein Bericht", "2024-03-01", "de")
    assert article.author == "Ada Muster, Uwe Beispiel"
    assert article.text == "# Anfang\n\nEin Satz."


def test_front_matter_of_hugo_is_known_too() -> None:
    article = read(b"+++\ntitle = 'Br\xc3\xbccke'\ndate = 2024-03-01\n+++\nEin Satz.", "x.md")
    assert (article.title, article.date, article.text) == ("Brücke", "2024-03-01", "Ein Satz.")


@pytest.mark.parametrize(
    "text", ["---\nEin Satz steht hier.\n---\nNoch einer.", "---\n\nEin Satz.", "Ein: Satz.\n---\n"]
)
def test_a_rule_is_no_front_matter(text: str) -> None:
    assert "Satz" in read(text.encode(), "x.md").text


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Die *Brücke* mit [Link](http://a.b) {#anker}\n\nEin Satz.", "Die Brücke mit Link"),
        ("Die Brücke\n==========\n\nEin Satz.", "Die Brücke"),
        ("[![Bau](https://a.b/c.svg)](https://a.b)\n\n# `bruecke`\n\nEin Satz.", "bruecke"),
        ("Ein Satz ohne alles.", "mein text"),
    ],
)
def test_the_title_is_the_first_heading_or_the_files_name(text: str, title: str) -> None:
    assert read(text.encode(), "a/mein_text.md").title == title


def test_lines_of_images_are_left_out_but_in_code() -> None:
    text = (
        "![Bau](a.svg) [![Test](b.svg)](https://c.d/(e))\n<p align=center><img src='a.png'></p>\n\n"
        "Ein Bild ![hier](a.png) im Satz.\n\n```\n![Bau](a.svg)\n```\n\n[bau]: https://a.b/c.svg\n"
    )
    assert read(text.encode(), "x.md").text == "Ein Bild ![hier](a.png) im Satz.\n\n```\n![Bau](a.svg)\n```"


def test_a_file_without_a_text_is_refused() -> None:
    for content in (b"", b"---\ntitle: Leer\n---\n", b"![Bau](a.svg)\n"):
        with pytest.raises(ArticleError, match="has no words"):
            read(content, "x.md")


def test_a_text_of_too_many_lines_is_refused() -> None:
    with pytest.raises(ArticleError, match="more than 300000 lines"):
        read(b"```\n" * 4_900_000, "x.md")


def test_comments_and_lines_of_tags_are_no_text() -> None:
    text = (
        "Vorn. <!-- geheim -->\n\n<details>\n<!-- lang\nund länger -->\nMitte.\n</details>\n\n```\n<!-- Code -->\n```\n"
    )
    assert read(text.encode(), "x.md").text.split() == "Vorn. Mitte. ``` <!-- Code --> ```".split()
