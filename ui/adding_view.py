"""What the reading pane says of articles being added, as escaped HTML."""

from __future__ import annotations

from html import escape

from ui.adding import Added, Step
from ui.texts import Texts


def step_html(step: Step, texts: Texts) -> str:
    """Return how far the adding is."""
    said = texts.adding.format(title=step.title, place=step.place, count=step.count)
    bar = f'<progress max="{max(1, step.total)}" value="{step.done}" aria-label="{escape(said)}"></progress>'
    return f'<div class="running">{bar}<p dir="auto">{escape(said)}</p></div>'


def waiting_html(texts: Texts) -> str:
    """Return that others' articles come first."""
    return f'<p class="status" role="status">{escape(texts.adding_waits)}</p>'


def added_html(added: Added, texts: Texts) -> str:
    """Return what was added and, for each text that was not, why."""
    count = len(added.articles)
    said = texts.added_one.format(title=added.articles[0].title) if count == 1 else texts.added.format(count=count)
    if added.cancelled:
        said = f"{texts.adding_cancelled} {said}" if count else texts.adding_cancelled
    line = f'<p class="status" role="status" dir="auto">{escape(said)}</p>' if count or added.cancelled else ""
    failures = "".join(f'<p dir="auto">{escape(failure)}</p>' for failure in added.failures)
    return line + (f'<div class="failure" role="alert">{failures}</div>' if failures else "")
