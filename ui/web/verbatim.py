"""Texts of others within the interface's own: escaped, and with a writing direction that ends where they do."""

from __future__ import annotations

from html import escape


def filled_html(text: str, /, **parts: object) -> str:
    """Fill the `{name}` places of one of the interface's texts; HTML.

    Each part stands in a <bdi>: a title with a right-to-left override in it would turn around the words after it.
    """
    return escape(text).format(**{name: f"<bdi>{escape(str(part))}</bdi>" for name, part in parts.items()})


def verbatim_html(text: str) -> str:
    """Return a text of an article or an answer that other things stand beside; HTML.

    A span and not a <bdi>, because the paragraph around it takes its own direction from the text.
    """
    return f'<span class="verbatim">{escape(text)}</span>'
