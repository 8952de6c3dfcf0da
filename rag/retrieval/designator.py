"""Names with a number in them, "class 6a" or "the S7", that no article has: what is said of another is no answer."""

from __future__ import annotations

import re
from collections.abc import Callable

# A letter and a number ("S7", "B12"), or a number and one of the first letters ("6a"): others are units and ordinals
# ("5m", "3d", "2e"). Not what is also said in words: a quarter or a half of a year, a group of states.
_DESIGNATOR = re.compile(r"(?<![\w-])(?:[^\W\d_ghqGHQ]\d{1,4}|\d{1,3}[abcfABCF])(?![\w-])")
_PARTS = re.compile(r"\d+|[^\W\d_]+")


def unknown_designators(question: str, knows: Callable[[str], bool]) -> list[str]:
    """Return the names with a number in them that a question has and no article.

    Args:
        knows: tells whether a folded word stands in the articles or their headings. "M 40" is "M40", too.
    """
    found = [one.group().lower() for one in _DESIGNATOR.finditer(question)]
    return [one for one in found if not knows(one) and not all(map(knows, _PARTS.findall(one)))]
