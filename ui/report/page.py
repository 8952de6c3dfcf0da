"""A Report → one HTML file: no script, style, font or picture from elsewhere, and a policy that forbids them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from pathlib import Path

from index.errors import ReportError
from index.storage import whole_file
from rag.evaluation.compare import Comparison
from rag.evaluation.report import Report
from ui.report.charts import charts_html
from ui.report.differences import comparison_html
from ui.report.failures import anchor, failures_html, find_failures
from ui.report.made_with import not_default, short_commit
from ui.report.names import questions, texts_in
from ui.report.numbers import decimal
from ui.report.tables import about_html, figures_html, summary_html
from ui.texts import Language


def write_report(report: Report, path: Path, language: Language, comparison: Comparison | None = None) -> None:
    """Write a report as one HTML file that needs nothing else; the old file stays until the new one is whole.

    Args:
        report: what to show; its questions are read once and not kept.
        path: the file to write.
        language: of the page's own words.
        comparison: with an earlier report, to be shown too.

    Raises:
        ReportError: the file cannot be written.
        ExtraError: matplotlib is not installed.
    """
    # What is no character, a lone surrogate in a file's name, must not cost the report.
    with (
        whole_file(path, ReportError) as scratch,
        scratch.open("w", encoding="utf-8", errors="replace", newline="\n") as out,
    ):
        out.writelines(_parts(report, language, comparison))


def sections(
    report: Report, language: Language, comparison: Comparison | None = None, *, can_open: bool = False
) -> Iterator[str]:
    """Yield a report's sections as HTML, piece by piece: what the file and the web chat have in common.

    Args:
        comparison: with an earlier report, to be shown too.
        can_open: give each failure a button that opens it in the chat.
    """
    t = texts_in(language)
    yield summary_html(report, language)
    failures = find_failures(report.questions)
    if comparison is not None:
        anchors = {failed.id: anchor(place) for some in failures.shown.values() for place, failed in some}
        changed = comparison_html(comparison, language, anchors)
        yield f"<section><h2>{escape(t['compared'])}</h2>{changed}</section>"
    if report.about.questions:
        yield f"<section><h2>{escape(t['plots'])}</h2>{charts_html(report, language)}</section>"
        yield f"<section><h2>{escape(t['figures'])}</h2>{figures_html(report, language)}</section>"
        yield f'<section class="failures"><h2>{escape(t["failures"])}</h2>'
        yield from failures_html(failures, language, can_open)
        yield "</section>"
    yield f"<section><h2>{escape(t['about'])}</h2>{about_html(report, language)}</section>"


def subtitle(report: Report, language: Language) -> list[str]:
    """Return how many questions about what, and when; and the model and the settings that are not the default."""
    t, about = texts_in(language), report.about
    n, date = about.questions, f"{about.date[:16].replace('T', ' ')} UTC"
    asked = t["subtitle"].format(
        n=decimal(n, 0, language), questions=questions(n, language), articles=_articles(report, language), date=date
    )
    own = ", ".join(
        f"{name} {t['instead_of'].format(value=value, default=default)}" for name, default, value in not_default(about)
    )
    settings = t["own_settings"].format(settings=own) if own else t["default_settings"]
    version = " ".join(("Beleg", about.beleg, f"({short_commit(about)})" if about.commit else "")).strip()
    return [asked, t["made_with"].format(model=about.model, settings=f"{version} · {settings}")]


def _articles(report: Report, language: Language) -> str:
    """Say what the questions are about, by the title of the first one's article, where it has one."""
    t, about = texts_in(language), report.about
    title = next((first.article_title for first in report.questions), "")
    if title and about.articles == 1:
        return t["this_article"].format(title=title)
    if title and about.articles > 2:
        return t["these_articles"].format(title=title, n=decimal(about.articles - 1, 0, language))
    return t["one_article"] if about.articles == 1 else t["articles"].format(n=decimal(about.articles, 0, language))


def _parts(report: Report, language: Language, comparison: Comparison | None) -> Iterator[str]:
    here = files("ui.report")
    style = "".join((here / name).read_text(encoding="utf-8") for name in ("page.css", "report.css"))
    script = (here / "page.js").read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'; base-uri 'none'; "
        "form-action 'none'"
    )
    title = escape(texts_in(language)["title"].format(set=report.about.question_set))
    head = "".join(f'<p class="soft">{escape(line)}</p>' for line in subtitle(report, language))
    yield (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
        f"<title>{title} – Beleg</title>\n<style>\n{style}</style>\n</head>\n"
        f'<body>\n<main class="report">\n<header><h1>{title}</h1>{head}</header>\n'
    )
    yield from sections(report, language, comparison)
    yield f"\n</main>\n<script>{script}</script>\n</body>\n</html>\n"
