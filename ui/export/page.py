"""An Export → one HTML file: no script, nothing from elsewhere, and a policy that forbids both.

The page is a function of the data alone, so that making it again from the file's own data shows whether the page says
what the data says. Another page for the same data is another format: see `FORMAT`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from html import escape
from importlib.resources import files

from rag.answering.messages import percent
from ui.export.data import Export, ExportedTurn, Quotation
from ui.export.page_article import article_html, sentence_anchor, turn_anchor
from ui.texts import TEXTS

BLOCK_START = '<script type="application/json" id="beleg-export">\n'
BLOCK_END = "\n</script>"
# In JSON these stand in texts only. "<" could end the block, and the last two end lines in old JavaScript.
_ESCAPED = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def export_html(export: Export) -> str:
    """Return the whole file; the same export gives the same text, byte for byte."""
    return "".join(_parts(export))


def _parts(export: Export) -> Iterator[str]:
    t = TEXTS[export.language].section("export")
    style = (files("ui.export") / "page.css").read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    made = t["made"].format(date=export.made.date[:16].replace("T", " "), beleg=export.made.beleg)
    yield (
        f'<!doctype html>\n<html lang="{export.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(export.name)} – Beleg</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f'<header><p class="brand">Beleg</p><h1 dir="auto">{escape(export.name)}</h1>'
        f'<p class="soft">{escape(made)}</p></header>\n'
    )
    for number, turn in enumerate(export.turns, start=1):
        yield _turn_html(number, turn, export, t)
    if export.articles:
        yield f'<section class="articles">\n<h2>{escape(t["articles"])}</h2>\n'
        yield from (article_html(place, export, t) for place in range(len(export.articles)))
        yield "</section>\n"
    yield _check_html(t) + _settings_html(export, t) + "</main>\n" + BLOCK_START
    yield json.dumps(asdict(export), ensure_ascii=False, indent=1, allow_nan=False).translate(_ESCAPED)
    yield BLOCK_END + "\n</body>\n</html>\n"


def _turn_html(number: int, turn: ExportedTurn, export: Export, t: dict[str, str]) -> str:
    label = escape(t["question"].format(number=number))
    understood = ""
    if turn.read_as != turn.question:
        line = escape(t["understood"].format(question=turn.read_as))
        understood = f'<p class="soft" dir="auto">{line}</p>\n'
    said = _abstention_html(turn, export, t) if turn.abstained else _answer_html(turn, export, t)
    return (
        f'<section class="turn" id="{turn_anchor(number)}">\n<p class="soft">{label}</p>\n'
        f'<h2 class="question" dir="auto">{escape(turn.question)}</h2>\n{understood}{said}</section>\n'
    )


def _answer_html(turn: ExportedTurn, export: Export, t: dict[str, str]) -> str:
    short = f'<p class="short" dir="auto">{escape(turn.short.text)}</p>\n' if turn.short else ""
    quotes = "".join(
        _quote_html(f"[{number}] ", quotation, turn, export, t) for number, quotation in enumerate(turn.citations, 1)
    )
    confidence = t["confidence"].format(percent=percent(turn.confidence, export.language))
    return f'{short}{quotes}<p class="soft">{escape(confidence)}</p>\n'


def _abstention_html(turn: ExportedTurn, export: Export, t: dict[str, str]) -> str:
    why = t["why"].format(percent=percent(turn.confidence, export.language))
    nearest = "".join(_quote_html("", quotation, turn, export, t) for quotation in turn.nearest)
    lead = f'<p class="soft">{escape(t["nearest"])}</p>\n' if nearest else ""
    return (
        f'<div class="abstention">\n<p class="verdict">{escape(t["abstained"])}</p>\n<p>{escape(why)}</p>\n'
        f"{lead}{nearest}</div>\n"
    )


def _quote_html(label: str, quotation: Quotation, turn: ExportedTurn, export: Export, t: dict[str, str]) -> str:
    place, article = next(pair for pair in enumerate(export.articles) if pair[1].id == quotation.article_id)
    where = escape(label + t["sentence"].format(number=quotation.sentence_index + 1))
    return (
        f'<blockquote>\n<p dir="auto" lang="{article.language}">{_quoted_text(quotation, turn)}</p>\n'
        f'<footer><a href="#{sentence_anchor(place, quotation)}">{where}</a>, '
        f"<cite><bdi>{escape(article.title)}</bdi></cite></footer>\n</blockquote>\n"
    )


def _quoted_text(quotation: Quotation, turn: ExportedTurn) -> str:
    text, short = quotation.text, turn.short
    if short is None or quotation is not turn.citations[0]:
        return escape(text)
    start, end = short.start - quotation.start, short.end - quotation.start
    # What lies elsewhere is marked nowhere; checking says so.
    if not 0 <= start < end <= len(text):
        return escape(text)
    return f"{escape(text[:start])}<strong>{escape(text[start:end])}</strong>{escape(text[end:])}"


def _check_html(t: dict[str, str]) -> str:
    command = f"beleg verify-export {t['file']}"
    return (
        f"<section>\n<h2>{escape(t['check'])}</h2>\n<p>{escape(t['check_says'])}</p>\n<p><code>{command}</code></p>\n"
        f"<p>{escape(t['check_own'])}</p>\n<p><code>{command} --article {t['article_file']}</code></p>\n</section>\n"
    )


def _settings_html(export: Export, t: dict[str, str]) -> str:
    made = {t["model"]: export.made.model, t["splitter"]: export.made.splitter, **export.made.settings}
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(str(value))}</td></tr>\n' for name, value in made.items()
    )
    return f"<details>\n<summary>{escape(t['settings'])}</summary>\n<table>\n{rows}</table>\n</details>\n"
