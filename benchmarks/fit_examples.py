"""Questions of the development half asked of their article, of the same without the answering paragraph, of another.

And of two or three sentences, the answering one among them or not: what is learnt from articles of twenty sentences
must hold for the shortest too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.development import DevelopmentEncoder, read_development
from index import Article, Index, build_index
from index.article import normalise
from rag.conversation.query import Query
from rag.evaluation.questions import Evidence
from rag.retrieval.retriever import Candidates, Retriever
from rag.settings import Settings
from training.corpus import read_squad
from training.written import WrittenText, readings

FOLDS = 6
# Every n-th question only is asked in this way.
SHARE = {"other": 3, "short": 2, "short removed": 2}
# Of a text of fewer sentences there are no others that do not answer.
FEWEST = 12
Matrix = npt.NDArray[np.float32]
# From a fold, a query, its candidates and their index to the candidates that are judged, and their features.
Judged = Callable[[int, Query, Candidates, Index], tuple[npt.NDArray[np.bool_], Matrix]]


@dataclass(frozen=True, slots=True)
class Example:
    """One question asked of one article: the candidates' features and which of them answer.

    `articles` and `questions` are their languages; of GermanQuAD `questions` is "germanquad", of texts that were
    written by hand "written". `kind` is whole, removed, other, short, short removed or unsaid (of such a text, which
    does not answer it); `fold` is the article's, 0 to FOLDS - 1.
    """

    articles: str
    questions: str
    fold: int
    kind: str
    features: Matrix
    answers: npt.NDArray[np.bool_]
    foreign: bool


def write_examples(examples: Sequence[Example], path: Path) -> None:
    """Write examples to a file, for `read_examples`."""
    np.savez(
        path,
        rows=np.asarray([(e.articles, e.questions, e.fold, e.kind, int(e.foreign)) for e in examples], np.str_),
        ends=np.cumsum([len(e.answers) for e in examples]),
        features=np.concatenate([e.features for e in examples]),
        answers=np.concatenate([e.answers for e in examples]),
    )


def read_examples(path: Path) -> list[Example]:
    """Return the examples of a file."""
    with np.load(path) as stored:
        arrays = dict(stored)
    features, answers = (np.split(arrays[name], arrays["ends"][:-1]) for name in ("features", "answers"))
    return [
        Example(articles, questions, int(fold), kind, some, right, foreign == "1")
        for (articles, questions, fold, kind, foreign), some, right in zip(
            arrays["rows"].tolist(), features, answers, strict=True
        )
    ]


def collect(data: Path, pairs: Mapping[str, Sequence[str]], kinds: Sequence[str], judged: Judged) -> Iterator[Example]:
    """Yield the examples of each pair of languages.

    Args:
        pairs: the languages to ask in, by the articles' language.
    """
    # The same articles are asked in several languages.
    encoder = DevelopmentEncoder()
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
                    gold = answers[question.id]
                    for kind in kinds:
                        # A third of them are enough to tell what an article is not about.
                        if place % SHARE.get(kind, 1):
                            continue
                        shift, query = 0, Query(question.text)
                        if kind.startswith("short"):
                            start, end = _few_sentences(whole[number], gold, answering=kind == "short")
                            text = entry.article.text[start:end]
                            shift = start
                            index = build_index([Article.read(text, title="?", language=language)], encoder)
                        else:
                            index = indexes[kind]
                        found = Retriever(index, encoder, Settings()).sentences(query)
                        spans = index.sentences[found.rows]
                        overlaps = (spans[:, 1] + shift < gold.end) & (spans[:, 2] + shift > gold.start)
                        right = (kind in ("whole", "short")) & overlaps
                        chosen, features = judged(number % FOLDS, query, found, index)
                        yield Example(
                            language, asked, number % FOLDS, kind, features, right[chosen], bool(found.foreign[0])
                        )
        print(f"collected {language}", flush=True)


def collect_native(data: Path, kinds: Sequence[str], judged: Judged) -> Iterator[Example]:
    """Yield the examples of GermanQuAD's tuning half: questions asked in German, of articles with a title.

    Args:
        data: folder of germanquad.de.json.gz; the folds are those of training/build.py.
    """
    encoder = DevelopmentEncoder()
    sources = [source for source in read_squad(data / "germanquad.de.json.gz") if source.titles]
    texts = [[normalise(context) for context, _ in source.paragraphs] for source in sources]

    def built(number: int, without: int | None = None) -> Index:
        paragraphs = [text for place, text in enumerate(texts[number]) if place != without]
        title = sources[number].titles[0]
        return build_index([Article.read("\n\n".join(paragraphs), title=title, language="de")], encoder)

    whole = [built(number) for number in range(len(sources))]
    asked = 0
    for number, source in enumerate(sources):
        for place, (context, questions) in enumerate(source.paragraphs):
            shift = whole[number].articles[0].text.find(texts[number][place])
            if texts[number][place] != context or shift < 0:
                continue
            for one in filter(lambda question: question.answer, questions):
                asked += 1
                start, end = (offset + shift for offset in one.answer or (0, 0))
                indexes = {"whole": whole[number], "other": whole[(number + asked) % len(sources)]}
                if len(texts[number]) > 1:
                    indexes["removed"] = built(number, place)
                gold = Evidence(whole[number].articles[0].id, start, end)
                for kind in kinds:
                    if kind == "short removed" and len(whole[number].sentences) < FEWEST:
                        continue
                    if kind.startswith("short"):
                        first, last = _few_sentences(whole[number], gold, answering=kind == "short")
                        text = whole[number].articles[0].text[first:last]
                        index = build_index([Article.read(text, title=source.titles[0], language="de")], encoder)
                    elif kind in indexes:
                        first, index = 0, indexes[kind]
                    else:
                        continue
                    if asked % SHARE.get(kind, 1) or not len(index.sentences):
                        continue
                    query = Query(one.question)
                    found = Retriever(index, encoder, Settings()).sentences(query)
                    spans = index.sentences[found.rows]
                    shift_now = first if kind.startswith("short") else 0
                    right = (spans[:, 1] + shift_now < end) & (spans[:, 2] + shift_now > start)
                    right &= kind in ("whole", "short")
                    chosen, features = judged(number % FOLDS, query, found, index)
                    yield Example(
                        "de", "germanquad", number % FOLDS, kind, features, right[chosen], bool(found.foreign[0])
                    )
    print("collected GermanQuAD", flush=True)


def _few_sentences(index: Index, gold: Evidence, *, answering: bool) -> tuple[int, int]:
    """Return half-open offsets of up to three sentences in a row of an index's one article.

    Args:
        answering: whether those around the evidence, or some from the article's other half.
    """
    starts, ends = index.sentences[:, 1], index.sentences[:, 2]
    rows = np.flatnonzero((starts < gold.end) & (ends > gold.start))
    first, last = max(int(rows[0]) - 1, 0), min(int(rows[-1]) + 1, len(starts) - 1)
    if not answering:
        first = last + 2 if last + max(2, len(starts) // 4) < len(starts) else max(first - 5, 0)
        last = first + 2
    return int(starts[first]), int(ends[min(last, len(ends) - 1)])


def collect_written(texts: Iterable[WrittenText], judged: Judged) -> Iterator[Example]:
    """Yield the examples of texts that were written by hand; `questions` is "written"."""
    encoder = DevelopmentEncoder()
    for number, text in enumerate(texts):
        article = Article.read(text.text, title=text.title, language=text.language)
        shift = article.text.find(text.text.strip())
        if shift < 0:
            continue
        index = build_index([article], encoder)
        turns = [
            (turn, wording)
            for dialogue in text.dialogues
            for turn, wordings in zip(dialogue, readings(text.text, dialogue), strict=True)
            # As the rules rewrite it, and with the turns before.
            for wording in dict.fromkeys((wordings[0], wordings[-1]))
        ]
        for one, wording in [*((one, one.question) for one in text.questions), *turns]:
            query = Query(wording)
            found = Retriever(index, encoder, Settings()).sentences(query)
            spans = index.sentences[found.rows]
            right = np.zeros(len(spans), np.bool_)
            for start, end in one.asked(text.text).evidence:
                right |= (spans[:, 1] < end + shift) & (spans[:, 2] > start + shift)
            chosen, features = judged(number % FOLDS, query, found, index)
            kind = "whole" if one.evidence else "unsaid"
            yield Example(
                text.language, "written", number % FOLDS, kind, features, right[chosen], bool(found.foreign[0])
            )
