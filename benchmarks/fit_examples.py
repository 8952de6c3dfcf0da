"""Questions of the development half asked of their article, of the same without the answering paragraph, of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.development import read_development
from index import Index, build_index
from index.encoder import open_encoder
from rag.evaluation.remembering import RememberingEncoder
from rag.retriever import Candidates, Query, Retriever
from rag.settings import Settings

FOLDS = 6
Matrix = npt.NDArray[np.float32]
# A fold, a query, its candidates and their index → which candidates are judged, and their features.
Judged = Callable[[int, Query, Candidates, Index], tuple[npt.NDArray[np.bool_], Matrix]]


@dataclass(frozen=True, slots=True)
class Example:
    """One question asked of one article: the candidates' features and which of them answer.

    `kind` is whole, removed or other; `fold` is the article's, 0 to FOLDS - 1.
    """

    articles: str
    questions: str
    fold: int
    kind: str
    features: Matrix
    answers: npt.NDArray[np.bool_]
    foreign: bool


def collect(data: Path, pairs: Mapping[str, Sequence[str]], kinds: Sequence[str], judged: Judged) -> Iterator[Example]:
    """Yield the examples of each pair of languages.

    Args:
        pairs: the languages to ask in, by the articles' language.
    """
    # Large enough to forget nothing: the same articles are asked in several languages.
    encoder = RememberingEncoder(open_encoder(), max_texts=1_000_000, questions=True)
    for language, asked_in in pairs.items():
        entries = read_development(data, language)
        questions = {other: read_development(data, other) for other in asked_in}
        whole = [build_index([entry.article], encoder) for entry in entries]
        for number, entry in enumerate(entries):
            answers = {question.id: question.evidence[0] for question, _ in entry.questions}
            without = [
                build_index([entry.without(paragraph) or entry.article], encoder)
                if "removed" in kinds
                else whole[number]
                for paragraph in range(len(entry.paragraphs))
            ]
            for asked, translated in questions.items():
                for place, (question, paragraph) in enumerate(translated[number].questions):
                    elsewhere = (number + 1 + place % (len(entries) - 1)) % len(entries)
                    indexes = {"whole": whole[number], "removed": without[paragraph], "other": whole[elsewhere]}
                    # A third of them from elsewhere are enough to tell what an article is not about.
                    for kind in kinds if place % 3 == 0 else [kind for kind in kinds if kind != "other"]:
                        index, query = indexes[kind], Query(question.text)
                        found = Retriever(index, encoder, Settings()).sentences(query)
                        gold = answers[question.id]
                        spans = index.sentences[found.rows]
                        right = (kind == "whole") & (spans[:, 1] < gold.end) & (spans[:, 2] > gold.start)
                        chosen, features = judged(number % FOLDS, query, found, index)
                        yield Example(
                            language, asked, number % FOLDS, kind, features, right[chosen], bool(found.foreign[0])
                        )
        print(f"collected {language}", flush=True)
