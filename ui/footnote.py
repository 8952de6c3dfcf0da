"""A citation as people cite: author, title, date, place and address; and the link that leads to the very place.

Formats: text, Markdown, HTML, BibTeX (biblatex's `@online` and `@misc`) and CSL-JSON (Zotero, Mendeley, Pandoc).
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from index.article import Article
from index.documents.files import is_url
from index.place import Place
from index.view import read_text
from rag.answering.messages import shown_date
from ui.places import clock
from ui.texts import Texts

# Of a text fragment: a longer sentence is named by so many words at its beginning and at its end.
_ENDS, _WHOLE = 4, 10
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#+!|~&])|^(\d+)([.)])|^([-=])")
_TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{mark: f"\\{mark}" for mark in "{}&%$#_"},
}


def address(article: Article) -> str:
    """Return the address of an article on the web; "" where it has none."""
    found = article.url or (article.source if is_url(article.source) else "")
    # Another scheme, such as "javascript:", would be run.
    return found if found.lower().startswith(("https://", "http://")) else ""


def link(article: Article, text: str, place: Place | None) -> str:
    """Return the address of a cited sentence: a PDF's page, a recording's second, the words on a web page; "" for none.

    A text fragment (WICG, "URL Fragment Text Directives") names the words; a browser marks them.
    """
    url = address(article)
    if not url:
        return ""
    base, _, fragment = url.partition("#")
    if place is not None and place.page is not None:
        return f"{base}#page={place.page}"
    if place is not None and place.begins is not None:
        return f"{base}#t={int(place.begins)}"
    return f"{base}#{fragment}:~:text={_directive(text)}"


def _directive(text: str) -> str:
    words = read_text(text).split()
    if " | " in text:
        # The cells of a row: what stands between them is not on the page.
        cells = [cell.split() for cell in text.split("|") if cell.strip()]
        parts = [cells[0], cells[-1]] if len(cells) > 1 else cells
    elif len(words) > _WHOLE:
        parts = [words[:_ENDS], words[-_ENDS:]]
    else:
        parts = [words]
    # A hyphen and a comma mean something there.
    return ",".join(quote(" ".join(part), safe="").replace("-", "%2D") for part in parts)


def footnotes(article: Article, text: str, place: Place | None, texts: Texts) -> dict[str, str]:
    """Return the footnote for a cited sentence, by the name of the format.

    Args:
        text: the sentence.
    """
    where = []
    if place is not None and place.page is not None:
        where.append(texts("places.cited_page", number=place.page))
    if place is not None and place.begins is not None:
        where.append(clock(place.begins))
    date, url = shown_date(article.date, texts.locale), address(article)
    after = [*filter(None, (date, *where))]
    named = f"{article.author}: " if article.author else ""
    there = link(article, text, place)
    tail = "".join(f", {one}" for one in after)
    written = Markup('<a href="{}">{}</a>').format(there, url)
    html = Markup("<p>{}<cite>{}</cite>{}{}.</p>").format(
        named, article.title, tail, Markup(", ") + written if url else ""
    )
    return {
        "text": f"{named}{article.title}{tail}{f', {url}' if url else ''}.",
        "markdown": f"{in_markdown(named)}*{in_markdown(article.title)}*{in_markdown(tail)}"
        f"{f', [{in_markdown(url)}](<{there}>)' if url else ''}.",
        "html": str(html),
        "bibtex": _bibtex(article, place, url),
        "csl": json.dumps([_csl(article, place, url)], ensure_ascii=False, indent=1),
    }


def _bibtex(article: Article, place: Place | None, url: str) -> str:
    fields = {
        "author": f"{{{_tex(article.author)}}}" if article.author else "",
        "title": f"{{{_tex(article.title)}}}",
        "date": article.date[:10],
        "pages": str(place.page) if place is not None and place.page is not None else "",
        "note": clock(place.begins) if place is not None and place.begins is not None else "",
        "langid": {"de": "german", "en": "english", "fr": "french", "es": "spanish"}.get(article.language, ""),
        # biblatex takes an address as it is, but for what would end the field.
        "url": quote(url, safe="%/:?#[]@!$&'()*+,;=~-._"),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@{'online' if url else 'misc'}{{{article.id},\n" + ",\n".join(lines) + "\n}"


def _csl(article: Article, place: Place | None, url: str) -> dict[str, Any]:
    parts = [int(part) for part in re.findall(r"\d+", article.date[:10])][:3]
    item: dict[str, Any] = {"id": article.id, "type": "webpage" if url else "document", "title": article.title}
    if article.author:
        item["author"] = [{"literal": article.author}]
    if parts:
        item["issued"] = {"date-parts": [parts]}
    if place is not None and place.page is not None:
        item["page"] = str(place.page)
    if place is not None and place.begins is not None:
        item["note"] = clock(place.begins)
    if url:
        item["URL"] = url
    return item | {"language": article.language}


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in text)


def in_markdown(text: str) -> str:
    """Escape what Markdown would read as markup, and put the text on one line; a space at an end stays."""
    line = " ".join(text.split())
    escaped = _MARKDOWN.sub(lambda m: f"{m[2]}\\{m[3]}" if m[2] else f"\\{m[0]}", line)
    return f"{escaped} " if text.endswith(" ") and line else escaped
