"""Text that stands for no letters: fonts without a Unicode map."""

from __future__ import annotations

import re
import unicodedata

# Fewer words than these say nothing.
_WORDS = 20
_ODD = re.compile(
    r"[a-zß-ÿ][A-ZÀ-Þ]|[^\W\d_][0-9!\"#$%&()*+,:;<=>?@\[\\\]^{|}~][^\W\d_]|[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f]"
)
_ADDRESS = re.compile(r"://|@|www\.|[/\\]\w+[/\\]|\w+\.\w+\(")


def is_garbled(text: str, unmapped: int) -> bool:
    """Return whether most of a page's text cannot be what the page shows.

    Args:
        text: the page's words with blanks between.
        unmapped: how many of its characters have no Unicode, as pdfium says.
    """
    letters = [c for c in text if not c.isspace()]
    if not letters:
        return False
    if unmapped > 0.5 * len(letters):
        return True
    unassigned = sum(unicodedata.category(c) in ("Co", "Cc", "Cn") or c == "\ufffd" for c in letters)
    if unassigned > 0.3 * len(letters):
        return True
    words = [word for word in text.split() if len(word) >= 4 and not _ADDRESS.search(word)]
    odd = sum(1 for word in words if _ODD.search(word.strip("()[]{}\"'„“”«»,.;:!?")))
    return len(words) >= _WORDS and odd > 0.5 * len(words)
