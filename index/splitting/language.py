"""Which language a text is in, by py3langid (Lui & Baldwin 2012; BSD, 4.6 MB, no network)."""

from __future__ import annotations

import threading

# Enough to be sure of, and quick on a book.
SAMPLE_CHARACTERS = 4000
_lock = threading.Lock()


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of the language that most of the text's beginning is in."""
    import py3langid

    with _lock:
        language, _ = py3langid.classify(text[:SAMPLE_CHARACTERS])
    return str(language)
