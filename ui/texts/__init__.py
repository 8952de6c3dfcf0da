"""Every word of the web chat that is not the article's or the assistant's, in German and in English."""

from ui.texts.choosing import TEXTS, texts_for
from ui.texts.examples import BUNDLED_EXAMPLES
from ui.texts.words import Language, Texts

__all__ = ["BUNDLED_EXAMPLES", "TEXTS", "Language", "Texts", "texts_for"]
