"""Which language's words a browser gets."""

from __future__ import annotations

from ui.texts.english import ENGLISH
from ui.texts.german import GERMAN
from ui.texts.words import Language, Texts

TEXTS: dict[Language, Texts] = {"de": GERMAN, "en": ENGLISH}

_LANGUAGES: dict[str, Language] = {"de": "de", "en": "en"}


def texts_for(accept_language: str) -> Texts:
    """Return the texts in the language that an Accept-Language header likes best; English where it names neither.

    Args:
        accept_language: the header's value, such as "de-DE,de;q=0.9,en;q=0.8"; may be empty or malformed.
    """
    best: Language = "en"
    liking = 0.0
    for entry in accept_language.split(","):
        tag, _, quality = entry.strip().partition(";q=")
        code = _LANGUAGES.get(tag.split("-")[0].lower())
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if code and weight > liking:
            best, liking = code, weight
    return TEXTS[best]
