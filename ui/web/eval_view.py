"""What the evaluation tab shows, as escaped HTML: what is measured, how far that is, and the report."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from rag.evaluation.questions import QuestionSet
from rag.evaluation.report import Report
from ui.report import sections
from ui.report.numbers import Numbers
from ui.texts import Language, Texts
from ui.web.eval_run import Step, missing_libraries
from ui.web.failure_view import boxed_html
from ui.web.verbatim import filled_html

if TYPE_CHECKING:
    from rag import Assistant

# As README has it; about the bundled article.
EXAMPLE = """{
  "format": "beleg-questions/1",
  "questions": [
    {
      "id": "1",
      "category": "factoid",
      "question": "Wann trafen sie sich zuletzt?",
      "answerable": true,
      "answers": ["im Mai"],
      "evidence": [{"text": "zuletzt im Mai in Seoul"}]
    },
    {
      "id": "2",
      "category": "follow-up",
      "question": "Und wer wurde nach Washington eingeladen?",
      "history": ["Wann trafen sie sich zuletzt?"],
      "answerable": true,
      "evidence": [
        {"text": "zu denen auch Australien und Neuseeland gehören", "group": 1},
        {"text": "Yoon und Kishida", "occurrence": 1, "group": 2}
      ]
    },
    {"id": "3", "question": "Wie lange dauerte das Treffen?", "answerable": false}
  ]
}"""


def welcome_html(t: Texts) -> str:
    """Return what the tab is for, and an example of the questions that it takes."""
    example = (
        f'<details class="example"><summary>{escape(t("evaluation.own_format"))}</summary><p>{escape(t("evaluation.own_format_says"))}</p>'
        f'<div class="code"><pre tabindex="0">{escape(EXAMPLE)}</pre>'
        f'<button type="button" data-copied="{escape(t("evaluation.copied"))}">{escape(t("evaluation.copy"))}</button></div></details>'
    )
    return f"<h1>{escape(t('evaluation.heading'))}</h1><p>{escape(t('evaluation.welcome'))}</p>{example}"


def missing_html(t: Texts) -> str:
    """Return what is to be installed before anything can be measured; "" where nothing is."""
    names = missing_libraries()
    if not names:
        return ""
    line = escape(t("evaluation.missing").format(names=", ".join(names)))
    return boxed_html(f"<p>{line}</p><p>{escape(t('evaluation.install'))} <code>pip install 'beleg[eval]'</code></p>")


def status_html(text: str) -> str:
    """Return a line about the evaluation that is going on or was."""
    return _status(escape(text))


def _status(html: str) -> str:
    return f'<p class="status" role="status" dir="auto">{html}</p>'


def what_html(asked: QuestionSet, assistant: Assistant, language: Language, t: Texts) -> str:
    """Return what is measured, whether that is another article than the chat's, and what of the file is left out."""
    return _about_html(asked, assistant, language, t) + "".join(map(status_html, asked.left_out))


def _about_html(asked: QuestionSet, assistant: Assistant, language: Language, t: Texts) -> str:
    count, name = len(asked.questions), asked.name
    word = t.count("report.question_word", count)
    if len(asked.article_ids) != 1:
        several = len(asked.article_ids)
        return _status(filled_html(t("evaluation.about_several"), n=count, questions=word, set=name, articles=several))
    article = asked.article(asked.article_ids[0])
    line = filled_html(t("evaluation.about"), n=count, questions=word, set=name, title=article.title)
    if article.id not in {own.id for own in assistant.articles}:
        line += f" {escape(t('evaluation.other_article'))}"
    return _status(line)


def progress_html(step: Step, texts: Texts, t: Texts) -> str:
    """Return how far the evaluation is, and the score so far."""
    said = t("evaluation.progress").format(
        done=step.done, total=step.total, questions=t.count("report.question_word", step.total)
    )
    scores = _scores_html(step, texts)
    bar = f'<progress max="{max(1, step.total)}" value="{step.done}" aria-label="{escape(said)}"></progress>'
    return f'<div class="running">{bar}<p>{escape(said)}{scores}</p></div>'


def stopped_html(step: Step, texts: Texts, t: Texts) -> str:
    """Return that the evaluation was stopped, how far it was, and the score of what had been asked."""
    said = t("evaluation.stopped").format(
        done=step.done, total=step.total, questions=t.count("report.question_word", step.total)
    )
    return _status(escape(said) + _scores_html(step, texts))


def _scores_html(step: Step, texts: Texts) -> str:
    return "".join(
        f" · {escape(Numbers(texts).name(measure))}: <b>{Numbers(texts).figure(measure, value, digits=0)}</b>"
        for measure, value in step.score.items()
    )


def report_html(report: Report, texts: Texts) -> str:
    """Return the whole report, each failure with a button that opens it."""
    return f'<div class="report">{sections(report, texts, can_open=True)}</div>'
