"""Plain text and Markdown → Blocks."""

from __future__ import annotations

from index.article import Block


def find_blocks(text: str) -> list[Block]:
    """Return the blocks of a plain text."""
    return [Block("paragraph", 0, len(text))]
