"""How the page says that something went wrong, wherever it does: as escaped HTML that is read out at once."""

from __future__ import annotations

from html import escape


def failure_html(*messages: str) -> str:
    """Return messages that stand in the place of what was asked for, each a paragraph."""
    return boxed_html("".join(f'<p dir="auto">{escape(message)}</p>' for message in messages))


def boxed_html(html: str) -> str:
    """Return HTML as the same kind of message, for one that is more than plain words."""
    return f'<div class="failure" role="alert">{html}</div>'
