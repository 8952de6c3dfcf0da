"""The questions that an empty chat offers, in German and in English."""

from __future__ import annotations

from ui.texts.words import Language

# Asked of the bundled article only; the last of each is one that it does not answer.
BUNDLED_EXAMPLES: dict[Language, tuple[str, ...]] = {
    "de": (
        "Wann trafen sich Yoon und Kishida zuletzt?",
        "Was sagt die Gipfelerklärung über Nordkoreas Waffenexporte?",
        "Gegen welche Resolutionen verstößt die Zusammenarbeit?",
        "Wie viele Soldaten hat Nordkorea?",
    ),
    "en": (
        "When did Yoon and Kishida last meet?",
        "What was set out at the Camp David summit in August 2023?",
        "Which NATO partner countries from the Indo-Pacific were invited to Washington?",
        "How many soldiers does North Korea have?",
    ),
}
