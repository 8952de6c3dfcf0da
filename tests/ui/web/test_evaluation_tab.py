"""What the evaluation tab says of a file before and while it is asked, without a browser."""

from __future__ import annotations

import re

from rag import Assistant
from rag.evaluation.report import Report
from tests.small_set import small_dialogues, small_set
from ui.texts import TEXTS
from ui.web.evaluation_tab import Evaluation, Step, progress_html, questions_html, report_html, run
from ui.web.tasks import Work


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>|[\u2066-\u2069]", "", html).split())


def test_dialogues_are_named_beside_the_questions(two_articles: Assistant) -> None:
    both = plain(questions_html(small_dialogues("heat"), two_articles, TEXTS["en"]))
    assert "1 question from dialogues.json about “Brot”." in both
    assert "5 turns of 2 dialogues from dialogues.json." in both
    alone = plain(questions_html(small_dialogues(), two_articles, TEXTS["de"]))
    assert alone == "5 Nachrichten in 2 Gesprächen aus dialogues.json."
    assert "dialogue" not in plain(questions_html(small_set("heat"), two_articles, TEXTS["en"]))


def test_turns_are_steps_and_the_report_shows_them(two_articles: Assistant) -> None:
    *steps, report = run(Evaluation(), small_dialogues("heat"), two_articles, Work())
    last = [step for step in steps if isinstance(step, Step)][-1]
    assert (last.done, last.total) == (6, 6) and isinstance(report, Report)
    assert "Handled as expected: 60%" in plain(progress_html(last, TEXTS["en"]))
    shown = plain(report_html(report, TEXTS["en"]))
    assert "3 of 5 turns in conversations: handled as expected." in shown and "Not shown: 2 of the part" in shown
