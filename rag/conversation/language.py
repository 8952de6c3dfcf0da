"""The language of a question, and of an article's script, as far as the words themselves tell.

A detector trained on running text is wrong on three words ("Wer traf Kishida?" is Uzbek to py3langid). The function
words of a question tell more: those of five languages are in function_words.toml.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from index.search.lexical import words

# A text's script is told from this much of it.
SCRIPT_CHARACTERS = 400


@dataclass(frozen=True)
class FunctionWords:
    """The closed-class words of one language; function_words.toml says what the four kinds are."""

    plain: frozenset[str]
    pronouns: frozenset[str]
    pointers: frozenset[str]
    openings: frozenset[str]

    @cached_property
    def all(self) -> frozenset[str]:
        """Every word of the four kinds."""
        return self.plain | self.pronouns | self.pointers | self.openings


FUNCTION_WORDS = {
    language: FunctionWords(**{kind: frozenset(listed.split()) for kind, listed in kinds.items()})
    for language, kinds in tomllib.loads(
        Path(__file__).with_name("function_words.toml").read_text(encoding="utf-8")
    ).items()
}


def question_language(folded_words: Sequence[str], prefer: str = "en") -> str:
    """Return the language, of the five, that most of a question's words are function words of; "" for none.

    Args:
        prefer: returned where it has as many as any other ("Was Kishida in Washington?").
    """
    counts = _counts(folded_words)
    most = max(counts.values())
    best = [language for language, count in counts.items() if count == most]
    if not most:
        return ""
    return prefer if prefer in best else best[0]


def is_foreign(question: str, language: str, script: str) -> bool:
    """Return whether a question is in another language than an article.

    Two languages of one script are told apart only where the article's is one of the five: the function words of others
    resemble theirs too much (Portuguese and Spanish, Dutch and English).

    Args:
        language: the article's, ISO 639-1.
        script: the article's, as `script_of` names it.
    """
    own_script = script_of(question[:SCRIPT_CHARACTERS])
    if own_script and script and own_script != script:
        return True
    counts = _counts(words(question))
    return language in counts and counts[language] < max(counts.values())


@lru_cache(maxsize=4096)
def script_of(text: str) -> str:
    """Return the script that most letters of a text are in, as Unicode names it: "LATIN", "CJK"."""
    letters = [unicodedata.name(c, "").split(" ")[0].split("-")[0] for c in text if c.isalpha()]
    return max(sorted(set(letters)), key=letters.count, default="")


def _counts(folded_words: Sequence[str]) -> dict[str, int]:
    return {language: sum(word in known.all for word in folded_words) for language, known in FUNCTION_WORDS.items()}
