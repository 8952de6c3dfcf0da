"""What the evaluation tab shows, as escaped HTML: what is measured, how far that is, and the report."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from rag.evaluation.question_set import QuestionSet
from rag.evaluation.report import Report
from ui.eval_run import Step, missing_libraries
from ui.eval_texts import EvaluationTexts
from ui.report.names import name_of
from ui.report.numbers import figure
from ui.report.page import sections
from ui.texts import Texts

if TYPE_CHECKING:
    from rag import Assistant


def welcome_html(t: EvaluationTexts) -> str:
    """Return what the tab is for."""
    return f"<h1>{escape(t.heading)}</h1><p>{escape(t.welcome)}</p>"


def missing_html(t: EvaluationTexts) -> str:
    """Return what is to be installed before anything can be measured; "" where nothing is."""
    names = missing_libraries()
    if not names:
        return ""
    line = escape(t.missing.format(names=", ".join(names)))
    return _boxed(f"<p>{line}</p><p>{escape(t.install)} <code>pip install 'beleg[eval]'</code></p>")


def status_html(text: str) -> str:
    """Return a line about the evaluation that is going on or was."""
    return f'<p class="status" role="status" dir="auto">{escape(text)}</p>'


def failure_html(message: str) -> str:
    """Return why there is no evaluation."""
    return _boxed(f'<p dir="auto">{escape(message)}</p>')


def _boxed(html: str) -> str:
    return f'<div class="failure" role="alert">{html}</div>'


def what_html(questions: QuestionSet, assistant: Assistant, t: EvaluationTexts) -> str:
    """Return what is measured, and whether that is another article than the chat's."""
    count, name = len(questions.questions), questions.name
    if len(questions.article_ids) != 1:
        return status_html(t.about_several.format(n=count, set=name, articles=len(questions.article_ids)))
    article = questions.article(questions.article_ids[0])
    line = t.about.format(n=count, set=name, title=article.title)
    if article.id not in {own.id for own in assistant.articles}:
        line += f" {t.other_article}"
    return status_html(line)


def progress_html(step: Step, texts: Texts, t: EvaluationTexts) -> str:
    """Return how far the evaluation is, and the score so far."""
    said = t.progress.format(done=step.done, total=step.total)
    scores = "".join(
        f" · {escape(name_of(measure, texts.language))}: <b>{figure(measure, value, texts.language, digits=0)}</b>"
        for measure, value in step.score.items()
    )
    bar = f'<progress max="{max(1, step.total)}" value="{step.done}" aria-label="{escape(said)}"></progress>'
    return f'<div class="running">{bar}<p>{escape(said)}{scores}</p></div>'


def report_html(report: Report, texts: Texts) -> str:
    """Return the whole report, each failure with a button that opens it."""
    return f'<div class="report">{"".join(sections(report, texts.language, can_open=True))}</div>'
