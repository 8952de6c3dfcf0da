"""The short answer: whether a question wants one, and which characters of the article it is exactly."""

from __future__ import annotations

import re

from index.lexical import words
from rag.function_words import question_language, script_of

# Folded as `index.lexical.fold` does. A question without one asks for yes or no, or for a choice.
_ASKS_FOR = {
    "de": re.compile(r"we[rnms]|wessen|was|wann|warum|wie\w*|weshalb|wo\w*|welch\w*|nenn\w*|zahl\w*"),
    "en": re.compile(r"who\w*|what\w*|when|where\w*|why|how|which\w*|name|list"),
    "es": re.compile(r"que|quien\w*|cual\w*|cuando|a?donde|como|cuant\w*|nombr\w*"),
    "fr": re.compile(r"qu|qui|que|quoi|quand|ou|comment|pourquoi|lequel\w*|laquelle|quel\w*|combien|nomm\w*|cite\w*"),
    "it": re.compile(r"chi|che|cosa|quando|dove|perche|come|qual\w*|quant\w*|cos|dov"),
}
_YES_NO_CHINESE = re.compile(r"[吗嗎]|是否|是不是|有没有|か[。？?]?$")
_OPEN_CHINESE = re.compile(
    r"什么|什麼|哪|谁|誰|几|幾|多少|何|怎|为什么|なに|どこ|いつ|だれ|どの|どれ|どちら|どんな|なぜ|どう|いくつ|いくら"
)
_EST_CE_QUE = re.compile(r"\best[- ]ce[- ]qu(?:e\b|['’])", re.IGNORECASE)
# What may stand at either end of a span and belongs to the sentence, not to the answer.
_EDGES = " \t\n\u00a0\u3000,;:.!?…–—-„“”\"'«»‚‘’()[]。，、；：？！「」『』（）"
_PAIRS = {")": "(", "]": "[", "“": "„", "”": "“", "»": "«", '"': '"', "」": "「", "』": "『", "）": "（"}


def asks_for_words(question: str) -> bool:
    """Whether a question asks for something that words of the article can be, and not for yes or no.

    Told by the interrogatives of five languages and of Chinese and Japanese. A question in another language, unless it
    looks like one of the five, always does.
    """
    if _YES_NO_CHINESE.search(question) and not _OPEN_CHINESE.search(question):
        return False
    said = words(_EST_CE_QUE.sub(" ", question))
    # "Was" and some others are words of more than one language.
    possible = [language for language in _ASKS_FOR if question_language(said, prefer=language) == language]
    if script_of(question) != "LATIN" or not possible:
        return True
    return any(_ASKS_FOR[language].fullmatch(word) for language in possible for word in said)


def trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return a span of a text without the spaces and punctuation at its ends, None where nothing else is in it.

    A closing mark stays where its opening one is inside, an abbreviation's or ordinal's full stop goes.
    """
    while start < end and text[start] in _EDGES and not _begins(text, start, end):
        start += 1
    while start < end and text[end - 1] in _EDGES:
        opening = _PAIRS.get(text[end - 1])
        if opening and opening in text[start : end - 1]:
            break
        end -= 1
    return (start, end) if start < end else None


def _begins(text: str, start: int, end: int) -> bool:
    if text[start] in "-–" and text[start + 1 : start + 2].isdigit():
        return True
    return any(_PAIRS.get(mark) == text[start] for mark in text[start + 1 : end])
