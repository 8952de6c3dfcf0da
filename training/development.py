"""The development half of XQuAD-R as a corpus: questions of each language asked of the article in each."""

from __future__ import annotations

import random
from pathlib import Path

from training.corpus import Asked, CorpusBuilder, Source, read_squad

LANGUAGES = ("de", "en", "es", "zh")
FOLDS = 2


def whole_articles(folder: Path, language: str) -> list[Source]:
    """Return the articles, each one text: paragraphs joined by blank lines, answers counted in it."""
    articles = []
    for source in read_squad(folder / f"{language}.json"):
        text, asked = "", []
        for context, questions in source.paragraphs:
            text += "\n\n" if text else ""
            for one in questions:
                if one.answer:
                    asked.append(Asked(one.question, (one.answer[0] + len(text), one.answer[1] + len(text))))
            text += context
        articles.append(Source(language, [(text, asked)]))
    return articles


def add_development(builder: CorpusBuilder, folder: Path, without_fold: int | None) -> None:
    """Add every question, in the article's language and in one other, to the article in each language.

    Args:
        without_fold: leave out each FOLDS-th article, from this one on.
    """
    articles = {language: whole_articles(folder, language) for language in LANGUAGES}
    chance = random.Random(0)
    for number in range(len(articles["de"])):
        if without_fold is not None and number % FOLDS == without_fold:
            continue
        questions = {name: [one.question for one in articles[name][number].paragraphs[0][1]] for name in LANGUAGES}
        for language in LANGUAGES:
            others = [other for other in LANGUAGES if other != language]
            mixed = [questions[chance.choice(others)][place] for place in range(len(questions[language]))]
            builder.add_asked_in(articles[language][number], [questions[language], mixed])
