"""Web pages: what is read, what is left out, and what is refused."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from index import Article, ArticleError
from index.documents.html import read

SHARED = Path(os.environ.get("BELEG_SHARED") or Path(__file__).parents[4] / "shared")
DOCUMENTS = SHARED / "documents"
EXPECTED: dict[str, Any] = (
    json.loads((DOCUMENTS / "expectations.json").read_text(encoding="utf-8"))
    if (DOCUMENTS / "expectations.json").exists()
    else {}
)
STORY = (
    "The old bridge over the river was closed in the spring of 2021, after engineers had found cracks in two of its "
    "four arches.",
    "The town paid three million euros for the repair, and half of the money came from the state, which had promised "
    "it the year before.",
    "Since September the bridge has been open again for people on foot and on bicycles, while cars still have to use "
    "the new one.",
)
AROUND = """<!doctype html><html lang="en"><head><title>The old bridge – Valley News</title>
<meta property="og:site_name" content="Valley News"><meta name="author" content="Mary Miller">
<meta property="article:published_time" content="2022-10-03T08:00:00+02:00">
<link rel="canonical" href="https://valley.example/bridge"></head><body>
<nav><ul><li><a href="/">Home page</a></li><li><a href="/sport">Sport and games</a></li></ul></nav>
<div class="cookie-banner"><p>We use cookies to make this site better for you and for all of our partners.</p></div>
<main><article><h1>The old bridge</h1>{}</article></main>
<aside><h2>Read more</h2><p><a href="/x">Ten more bridges that you have to see this year</a></p></aside>
<footer><p>Copyright Valley News. All rights reserved. Imprint and data protection.</p></footer></body></html>"""


def page(*parts: str) -> bytes:
    return AROUND.format("".join(parts)).encode()


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def blocks(article: Article, kind: str = "") -> list[str]:
    return [article.text[b.start : b.end] for b in article.blocks if not kind or b.kind == kind]


def test_a_page_is_read_without_what_is_around_its_text() -> None:
    article = read(page(paragraphs(*STORY)), "bridge.html")
    assert blocks(article) == ["The old bridge", *STORY]
    assert article.blocks[0].kind == "heading"
    assert (article.title, article.author, article.date) == ("The old bridge", "Mary Miller", "2022-10-03")
    assert (article.url, article.language, article.source) == ("https://valley.example/bridge", "en", "bridge.html")


def test_headings_lists_code_and_captions_keep_their_kinds() -> None:
    article = read(
        page(
            paragraphs(*STORY),
            "<h2>How it was built</h2><p>The builders went to work in this order, as the plans in the archive show:</p>",
            "<ol><li>Piles of oak<ul><li>from the forest in the north</li></ul></li><li>Arches of stone</li></ol>",
            "<h3>The plan as a program</h3><pre>for arch in range(4):\n    build(arch)</pre>",
            "<figure><img src=x.jpg alt=''><figcaption>The bridge in the year 1910</figcaption></figure>",
            f"<blockquote><p>{STORY[1][:60]}, said the mayor of the town.</p></blockquote>",
            paragraphs(STORY[2] + " So it was."),
        ),
        "bridge.html",
    )
    levels = {article.text[b.start : b.end]: b.level for b in article.blocks if b.kind == "item"}
    assert levels == {"1. Piles of oak": 1, "from the forest in the north": 2, "2. Arches of stone": 1}
    assert blocks(article, "code") == ["for arch in range(4):\n    build(arch)"]
    assert blocks(article, "caption") == ["The bridge in the year 1910"]
    at = article.text.index("build(arch)")
    assert article.headings(article.block_at(at)) == ("The old bridge", "How it was built", "The plan as a program")


def test_a_table_is_rows_under_its_header_and_a_cell_over_rows_is_in_each() -> None:
    table = (
        "<table><caption>Bridges of the valley</caption><thead><tr><th>River</th><th>Bridge</th><th>Built</th></tr></thead>"
        "<tr><td rowspan=2>Ahr</td><td>Old bridge</td><td>1723</td></tr><tr><td>New bridge</td><td>1969</td></tr></table>"
    )
    article = read(page(paragraphs(*STORY), table, paragraphs(STORY[0] + " That was all.")), "bridge.html")
    rows = [b for b in article.blocks if b.kind == "row"]
    assert blocks(article, "row") == ["River | Bridge | Built", "Ahr | Old bridge | 1723", "Ahr | New bridge | 1969"]
    header = article.blocks.index(rows[0])
    assert [row.header for row in rows] == [header] * 3
    assert [article.text[cell.start : cell.end] for cell in rows[2].cells] == ["Ahr", "New bridge", "1969"]
    assert blocks(article, "caption") == ["Bridges of the valley"]


def test_a_long_table_is_read_to_its_end() -> None:
    rows = "".join(f"<tr><td>Film {n}</td><td>{1900 + n}</td><td>The story number {n}</td></tr>" for n in range(80))
    article = read(page(f"<table><tr><th>Film<th>Year<th>Story</tr>{rows}</table>"), "films.html")
    assert len(blocks(article, "row")) == 81 and blocks(article, "row")[-1] == "Film 79 | 1979 | The story number 79"


def test_a_definition_is_read_with_its_term() -> None:
    definitions = "<dl><dt>Pier</dt><dd>What an arch stands on.</dd><dt>Span</dt><dd>From pier to pier.</dd></dl>"
    article = read(page(paragraphs(*STORY), definitions, paragraphs(STORY[0] + " Indeed.")), "bridge.html")
    assert blocks(article, "item") == ["Pier: What an arch stands on.", "Span: From pier to pier."]


def test_a_table_that_only_lays_out_a_page_is_no_table() -> None:
    cells = f"<table><tr><td><a href=/>Home</a></td><td>{paragraphs(*STORY)}<h2>And now?</h2>{paragraphs(STORY[0])}</td></tr></table>"
    article = read(f"<html><body>{cells}</body></html>".encode(), "old.html")
    assert not blocks(article, "row")
    assert set(STORY) <= set(blocks(article, "paragraph"))


def test_lines_of_an_address_or_verse_are_lines() -> None:
    article = read(page(paragraphs(*STORY), "<p>Town hall<br>Market 1<br>53474 Ahrweiler</p>"), "bridge.html")
    assert blocks(article, "line") == ["Town hall", "Market 1", "53474 Ahrweiler"]


def test_a_formula_is_there_once_and_marks_of_notes_are_not() -> None:
    formula = (
        '<span class="mwe"><span style="display: none;"><math alttext="{\\displaystyle E=mc^{2}}"><mi>E</mi><mo>=</mo><mi>m</mi>'
        '<annotation encoding="application/x-tex">{\\displaystyle E=mc^{2}}</annotation></math></span>'
        '<img class="mwe-math-fallback-image-inline" alt="{\\displaystyle E=mc^{2}}"></span>'
    )
    note = '<sup class="reference"><a href="#cite-1">[1]</a></sup>'
    article = read(
        page(paragraphs(f"Energy is {formula} as everybody knows.{note} So much for that.", *STORY)), "e.html"
    )
    assert "Energy is E=mc^{2} as everybody knows. So much for that." in article.text


def test_what_is_hidden_is_not_read() -> None:
    hidden = (
        '<p hidden>Hidden by attribute, and long enough to be taken.</p><p style="color:red; display:none">Hidden by its style.</p>'
        '<span class="sr-only">For screen readers only.</span><del>Struck out.</del><script>alert("Script.")</script>'
    )
    article = read(page(paragraphs(*STORY), f"<div>{hidden}</div>"), "bridge.html")
    assert not re.search("Hidden|screen readers|Struck|Script", article.text)


@pytest.mark.parametrize(
    ("content", "charset"),
    [
        ('<meta charset="windows-1252"><p>Größe „zählt“ 5 €</p>'.encode("cp1252"), ""),
        (
            '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"><p>Größe „zählt“ 5 €</p>'.encode(
                "cp1252"
            ),
            "",
        ),
        ('<meta charset="iso-8859-15"><p>Größe 5 €</p>'.encode("iso-8859-15"), ""),
        ("<p>Größe „zählt“ 5 €</p>".encode("cp1252"), "windows-1252"),
        ("<p>Größe „zählt“ 5 €, und das steht nirgends.</p>".encode("cp1252"), ""),
        ("<p>Größe „zählt“ 5 €</p>".encode("utf-16"), ""),
        ("<p>Größe „zählt“ 5 €</p>".encode("utf-16-le"), "utf-16le"),
        ("\ufeff<p>Größe „zählt“ 5 €</p>".encode(), "iso-8859-1"),
        ('<meta charset="iso-8859-1"><p>Größe „zählt“ 5 €</p>'.encode(), ""),
        ('<meta charset="utf-16"><p>Größe „zählt“ 5 €</p>'.encode(), ""),
        ('<meta charset="no-such"><p>Größe „zählt“ 5 €</p>'.encode(), "neither"),
    ],
)
def test_declared_encodings_are_honoured(content: bytes, charset: str) -> None:
    text = read(content, "g.html", charset=charset).text
    assert "Größe" in text and "5 €" in text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("shift_jis", "日本語の文章です。"),
        ("windows-1251", "Мост закрыли весной."),
        ("gb2312", "这座桥已经关闭。"),
        ("euc-kr", "다리가 닫혔다."),
    ],
)
def test_encodings_of_other_scripts(encoding: str, text: str) -> None:
    assert text in read(f'<meta charset="{encoding}"><p>{text}</p>'.encode(encoding), "x.html").text


def test_cyrillic_that_declares_nothing_is_no_western_text() -> None:
    text = "Старый мост через реку закрыли весной, после того как инженеры нашли в нём трещины. Ремонт стоил дорого."
    assert text in read(f"<p>{text}</p>".encode("windows-1251"), "x.html").text


def test_a_wrong_lang_is_not_believed() -> None:
    german = "Die alte Brücke über den Fluss wurde im Frühjahr gesperrt, nachdem Ingenieure Risse gefunden hatten. " * 4
    assert read(f'<html lang="en"><body><p>{german}</p></body></html>'.encode(), "x.html").language == "de"
    assert read(f'<html lang="de-CH"><body><p>{german}</p></body></html>'.encode(), "x.html").language == "de"


def test_a_menu_does_not_give_a_page_its_title() -> None:
    menu = '<div id="help-popup"><h2>Keyboard shortcuts</h2><p>Press S to search.</p></div><h1 class="menu-title">The Manual</h1>'
    content = f"<html><head><title>Bridges - The Manual</title></head><body>{menu}<main><h1>Bridges</h1>{paragraphs(*STORY)}</main>"
    article = read(content.encode(), "bridges.html")
    assert article.title == "Bridges" and blocks(article)[0] == "Bridges"


def test_a_date_in_the_text_is_not_the_page_s_date() -> None:
    content = f"<html><body><h1>The old bridge</h1>{paragraphs(*STORY, 'Retrieved 2014-03-27 from the archive.')}</body></html>"
    assert read(content.encode(), "bridge.html").date == ""
    assert read(page(paragraphs("Retrieved 2014-03-27 from the archive.", *STORY)), "bridge.html").date == "2022-10-03"


def test_a_page_of_code_is_read() -> None:
    lines = "\n".join(f'<a href="#{n}">{n}</a>    let number_{n} = compute_the_value({n});' for n in range(60))
    content = f"<html><head><title>lib.rs</title></head><body><main><h1>lib.rs</h1><pre><code>{lines}</code></pre></main></body></html>"
    code = blocks(read(content.encode(), "lib.html"), "code")
    assert len(code) == 1 and "let number_59 = compute_the_value(59);" in code[0]


def test_a_page_without_a_title_is_called_as_its_file() -> None:
    assert read(paragraphs(*STORY).encode(), "pages/my_old-bridge.html").title == "my old bridge"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   \n",
        b"\x00" * 5000,
        b"<html><body><script>document.write('All of the text is made here, by a script.')</script></body></html>",
        b'<div id="root"></div><noscript>You need to enable JavaScript to run this app.</noscript>',
        b"<!-- only a comment -->",
    ],
)
def test_a_page_without_text_says_so(content: bytes) -> None:
    with pytest.raises(ArticleError, match="without text.*save it") as caught:
        read(content, "app.html")
    assert caught.value.code == "page-without-text"


@pytest.mark.parametrize(
    "content",
    [
        b"<div>" * 10_000_000,
        b"<div>" * 300_000,
        b"<b></b>" * 1_000_000,
        b"<table><tr><td>" * 500,
        b"<p " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">x",
        (b"<p " + b" ".join(b"a%d" % n for n in range(250)) + b">x") * 8000,
        b"<!--" * 2_000_000,
        b"<!-- >" * 2_000_000,
        b"<a " * 2_000_000,
        b"<p>" + b"word " * 3_500_000,
    ],
)
def test_a_bomb_is_refused(content: bytes) -> None:
    with pytest.raises(ArticleError) as caught:
        read(content, "bomb.html")
    assert caught.value.code == "page-too-large"


def test_entities_of_a_page_are_not_expanded_and_no_file_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    lol = '<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    doctype = f'<!DOCTYPE html [{lol}<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    text = read(f"{doctype}<p>Some words: &b; &x; and the end.</p>".encode(), "x.html").text
    assert "lollol" not in text and "the secret" not in text


def test_a_cell_over_thousands_of_rows_and_columns_makes_no_endless_table() -> None:
    cells = "<tr>" + "<td rowspan=65000 colspan=1000>x" * 100 + "<tr><td>y" * 500
    assert len(read(f"<table>{cells}</table>".encode(), "t.html").text) < 10_000


def test_pictures_inside_of_a_saved_page_do_not_make_it_too_large() -> None:
    picture = '<img src="data:image/png;base64,' + "QUJD" * 6_000_000 + '">'
    assert STORY[0] in read(page(picture, paragraphs(*STORY)), "saved.html").text


@pytest.mark.skipif(not EXPECTED, reason="no documents/expectations.json in the folder BELEG_SHARED")
@pytest.mark.parametrize("name", sorted(name for name in EXPECTED if name.startswith("html-")))
def test_real_pages(name: str) -> None:
    article = read((DOCUMENTS / name).read_bytes(), name)
    flat = " ".join(re.sub("[\u00ad\u200e\u200f]", "", article.text).split())
    for what, *values in EXPECTED[name]["expect"]:
        if what == "title":
            assert values[0].casefold() in article.title.casefold()
        elif what == "has":
            assert values[0] in flat
        elif what == "not":
            assert values[0] not in flat


def test_a_shop_s_price_features_and_specification_stand_beside_the_description() -> None:
    article = read(
        b"""<!doctype html><html lang="en"><head><title>Alpine 40</title></head><body><nav><a href="/">Home</a></nav><main>
        <h1>Alpine 40</h1><div class="price">129.95 EUR</div><ul><li>Volume: 40 litres</li></ul><div><h2>About</h2><p>The
        Alpine 40 is made for tours of several days. Its back can be set in four steps.</p></div><h2>Data</h2><table><tr>
        <td>Material</td><td>Nylon 210D</td></tr><tr><td>Size</td><td>62 x 30 cm</td></tr><tr><td>Warranty</td><td>5
        years</td></tr></table><dl><dt>Delivery</dt><dd>3 days</dd></dl></main></body></html>""",
        "x.html",
    )
    assert "129.95 EUR" in article.text and "Volume: 40 litres" in article.text and "Delivery: 3 days" in article.text
    # Each is a pair, and the first one names no columns.
    assert [b.header for b in article.blocks if b.kind == "row"] == [-1, -1, -1]


def test_a_short_page_s_table_with_cells_over_several_rows_is_read() -> None:
    article = read(
        b"<html><body><h1>Bus</h1><table><tr><th rowspan=2>Stop</th><th colspan=2>Leaves</th></tr><tr><th>weekdays</th>"
        b"<th>Sundays</th></tr><tr><td rowspan=2>School</td><td>7:12</td><td>9:12</td></tr><tr><td>7:42</td><td>9:42</td>"
        b"</tr></table><p>No bus on holidays.</p></body></html>",
        "x.html",
    )
    assert blocks(article, "row")[1:] == ["Stop | weekdays | Sundays", "School | 7:12 | 9:12", "School | 7:42 | 9:42"]


def test_a_link_that_marks_a_heading_and_the_heading_of_a_box_are_left_out() -> None:
    box = '<aside><h3>Read also</h3><a href="/x">Fire in the valley</a></aside>'
    article = read(
        page('<h2>Repair<a class="headerlink" href="#r">¶</a></h2>', f"<p>{STORY[0]}</p>{box}<p>{STORY[1]}</p>"), "x"
    )
    assert blocks(article, "heading") == ["The old bridge", "Repair"]


FOOTED = """<!doctype html><html lang="en"><head><title>Opening hours | The Salt Barn</title></head><body>
<nav><a href="/">Home</a> <a href="/shop">Shop</a></nav>
<main><h1>Opening hours</h1><p>The barn is open from March to October, every day from ten in the morning until six in the
evening. In the winter it can be visited by groups that have asked a week before.</p>
<h2>Tickets</h2><p>A ticket costs four pounds and is valid on two days that follow one another, for the mill too.</p></main>
<aside><p>Our neighbours: the Tin Shop, phone 01632 960 777.</p></aside>
%s</body></html>"""


@pytest.mark.parametrize(
    ("footer", "said"),
    [
        ("<footer><p>The Salt Barn · 3 Quay Street<br>Call +44 1632 960 123</p><ul><li><a href='/l'>Legal</a></li></ul></footer>",
         ["The Salt Barn · 3 Quay Street\nCall +44 1632 960 123"]),
        ("<div class='page-footer'><div><p>3 Quay Street</p><p>barn@example.org</p><p><a href='/m'>Map and more</a></p></div>"
         "<div><p>Made with care.</p></div></div>", ["3 Quay Street", "barn@example.org"]),
        ("<div><address>3 Quay Street, Whitby</address></div>", ["3 Quay Street, Whitby"]),
        ("<footer><p><a href='tel:+441632960123'>Ring us</a></p></footer>", ["Ring us"]),
        ("<footer><p>Copyright 2005-2024 The Salt Barn</p><p>Updated 03.04.2024</p></footer>", []),
        ("<footer><p>Share: <a href='mailto:?subject=x'>by mail</a></p></footer>", []),
    ],
)  # fmt: skip
def test_how_somebody_is_reached_stays_of_a_footer(footer: str, said: list[str]) -> None:
    article = read((FOOTED % footer).encode(), "barn.html")
    texts = [article.text[block.start : block.end] for block in article.blocks]
    assert texts[:2][0] == "Opening hours" and article.title == "Opening hours"
    after = texts[next(n for n, text in enumerate(texts) if text.startswith("A ticket")) + 1 :]
    assert after == (["Opening hours | The Salt Barn", *said] if said else [])
