"""What the reading pane says of articles being added, as escaped HTML."""

from __future__ import annotations

from html import escape

from ui.texts import Texts
from ui.web.adding import Added, Step
from ui.web.failure_view import failure_html
from ui.web.verbatim import filled_html


def step_html(step: Step, texts: Texts) -> str:
    """Return how far the adding is."""
    parts = {"title": step.title, "place": step.place, "count": step.count}
    said = texts("chat.adding").format(**parts)
    bar = f'<progress max="{max(1, step.total)}" value="{step.done}" aria-label="{escape(said)}"></progress>'
    return f'<div class="running">{bar}<p>{filled_html(texts("chat.adding"), **parts)}</p></div>'


def waiting_html(texts: Texts) -> str:
    """Return that others' articles come first."""
    return f'<p class="status" role="status">{escape(texts("chat.adding_waits"))}</p>'


def added_html(added: Added, texts: Texts) -> str:
    """Return what was added and, for each text that was not, why."""
    count = len(added.articles)
    said = [escape(texts("chat.adding_cancelled"))] if added.cancelled else []
    if count == 1:
        said.append(filled_html(texts("chat.added.one"), title=added.articles[0].title))
    elif count:
        said.append(filled_html(texts("chat.added.other"), count=count))
    line = f'<p class="status" role="status">{" ".join(said)}</p>' if said else ""
    return line + (failure_html(*added.failures) if added.failures else "")
