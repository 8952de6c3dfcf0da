"""What a message is for: a question, small talk, or something about the articles as such; courtesies beside it go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from index import Encoder
from index.models.embedded_encoder import is_embedded
from index.models.encoder import FloatArray
from index.search.lexical import words
from rag.answer import Kind, Turn
from rag.conversation.about import with_any_noun
from rag.conversation.dependence import without_correction
from rag.conversation.intent import COURTESIES, LENGTHS, Intent, intent, known_label
from rag.conversation.message import courtesies_of
from rag.conversation.wording import without_please, wording
from rag.settings import Settings

# Likelier than not.
LIKELY = 0.5
# So probably a message about an article asks what is said of something, when asked of a plain noun: of 104 that ask for
# something else (those of benchmarks/fit_intent.py), 5 are taken for that.
_PLAINLY = 0.4


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a message asks, and what it is meant as.

    Attributes:
        text: the message without courtesies before or after what it asks.
        vector: that text's, as a question, shape (dimension,).
        meant: what the message is most probably meant as, if it is no question.
    """

    text: str
    vector: FloatArray
    meant: Intent


class PurposeReader:
    """Tells what messages are for, by their meaning.

    Args:
        occurs: tells whether a word stands in the articles.
    """

    def __init__(self, encoder: Encoder, settings: Settings, occurs: Callable[[str], bool]) -> None:
        self._encoder, self._settings, self._occurs = encoder, settings, occurs

    def read(self, message: str, turns: Sequence[Turn]) -> Purpose:
        """Read a message that asks one thing.

        Args:
            turns: before it, oldest first.
        """
        purpose = self._purpose(message, turns)
        meant = purpose.meant
        is_sure = meant.about >= self._settings.about_bar or meant.probability >= LIKELY
        if not is_sure and (plain := with_any_noun(purpose.text, self._occurs)):
            about = self._intent(plain).about
            purpose = replace(purpose, meant=replace(meant, about=about if about >= _PLAINLY else meant.about))
        last = next((turn.answer for turn in reversed(turns) if turn.answer and turn.answer.kind != "talk"), None)
        if purpose.meant.topic in LENGTHS and (last is None or last.kind != "overview"):
            # Only an overview can be had longer or shorter.
            return replace(purpose, meant=replace(purpose.meant, kind="talk", topic="abilities"))
        return purpose

    def _purpose(self, message: str, turns: Sequence[Turn]) -> Purpose:
        text = self._without_courtesies(message)
        vector = self._encoder.encode_questions([text])[0]
        meant = self._meant(text, vector, turns)
        if text == message:
            return Purpose(text, vector, meant)
        # "Hello, who are you?" is talk by itself, "thanks, and when?" is not.
        whole = self._intent(message)
        if meant.kind == whole.kind == "talk" and meant.probability >= LIKELY:
            # "All right, see you": what is left without the courtesy is one too, so both are surer than either.
            both = 1 - (1 - meant.probability) * (1 - whole.probability)
            meant = replace(max(meant, whole, key=lambda one: one.probability), probability=both)
        elif whole.kind != "talk" or whole.topic not in COURTESIES:
            meant = whole
        return Purpose(text, vector, meant)

    def bars(self, meant: Intent, *, goes_on: bool) -> tuple[float, float]:
        """Return how probably a message must be no question to be answered as such at once, and after an abstention.

        Args:
            goes_on: whether it continues the turn before with an interrogative of its own.
        """
        settings = self._settings
        if goes_on:
            return settings.talk_bar, settings.kind_bar
        if meant.kind == "talk":
            return settings.talk_bar, settings.abstained_talk_bar
        return settings.kind_bar, settings.abstained_kind_bar

    def _intent(self, message: str, vector: FloatArray | None = None) -> Intent:
        vector = self._encoder.encode_questions([message])[0] if vector is None else vector
        meant = intent(vector, self._encoder)
        kind, _, topic = known_label(message).partition(".")
        # "Rubbish" may be what the articles are about.
        if kind and is_embedded(self._encoder) and not all(map(self._occurs, words(message))):
            return replace(meant, kind=cast("Kind", kind), topic=topic, probability=1.0)
        return meant

    def _without_courtesies(self, message: str) -> str:
        """Return a message without the thanks or the greeting before or after it, which are not searched for."""
        # One before the question, one after it.
        for _ in range(2):
            kept = [rest for said, rest in courtesies_of(message) if self._is_courtesy(said)]
            if not kept:
                break
            message = kept[0]
        return message

    def _is_courtesy(self, message: str) -> bool:
        meant = self._intent(message)
        is_courtesy = meant.kind == "talk" and meant.topic in COURTESIES
        return is_courtesy and meant.probability >= self._settings.abstained_talk_bar

    def _meant(self, message: str, vector: FloatArray, turns: Sequence[Turn]) -> Intent:
        # Capitals shout, and mean the same.
        usual = message.lower() if message.isupper() else message
        meant = self._intent(usual, vector if usual == message else None)
        # "Sorry, 2019" is no apology where it corrects what was asked before, nor "sorry, against" a complaint.
        said = without_correction(usual) if turns else usual
        if said != usual:
            plainly = self._intent(said)
            if any(self._occurs(token.text) for token in wording(usual).content):
                # "I meant a cat": what the articles speak of is no small talk.
                return replace(plainly, probability=0.0)
            return min(meant, plainly, key=lambda one: one.probability)
        if (request := without_please(usual)) != usual:
            plain = self._intent(request)
            return plain if plain.kind != "talk" and plain.probability > meant.probability else meant
        return meant
