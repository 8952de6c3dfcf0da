"""Exact match and token F1 of short answers, as SQuAD counts them, in any language.

For English the normalisation is that of SQuAD v1.1's script (Rajpurkar et al. 2016, arXiv 1606.05250), to the letter.
Other languages follow MLQA's (Lewis et al. 2020, arXiv 1910.07475): punctuation by Unicode category, each language's
own articles, and characters as tokens where no spaces part the words.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

_ARTICLES = {
    "en": "a an the",
    "de": "ein eine einen einem eines einer der die das den dem des",
    "es": "un una unos unas el la los las",
    "fr": "un une le la les l",
    "it": "un uno una il lo la i gli le l",
    "pt": "um uma uns umas o a os as",
    "nl": "de het een",
    "vi": "của là cái chiếc những",
}
_ARTICLE = {language: re.compile(rf"\b(?:{'|'.join(some.split())})\b") for language, some in _ARTICLES.items()}
# Chinese and Japanese characters, kana, and the scripts of Thai, Lao, Burmese and Khmer: each is a token.
UNSPACED = re.compile(
    r"([\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    r"\U00020000-\U0003ffff])"
)


def exact_match(given: str, answers: Sequence[str], language: str) -> float:
    """Return 1 where the answer is, normalised, one of the expected ones, else 0.

    Args:
        language: ISO 639-1 code of the answers: whose articles count for nothing.
    """
    return _best(lambda expected: float(tokens(given, language) == tokens(expected, language)), answers)


def f1(given: str, answers: Sequence[str], language: str) -> float:
    """Return the harmonic mean of the precision and recall of tokens, 0 to 1, for the expected answer that fits."""
    return _best(lambda expected: _overlap(tokens(given, language), tokens(expected, language)), answers)


def tokens(text: str, language: str) -> list[str]:
    """Return what is compared of an answer: folded words, without punctuation and articles."""
    if language == "en":
        # SQuAD's own: ASCII punctuation only, and no case folding beyond `lower`.
        plain = "".join(c for c in text.lower() if c not in string.punctuation)
    else:
        folded = unicodedata.normalize("NFC", text.casefold())
        if language in ("fr", "it"):
            # "l'Italia" is two words.
            folded = re.sub("['’]", " ", folded)
        plain = "".join(c for c in folded if not _is_punctuation(c))
    if language in _ARTICLE:
        plain = _ARTICLE[language].sub(" ", plain)
    return (plain if language == "en" else UNSPACED.sub(r" \1 ", plain)).split()


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")


def _overlap(given: list[str], expected: list[str]) -> float:
    shared = (Counter(given) & Counter(expected)).total()
    if not shared:
        return 0.0
    precision, recall = shared / len(given), shared / len(expected)
    return 2 * precision * recall / (precision + recall)


def _best(score: Callable[[str], float], answers: Sequence[str]) -> float:
    return max((score(expected) for expected in answers), default=0.0)
