"""What is said of something: how surely the reader tells a topic of an article from one of another.

    python -m benchmarks.about DATA

DATA is XQuAD-R's development half (arXiv 2004.05484). The topics are names among its short answers; of each German
article, those of its own questions and those of the article five further on that it does not have, in German and in
English. For each form of asking it prints the area under the ROC curve, quantiles of the best sentence's probability
before `about_odds`, and the share of both that are answered with them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.development import read_development
from rag import Assistant
from rag.conversation.follow_up import Query
from rag.evaluation.formats.squad import SquadEntry
from rag.settings import Settings

FORMS = {
    "de": ("Was wird über {} gesagt?", "Was sagt der Artikel über {}?", "{}?"),
    "en": ("What is said about {}?", "What does the article say about {}?", "{}?"),
}
ARTICLES = 14
TOPICS = 4


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    chance, odds, bar = Random(1), Settings().about_odds, Settings().answer_bar
    entries = {language: read_development(Path(sys.argv[1]), language) for language in FORMS}
    asked = {(language, form): ([], []) for language, forms in FORMS.items() for form in forms}
    for number, german in enumerate(entries["de"][:ARTICLES]):
        assistant = Assistant.from_articles([german.article])
        for language, forms in FORMS.items():
            own = _topics(entries[language][number], chance)
            other = _topics(entries[language][(number + 5) % ARTICLES], chance)
            other = [topic for topic in other if topic.casefold() not in german.article.text.casefold()]
            for form in forms:
                for topics, found in zip((own, other), asked[language, form], strict=True):
                    found += [_best(assistant, form.format(topic)) for topic in topics[:TOPICS]]
    for (language, form), (own_found, other_found) in asked.items():
        own, other = np.asarray(own_found), np.asarray(other_found)
        area = roc_auc_score(np.r_[np.ones(len(own)), np.zeros(len(other))], np.r_[own, other])
        shares = [float(np.mean(some * odds / (1 + (odds - 1) * some) >= bar)) for some in (own, other)]
        print(
            f"{language} {form:38} area {area:.3f}  own, n = {len(own)}: "
            f"{np.quantile(own, (0.1, 0.25, 0.5)).round(3)}, answered {shares[0]:.2f}  other, n = {len(other)}: "
            f"{np.quantile(other, (0.5, 0.9, 0.95)).round(3)}, answered {shares[1]:.2f}"
        )


def _topics(entry: SquadEntry, chance: Random) -> list[str]:
    """Return the names among an article's short answers, in random order: three words at most."""
    answers = [question.answers[0] for question, _ in entry.questions if question.answers]
    names = [name for name in answers if len(name) > 3 and name[0].isupper() and len(name.split()) <= 3]
    chance.shuffle(names)
    return names


def _best(assistant: Assistant, question: str) -> float:
    candidates = assistant._retriever.sentences(Query(question))
    reading = assistant._reader.read(Query(question), candidates, assistant.index)
    return assistant.settings.calibration.apply(float(reading.probabilities.max()))


if __name__ == "__main__":
    main()
