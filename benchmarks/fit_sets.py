"""Collects what the trained reader's last step is fitted on: questions of sets that its network was not trained on.

    python -m benchmarks.fit_sets DATA… --out FILE.npz [--questions 300] [--shard 0/2]

DATA are folders of SQuAD files (training/manifest.toml lists them with their licences). People ask of short texts too:
paragraphs are put together to articles of one to eight, or cut down to two to six sentences; some have their title as
the first line, and some questions are in lower case without a question mark. Each question is asked of

- whole: the article that answers it,
- removed: the same without the answering paragraph,
- cut: the same without the answering sentences, where the answer's words are not in what is left,
- exchanged: the article, with a name or number of the question exchanged,
- other: another article of the set,
- unanswered: the article, where the set says that it does not answer.

What is kept is the candidates' features, as retrieved and read by Beleg with the default settings.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.development import CachedReader, DevelopmentEncoder
from benchmarks.fit_examples import Example, write_examples
from index import Article, build_index
from index.article import normalise
from index.models.encoder import open_encoder
from index.splitting.sentences import split_sentences
from rag.conversation.follow_up import Query
from rag.reader.evidence import SentenceEvidence
from rag.reader.trained import judged_features, passages_to_read, read_passage
from rag.reader.weights import trained_weights
from rag.retrieval.retriever import Retriever
from rag.settings import Settings
from training.corpus import Asked, mislead, read_squad

SETS = (
    "tydi.en qed.en clapnq.en shifts-wiki.en shifts-reddit.en shifts-amazon.en selqa.en covid.en piaf.fr norquad.nb "
    "germanquad.de germanquad-no-answer.de mlqa.de mlqa.en mlqa.es mlqa.zh mlqa-asked-en.de mlqa-asked-es.de "
    "mlqa-asked-de.en mlqa-asked-de.es"
).split()
# Sets whose articles have many paragraphs under one title; of the others, neighbours in the file are put together.
MANY_PARAGRAPHS = ("shifts-wiki.en", "shifts-amazon.en", "piaf.fr", "selqa.en", "germanquad")
# In characters; of a longer one, the lines around the answer are used.
LONGEST_PARAGRAPH = 2500
# How many questions are in lower case, articles have a title line, paragraphs are cut down to a few sentences; and how
# many questions are asked in the ways that not all of them are.
LOWER_CASE, TITLED, FEW_SENTENCES = 0.2, 0.4, 0.25
EXCHANGED, OTHER, CUT = 0.2, 0.25, 0.5
# Paragraphs of an article.
SIZES = (1, 1, 1, 2, 2, 3, 4, 6, 8)


@dataclass(frozen=True, slots=True)
class Item:
    """A question, and the paragraphs of the article that it is asked of.

    Attributes:
        place: which of the paragraphs it is about.
        answers: half-open offsets in that paragraph of what answers; none where nothing does.
    """

    set: str
    language: str
    title: str
    question: str
    paragraphs: tuple[str, ...]
    place: int
    answers: tuple[tuple[int, int], ...]
    others: tuple[str, ...]


def main() -> None:
    """Read items, collect, write now and then."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--shard", default="0/1", help="the n-th of so many parts, to run several at once")
    arguments = parser.parse_args()
    shard, shards = (int(part) for part in arguments.shard.split("/"))
    by_set = []
    for name in arguments.sets:
        path = next(folder / f"{name}.json.gz" for folder in arguments.data if (folder / f"{name}.json.gz").exists())
        by_set.append(read_items(path, name, arguments.questions))
    # One of each set in turn, so that what is collected so far can be looked at.
    turns = [one for turn in range(arguments.questions) for some in by_set for one in some[turn : turn + 1]]
    collected: list[Example] = []
    for number, example in enumerate(examples(turns[shard::shards])):
        collected.append(example)
        if number % 250 == 249:
            write_examples(collected, arguments.out)
            print(len(collected), flush=True)
    write_examples(collected, arguments.out)
    print(len(collected), "done", flush=True)


def read_items(path: Path, name: str, questions: int) -> list[Item]:
    """Return some questions of a set, at most one of a paragraph, with their articles, in a random order."""
    chance = random.Random(name)
    articles = []
    for source in read_squad(path):
        # An article's text is normalised, and the offsets are of the paragraph as it is.
        kept = [
            (context, asked) for context, asked in map(shortened, source.paragraphs) if context == normalise(context)
        ]
        articles.append((source.language, source.titles[0] if source.titles else "", kept))
    if not name.startswith(MANY_PARAGRAPHS):
        together = [(title, *paragraph) for _, title, paragraphs in articles for paragraph in paragraphs]
        runs = [together[start : start + 16] for start in range(0, len(together), 16)]
        rows = [(articles[0][0], run) for run in runs]
    else:
        rows = [(language, [(title, *one) for one in paragraphs]) for language, title, paragraphs in articles]
    items = []
    for language, run in rows:
        others = tuple(one.question for _, _, asked in run for one in asked)
        for place, (title, _, asked) in enumerate(run):
            if not asked:
                continue
            one = chance.choice(asked)
            size = chance.choice(SIZES)
            first = max(0, min(place - chance.randrange(size), len(run) - size))
            paragraphs = tuple(context for _, context, _ in run[first : first + size])
            answers = one.evidence or ((one.answer,) if one.answer else ())
            question = " ".join(one.question.split())
            items.append(Item(name, language, title, question, paragraphs, place - first, answers, others))
    chance.shuffle(items)
    return items[:questions]


def shortened(paragraph: tuple[str, Sequence[Asked]]) -> tuple[str, list[Asked]]:
    """Return a paragraph, or some lines of a whole article around the answer to its first question."""
    context, asked = paragraph
    if len(context) <= LONGEST_PARAGRAPH or not asked or not asked[0].answer:
        return context, list(asked)
    begin, end = asked[0].answer
    start = context.rfind("\n", 0, max(begin - LONGEST_PARAGRAPH // 2, 0)) + 1
    stop = context.find("\n", min(end + LONGEST_PARAGRAPH // 2, len(context)))
    text = context[start : stop if stop >= 0 else len(context)]
    moved = Asked(asked[0].question, (begin - start, end - start), id=asked[0].id)
    return text, [moved]


def examples(items: Sequence[Item]) -> Iterator[Example]:
    """Yield each question with each of the articles that it is asked of."""
    encoder, settings = DevelopmentEncoder(), Settings()
    model = open_encoder()
    reader = CachedReader(model, trained_weights(model.tensors()))
    before: dict[str, tuple[str, str]] = {}
    for item in items:
        chance = random.Random(item.question)
        for kind, question, text, title, answers in askings(item, chance, before.get(item.set)):
            index = build_index([Article.read(text, title=title or "?", language=item.language)], encoder)
            if index.articles[0].text != text or not len(index.sentences):
                continue
            query = Query(question)
            found = Retriever(index, encoder, settings).sentences(query)
            spans = index.sentences[found.rows]
            right = np.zeros(len(found.rows), np.bool_)
            for start, end in answers:
                right |= (spans[:, 1] < end) & (spans[:, 2] > start)
            evidence, states = SentenceEvidence(len(found.rows)), reader.question(query.asked)
            for row in passages_to_read(found, index)[: settings.read_passages]:
                read_passage(reader, states, row, found, index, evidence)
            if not evidence.read.any():
                continue
            yield Example(
                item.language,
                item.set,
                0,
                kind,
                judged_features(found, evidence)[evidence.read],
                right[evidence.read],
                bool(found.foreign[0]),
                bool(right.any()),
            )
            if kind == "whole":
                before[item.set] = (text, title)


def askings(
    item: Item, chance: random.Random, before: tuple[str, str] | None
) -> Iterator[tuple[str, str, str, str, list[tuple[int, int]]]]:
    """Yield for each way to ask: its kind, the question, the article's text, its title, offsets of what answers."""
    question = item.question
    if chance.random() < LOWER_CASE:
        question = question.lower().rstrip(" ?？")
    paragraphs, place, answers = list(item.paragraphs), item.place, list(item.answers)
    if chance.random() < FEW_SENTENCES:
        text, answers = few_sentences(paragraphs[place], answers, item.language, chance)
        paragraphs, place = [text], 0
    head = f"{item.title}\n\n" if item.title and chance.random() < TITLED else ""
    whole, shift = joined(head, paragraphs, place)
    moved = [(start + shift, end + shift) for start, end in answers]
    yield ("whole" if answers else "unanswered"), question, whole, item.title, moved
    if before and chance.random() < OTHER:
        yield "other", question, *before, []
    if not answers:
        return
    if len(paragraphs) > 1:
        yield "removed", question, joined(head, paragraphs[:place] + paragraphs[place + 1 :], 0)[0], item.title, []
    if len(paragraphs) == 1 or chance.random() < CUT:
        rest = without_sentences(paragraphs[place], answers, item.language)
        said = [paragraphs[place][start:end].lower() for start, end in answers]
        left, _ = joined(head, [*paragraphs[:place], *rest, *paragraphs[place + 1 :]], 0)
        if (rest or len(paragraphs) > 1) and not any(words in left.lower() for words in said):
            yield "cut", question, left, item.title, []
    if chance.random() < EXCHANGED:
        wrong = mislead(item.question, item.others, chance)
        if wrong:
            yield "exchanged", wrong, whole, item.title, []


def joined(head: str, paragraphs: Sequence[str], place: int) -> tuple[str, int]:
    """Return an article's text, and where one of its paragraphs begins in it."""
    return head + "\n\n".join(paragraphs), len(head) + sum(len(text) + 2 for text in paragraphs[:place])


def few_sentences(
    text: str, answers: list[tuple[int, int]], language: str, chance: random.Random
) -> tuple[str, list[tuple[int, int]]]:
    """Return two to six sentences of a paragraph in a row, with what answers if anything does, and where it is now."""
    spans = [(one.span.start, one.span.end) for one in split_sentences(text, language)]
    inside = [n for n, (start, end) in enumerate(spans) if any(start < b and end > a for a, b in answers)] or [0]
    size = max(chance.randint(2, 6), inside[-1] - inside[0] + 1)
    first = max(0, min(inside[0] - chance.randrange(size - (inside[-1] - inside[0])), len(spans) - size))
    start, end = spans[first][0], spans[min(first + size, len(spans)) - 1][1]
    return text[start:end], [(a - start, b - start) for a, b in answers]


def without_sentences(text: str, answers: Iterable[tuple[int, int]], language: str) -> list[str]:
    """Return what is left of a paragraph without the sentences that answer; empty where nothing is."""
    spans = [(one.span.start, one.span.end) for one in split_sentences(text, language)]
    left = [text[start:end] for start, end in spans if not any(start < b and end > a for a, b in answers)]
    return [" ".join(left)] if any(any(c.isalnum() for c in one) for one in left) else []


if __name__ == "__main__":
    main()
