"""Follow-ups without an LLM: a question that refers to the turn before it is read together with that turn.

Only a question that cannot stand alone is changed: one too short to name what it asks about ("Und wann?"), or one
whose words point back ("Was sagte er dazu?"). The earlier question is put before it, and the sentences that the
earlier answer cited are preferred in retrieval.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.search.lexical import fold, words
from rag.answer import Citation, Turn
from rag.conversation.language import FUNCTION_WORDS, FunctionWords, question_language

# German articles are pronouns where no noun follows: "Wer hat das unterzeichnet?"
_ARTICLES = frozenset("der die das den dem".split())
# "Wie viele gibt es?", "How many are there?", "How long did it take?": their pronouns refer to nothing.
_EXPLETIVE = re.compile(
    r"\b(?:gib\w*\s+es|gab\s+es|ging\s+es|geht\s+es|es\s+gibt|es\s+gab|are\s+there|is\s+there|was\s+there|were\s+there|"
    r"does\s+it\s+take|did\s+it\s+take)\b",
    re.IGNORECASE,
)
_WHAT_ABOUT = (["what", "about"], ["how", "about"], ["was", "ist", "mit"], ["wie", "ist", "es", "mit"])
# A question with more content words than this names its own topic, whatever else it refers to.
MAX_TOPICAL_WORDS = 3
# Of the earlier question. With a longer one, the new question could lie beyond the encoder's 512 tokens.
MAX_EARLIER_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Query:
    """What a question means after the turns before it.

    Attributes:
        asked: what the reader is asked, and what the answer says that the question was read as.
        searched: what is encoded and looked up; "" where that is what is asked.
        cited_before: the citations of the turn before, for a question that refers to that turn.
    """

    asked: str
    searched: str = ""
    cited_before: tuple[Citation, ...] = ()

    @property
    def text(self) -> str:
        """What is encoded and looked up."""
        return self.searched or self.asked


def understand(question: str, history: Sequence[Turn]) -> Query:
    """Read a question in the light of the turns before it.

    Returns:
        The question unchanged where it stands alone or nothing came before; else the last question that stood alone
        followed by this one, with the sentences that the answer just before cited.
    """
    if not history or not leans_on_before(question):
        return Query(question)
    standing = [turn.question for turn in history if not leans_on_before(turn.question)]
    earlier = standing[-1] if standing else history[0].question
    cited = history[-1].answer.citations if history[-1].answer else ()
    return Query(f"{earlier.strip()[:MAX_EARLIER_CHARACTERS]} {question.strip()}", "", cited)


def leans_on_before(question: str) -> bool:
    """Return whether a question cannot be understood without the one before it."""
    asked = _EXPLETIVE.sub(" ", question)
    said = words(asked)
    if not said:
        return False
    known = FUNCTION_WORDS.get(question_language(said), FUNCTION_WORDS["en"])
    topical = [word for word in said if word not in known.all]
    if not topical or (len(said) <= 2 and said[0] in known.plain):
        return True
    points_back = _points_back(asked, known, len(topical))
    if said[0] in known.openings or any(said[: len(phrase)] == phrase for phrase in _WHAT_ABOUT):
        return points_back or len(topical) < MAX_TOPICAL_WORDS
    return points_back and len(topical) <= MAX_TOPICAL_WORDS


def _points_back(question: str, known: FunctionWords, topical: int) -> bool:
    tokens = [*re.findall(r"\w+|[,;.?!]", question), "?"]
    folded = [fold(token) for token in tokens]
    # In a language that writes names with a capital, a pronoun refers to a name before it.
    named = [number > 0 and token[0].isupper() for number, token in enumerate(tokens)]
    for number, word in enumerate(folded[:-1]):
        if word in known.pointers or (word in known.pronouns and not any(named[:number])):
            return True
        if word in _ARTICLES and word in known.plain and number > 0:
            ends_there = not folded[number + 1][0].isalnum()
            no_noun = not any(named[number:]) and (any(named) or topical <= 1)
            if ends_there or no_noun:
                return True
    return False
