"""Questions with answers → what the network reads: token ids, the answer's place, and passages that compete with it."""

from __future__ import annotations

import gzip
import json
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from index.article import normalise
from index.settings import IndexSettings
from index.splitting.passages import split_passages
from index.splitting.sentences import split_sentences
from rag.reader.network import cut_middle
from training.switching import Switched, WordList

PASSAGE_TOKENS = 320
RIVALS = 8
# Of the questions of the development half, how many are asked again with a name or number exchanged.
MISLEADING = 0.3
IntArray = npt.NDArray[np.int32]
# Numbers; capitalised words within a sentence, names in most languages, nouns too in German.
_EXCHANGED = (
    re.compile(r"\d+(?:[.,]\d+)*"),
    re.compile(r"(?<=[^\W\d_A-Z] )(?:[A-ZÄÖÜÁÉÍÓÚ][\w-]{2,})(?: [A-ZÄÖÜÁÉÍÓÚ][\w-]+)*"),
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as the network reads it.

    Attributes:
        ids: with prompt and special tokens, shape (t,).
        sentences: the sentence of each token, counted in the passage, -1 for those of no sentence, shape (t,).
    """

    ids: IntArray
    sentences: IntArray


@dataclass(frozen=True, slots=True)
class Example:
    """A question, where its answer is, and passages of the same article that have none.

    Attributes:
        question: ids with prompt and special tokens, shape (q,).
        passage: number of the answering passage, -1 where there is none.
        start, end: first and last token of the answer in it.
        rivals: numbers of passages, the likeliest first.
        misleading: whether the question asks for something else than the answer there, so that nothing answers it.
    """

    question: IntArray
    passage: int
    start: int
    end: int
    rivals: tuple[int, ...]
    misleading: bool = False


@dataclass(frozen=True, slots=True)
class Corpus:
    """All passages, and examples that name them by number."""

    passages: list[Passage]
    examples: list[Example]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a paragraph: its text and the half-open offsets of its answer, None where it has none."""

    question: str
    answer: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Source:
    """An article's paragraphs, each with its questions."""

    language: str
    paragraphs: list[tuple[str, list[Asked]]]


def read_squad(path: Path) -> Iterator[Source]:
    """Yield the articles of a SQuAD file, gzipped or not, named NAME.LANGUAGE.json[.gz]."""
    language = path.name.split(".json")[0].split(".")[-1]
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for entry in json.loads(content)["data"]:
        paragraphs = []
        for paragraph in entry["paragraphs"]:
            context = paragraph["context"]
            asked = [Asked(qa["question"], _answer(context, qa)) for qa in paragraph["qas"]]
            paragraphs.append((context, asked))
        yield Source(language, paragraphs)


def _answer(context: str, qa: dict[str, Any]) -> tuple[int, int] | None:
    if qa.get("is_impossible") or not qa["answers"]:
        return None
    text, start = qa["answers"][0]["text"], int(qa["answers"][0]["answer_start"])
    if context[start : start + len(text)] != text:
        # 200 answers of CMRC 2018 are not where they are said to be: the nearest occurrence is meant.
        places = [match.start() for match in re.finditer(re.escape(text), context)]
        if not places:
            return None
        start = min(places, key=lambda place: abs(place - start))
    return start, start + len(text)


class CorpusBuilder:
    """Cuts articles into passages and pairs them with questions, switching words where asked to."""

    def __init__(self, tokenizer: Tokenizer, chance: random.Random) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._chance = chance
        self.corpus = Corpus([], [])

    def add(
        self,
        source: Source,
        switches: Sequence[tuple[WordList, float] | None] = (None,),
        misleading: float = 0.0,
    ) -> None:
        """Add an article once for each of `switches`: a word list and the share of words it replaces, or as it is.

        Args:
            misleading: the share of questions asked again with a name or number exchanged.
        """
        rivals: dict[str, list[int]] = {}
        for switch in switches:
            self._add_copy(source, switch, rivals, misleading)

    def _add_copy(
        self,
        source: Source,
        switch: tuple[WordList, float] | None,
        ranked: dict[str, list[int]],
        misleading: float,
    ) -> None:
        others = [one.question for _, questions in source.paragraphs for one in questions]
        first = len(self.corpus.passages)
        plain: list[str] = []
        asked: list[tuple[Asked, list[tuple[int, int, int]]]] = []
        for context, questions in source.paragraphs:
            cut = self._cut(context, source.language)
            changed = switch[0].switch(context, switch[1], self._chance) if switch else Switched(context)
            base = len(self.corpus.passages)
            for sentences in cut:
                spans = [(changed.start(start), changed.end(end)) for start, end in sentences]
                text = changed.text[spans[0][0] : spans[-1][1]]
                self.corpus.passages.append(
                    self.encode_passage(text, [(s - spans[0][0], e - spans[0][0]) for s, e in spans])
                )
                plain.append(context[sentences[0][0] : sentences[-1][1]])
            for one in questions:
                places = []
                for number, sentences in enumerate(cut):
                    if one.answer and sentences[0][0] <= one.answer[0] and one.answer[1] <= sentences[-1][1]:
                        shift = changed.start(sentences[0][0])
                        start, end = changed.start(one.answer[0]) - shift, changed.end(one.answer[1]) - shift
                        text = changed.text[shift : changed.end(sentences[-1][1])]
                        places.append((base + number, *self.token_range(text, start, end)))
                asked.append((one, places))
        rank = ranker(plain)
        for one, places in asked:
            order = ranked.setdefault(one.question, rank(one.question))
            wordings = [one.question]
            if places and self._chance.random() < misleading:
                wordings.append(mislead(one.question, others, self._chance))
            if switch and self._chance.random() < 2 / 3:
                wordings = [switch[0].switch(wording, switch[1], self._chance).text for wording in wordings]
            own = {place[0] for place in places}
            rivals = tuple(first + number for number in order if first + number not in own)[:RIVALS]
            passage, start, end = self._chance.choice(places) if places else (-1, -1, -1)
            if (passage >= 0 and start >= 0) or (not one.answer and rivals):
                for number, question in enumerate(filter(None, wordings)):
                    asked_as = self.encode_question(question)
                    self.corpus.examples.append(Example(asked_as, passage, start, end, rivals, misleading=number > 0))

    def add_asked_in(self, source: Source, languages: Sequence[Sequence[str]]) -> None:
        """Add an article once, each of its questions as worded in each of some languages, some misleading besides.

        Args:
            languages: for each language, the questions in the order of the article's; the first is the article's.
        """
        first = len(self.corpus.examples)
        self.add(source)
        own = self.corpus.examples[first:]
        del self.corpus.examples[first:]
        for wordings in languages:
            for example, wording in zip(own, wordings, strict=True):
                self.corpus.examples.append(replace(example, question=self.encode_question(wording)))
        for example, wording in zip(own, languages[0], strict=True):
            if self._chance.random() < MISLEADING:
                wrong = mislead(wording, languages[0], self._chance)
                if wrong:
                    question = self.encode_question(wrong)
                    self.corpus.examples.append(replace(example, question=question, misleading=True))

    def _cut(self, context: str, language: str) -> list[list[tuple[int, int]]]:
        """Return the sentences of each passage of a paragraph, as the index would cut it."""
        sentences = split_sentences(context, language)
        counts = [
            len(self._tokenizer.encode(context[s.span.start : s.span.end], add_special_tokens=False).ids)
            for s in sentences
        ]
        cut = split_passages(sentences, counts, IndexSettings())
        return [[(s.span.start, s.span.end) for s in sentences[p.first : p.last + 1]] for p in cut]

    def encode_question(self, text: str) -> IntArray:
        """Return the ids of a question, shape (q,)."""
        ids = self._tokenizer.encode(f"query: {text}").ids
        return cut_middle(np.asarray(ids, np.int64)).astype(np.int32)

    def encode_passage(self, text: str, sentences: Sequence[tuple[int, int]]) -> Passage:
        """Return a passage whose sentences lie at the given offsets of its text."""
        encoding = self._tokenizer.encode(f"passage: {text}")
        of = np.full(len(encoding.ids), -1, np.int32)
        shift = len("passage: ")
        for place, (start, end) in enumerate(encoding.offsets):
            if end > shift and end > start:
                for number, (first, last) in enumerate(sentences):
                    if start - shift < last and end - shift > first:
                        of[place] = number
                        break
        return Passage(np.asarray(encoding.ids[:PASSAGE_TOKENS], np.int32), of[:PASSAGE_TOKENS])

    def token_range(self, text: str, start: int, end: int) -> tuple[int, int]:
        """Return the first and last token of some characters of a passage, (-1, -1) where it is not read that far."""
        shift = len("passage: ")
        offsets = self._tokenizer.encode(f"passage: {text}").offsets[:PASSAGE_TOKENS]
        inside = [
            i for i, (a, b) in enumerate(offsets) if b > a and a - shift < end and b - shift > start and b > shift
        ]
        return (inside[0], inside[-1]) if inside else (-1, -1)


def mislead(question: str, others: Sequence[str], chance: random.Random) -> str:
    """Return a question with a name or number exchanged for one of another question; "" where it has none.

    What is asked for is then seldom in the article, though it sounds like it (as Rajpurkar et al. 2018's crowd workers
    did by hand, arXiv 1806.03822).
    """
    for kind in chance.sample(_EXCHANGED, len(_EXCHANGED)):
        own = list(kind.finditer(question))
        pool = sorted({found for other in others for found in kind.findall(other)} - {match[0] for match in own})
        if own and pool:
            match = chance.choice(own)
            return question[: match.start()] + chance.choice(pool) + question[match.end() :]
    return ""


def ranker(passages: Sequence[str]) -> Callable[[str], list[int]]:
    """Return a ranking of an article's passages by the rarity of the character trigrams they share with a question."""
    grams = [_trigrams(text) for text in passages]
    found = Counter(gram for some in grams for gram in some)
    worth = {gram: math.log1p(len(passages) / count) for gram, count in found.items()}

    def rank(question: str) -> list[int]:
        asked = _trigrams(question)
        scores = [sum(worth[gram] for gram in asked & some) / math.sqrt(len(some) + 1) for some in grams]
        return sorted(range(len(passages)), key=lambda number: (-scores[number], number))

    return rank


def _trigrams(text: str) -> set[str]:
    # Two characters of Chinese or Japanese say as much as three of an alphabet.
    text = " ".join(normalise(text).lower().split())
    return {text[i : i + (2 if ord(text[i]) > 0x2E80 else 3)] for i in range(len(text) - 1)}
