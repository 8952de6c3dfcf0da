"""What is said of something: how surely the reader tells a topic of an article from one of another, and finds it.

    python -m benchmarks.about DATA

DATA is XQuAD-R's development half (arXiv 2004.05484). The topics are names among its short answers; of each German
article, those of its own questions and those of the article five further on that it does not have, in German and in
English. For some forms of asking, each searched by itself and by the noun alone, it prints the area under the ROC
curve, quantiles of the best sentence's probability before `about_odds`, the share of both that are answered with them,
and how often the sentence that is cited has the name (in German).
"""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path
from random import Random

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.development import read_development
from rag import Assistant
from rag.conversation.query import Query
from rag.evaluation.formats.squad import SquadEntry
from rag.settings import Settings

FORMS = {
    "de": ("Was ist mit {}?", "Was wird über {} gesagt?", "{}?"),
    "en": ("What about {}?", "What is said about {}?", "{}?"),
}
ARTICLES = 14
TOPICS = 4
MOST_WORDS = 3
FEWEST_LETTERS = 4


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    chance, odds, bar = Random(1), Settings().about_odds, Settings().answer_bar
    german, english = (read_development(Path(sys.argv[1]), language) for language in FORMS)
    names = [topics(*both, chance) for both in zip(german, english, strict=True)][:ARTICLES]
    found: dict[tuple[str, str, str], list[tuple[bool, float, bool]]] = {}
    for number, entry in enumerate(german[:ARTICLES]):
        assistant, text = Assistant.from_articles([entry.article]), entry.article.text.casefold()
        others = [both for both in names[(number + 5) % ARTICLES] if both[0].casefold() not in text]
        for own, both in [*((True, b) for b in names[number][:TOPICS]), *((False, b) for b in others[:TOPICS])]:
            for (language, name), by in product(zip(FORMS, both, strict=True), ("form", "noun")):
                for form in FORMS[language]:
                    alone = f"{name}?"
                    query = Query(form.format(name), alone if by == "noun" else "", said=alone, is_about=True)
                    candidates = assistant._retriever.sentences(query)
                    reading = assistant._reader.read(query, candidates, assistant.index)
                    place = reading.order[0]
                    cited = assistant.index.sentence_text(int(candidates.rows[place])).casefold()
                    probability = assistant.settings.calibration.apply(float(reading.probabilities[place]))
                    row = (own, probability, both[0].casefold() in cited)
                    found.setdefault((language, form, by), []).append(row)
    for (language, form, by), rows in found.items():
        own, probability, named = (np.asarray(column) for column in zip(*rows, strict=True))
        answered = probability * odds / (1 + (odds - 1) * probability) >= bar
        print(
            f"{language} {form:25} by the {by}: area {roc_auc_score(own, probability):.3f}  own, n = {own.sum()}: "
            f"{np.quantile(probability[own], (0.1, 0.25, 0.5)).round(3)}, answered {answered[own].mean():.2f}, named "
            f"{named[own].mean():.2f}  other, n = {(~own).sum()}: "
            f"{np.quantile(probability[~own], (0.5, 0.9, 1)).round(3)}, answered {answered[~own].mean():.2f}"
        )


def topics(german: SquadEntry, english: SquadEntry, chance: Random) -> list[tuple[str, str]]:
    """Return the names among an article's short answers in both languages, in random order."""
    both = zip(german.questions, english.questions, strict=True)
    answers = [(one.answers[0], other.answers[0]) for (one, _), (other, _) in both if one.answers and other.answers]
    names = [
        pair
        for pair in answers
        if pair[0][0].isupper() and len(pair[0]) >= FEWEST_LETTERS and max(map(len, map(str.split, pair))) <= MOST_WORDS
    ]
    chance.shuffle(names)
    return names


if __name__ == "__main__":
    main()
