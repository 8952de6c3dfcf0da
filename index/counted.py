"""Numbers of things, in English."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """Return a number with what it counts: "1 article", "2 articles"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
