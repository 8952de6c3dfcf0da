"""Citations as people cite: in five formats, and as a link to the very place."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest

from index import Article
from index.place import Place
from ui.footnote import footnotes, link
from ui.texts import TEXTS

SENTENCE = "Die Kosten lagen bei vier Millionen Euro und damit unter dem Plan."
MARKS = "50 % & {Bad}_neu ~ #1"


def article(**about: str) -> Article:
    return Article.read(SENTENCE, language="de", **about)


def test_a_footnote_names_author_title_date_page_and_address() -> None:
    cited = article(author="Erika Muster", title="Das Bad", date="2019-09-01", url="https://bad.example/a?b=1")
    found = footnotes(cited, SENTENCE, Place(page=3), TEXTS["de"])
    assert found["text"] == "Erika Muster: Das Bad, 01.09.2019, S. 3, https://bad.example/a?b=1."
    assert found["markdown"] == (
        "Erika Muster: *Das Bad*, 01.09.2019, S. 3, [https://bad.example/a?b=1](<https://bad.example/a?b=1#page=3>)."
    )
    assert '<cite>Das Bad</cite>, 01.09.2019, S. 3, <a href="https://bad.example/a?b=1#page=3">' in found["html"]
    assert found["bibtex"].splitlines()[:5] == [
        f"@online{{{cited.id},",
        "  author = {{Erika Muster}},",
        "  title = {{Das Bad}},",
        "  date = {2019-09-01},",
        "  pages = {3},",
    ]
    (item,) = json.loads(found["csl"])
    assert item["author"] == [{"literal": "Erika Muster"}] and item["issued"] == {"date-parts": [[2019, 9, 1]]}
    assert (item["type"], item["page"], item["URL"]) == ("webpage", "3", cited.url)


def test_what_a_title_says_is_text_in_every_format() -> None:
    found = footnotes(article(title=f"{MARKS} <b>*x*"), SENTENCE, None, TEXTS["en"])
    assert found["text"] == f"{MARKS} <b>*x*."
    assert r"\*x\*" in found["markdown"] and r"\_neu" in found["markdown"]
    assert "&lt;b&gt;" in found["html"] and "<b>" not in found["html"]
    assert r"50 \% \& \{Bad\}\_neu \textasciitilde{} \#1" in found["bibtex"]


@pytest.mark.parametrize(
    ("url", "text", "place", "expected"),
    [
        (
            "https://a.example/x",
            SENTENCE,
            None,
            "https://a.example/x#:~:text=Die Kosten lagen bei,damit unter dem Plan.",
        ),
        ("https://a.example/x#y", "Kurz, gut-bürgerlich.", None, "https://a.example/x#y:~:text=Kurz, gut-bürgerlich."),
        ("https://a.example/x", "Montag | 9 Uhr | zu", None, "https://a.example/x#:~:text=Montag,zu"),
        ("https://a.example/film", "Hallo.", Place(begins=751.9, ends=755.0), "https://a.example/film#t=751"),
        ("javascript:alert(1)", "Hallo.", None, ""),
        ("", "Hallo.", None, ""),
    ],
)
def test_a_link_leads_to_the_place(url: str, text: str, place: Place | None, expected: str) -> None:
    found = link(article(url=url), text, place)
    assert unquote(found) == expected
    fragment = found.partition(":~:text=")[2]
    assert "-" not in fragment and fragment.count(",") <= 1, "these mean something in a text fragment"
