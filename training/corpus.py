"""Questions with answers → what the network reads: token ids, the answer's place, and passages that compete with it."""

from __future__ import annotations

import gzip
import json
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from index.article import normalise
from index.models.embedded import bundled_model_folder
from index.settings import IndexSettings
from index.splitting.passages import split_passages
from index.splitting.sentences import split_sentences
from rag.reader.network import cut_middle
from training.switching import Switched, WordList
from training.wording import asks_whether

PASSAGE_TOKENS = 320
RIVALS = 8
# Of the articles that have a title, how many are read under it.
TITLED = 0.7
# What may be known of an answer.
KINDS = ("span", "sentence", "passage", "claim")
# Of the questions of the development half, how many are asked again with a name or number exchanged.
MISLEADING = 0.3
IntArray = npt.NDArray[np.int32]
_NOTHING: IntArray = np.zeros(0, np.int32)
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
        kind: what is known of the answer: "span", its place; "sentence", its sentences; "passage", only which it is;
            "claim": not a question but a statement, about the sentence where `start` is.
        sentences: which sentences of the passage answer together; none: the one where the answer starts. Of a claim:
            those that support it.
    """

    question: IntArray
    passage: int
    start: int
    end: int
    rivals: tuple[int, ...]
    misleading: bool = False
    kind: str = "span"
    sentences: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Corpus:
    """All passages, and examples that name them by number."""

    passages: list[Passage]
    examples: list[Example]

    def write(self, path: Path) -> None:
        """Write it to a file, so that a run that goes on need not build it again."""
        rows = [(one.passage, one.start, one.end, one.misleading, KINDS.index(one.kind)) for one in self.examples]
        lists = {
            "ids": [one.ids for one in self.passages],
            "sentences": [one.sentences for one in self.passages],
            "questions": [one.question for one in self.examples],
            "rivals": [one.rivals for one in self.examples],
            "evidence": [one.sentences for one in self.examples],
        }
        arrays = {"rows": np.asarray(rows, np.int32)}
        for name, some in lists.items():
            arrays[name] = np.concatenate([np.asarray(one, np.int32) for one in some])
            arrays[f"{name}.ends"] = np.cumsum([len(one) for one in some])
        np.savez(path, **arrays)  # type: ignore[arg-type]

    @classmethod
    def read(cls, path: Path) -> Corpus:
        """Read what `write` wrote."""
        with np.load(path) as stored:
            arrays = dict(stored)
        ids, of, questions, rivals, evidence = (
            np.split(arrays[name], arrays[f"{name}.ends"][:-1])
            for name in ("ids", "sentences", "questions", "rivals", "evidence")
        )
        examples = [
            Example(question, passage, start, end, tuple(own.tolist()), bool(wrong), KINDS[kind], tuple(some.tolist()))
            for question, own, some, (passage, start, end, wrong, kind) in zip(
                questions, rivals, evidence, arrays["rows"].tolist(), strict=True
            )
        ]
        return cls([Passage(*both) for both in zip(ids, of, strict=True)], examples)

    def sample(self, share: float) -> Corpus:
        """Return it with a share of its examples; above 1, each so many times."""
        whole, rest = divmod(share, 1)
        some = random.Random(0).sample(self.examples, int(rest * len(self.examples)))
        return Corpus(self.passages, self.examples * int(whole) + some)

    @classmethod
    def join(cls, parts: Sequence[Corpus]) -> Corpus:
        """Return one corpus of several."""
        passages: list[Passage] = []
        examples: list[Example] = []
        for part in parts:
            first = len(passages)
            passages += part.passages
            examples += [
                replace(
                    one,
                    passage=one.passage + first if one.passage >= 0 else -1,
                    rivals=tuple(rival + first for rival in one.rivals),
                )
                for one in part.examples
            ]
        return cls(passages, examples)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a paragraph.

    Attributes:
        answer: half-open offsets of its answer, None where it has none.
        kind: as an Example's.
        evidence: half-open offsets of the sentences that answer together.
        language: of the question, where it is another than the article's.
    """

    question: str
    answer: tuple[int, int] | None
    kind: str = "span"
    evidence: tuple[tuple[int, int], ...] = ()
    language: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """An article's paragraphs, each with its questions; and a title of each, "" where it has none."""

    language: str
    paragraphs: list[tuple[str, list[Asked]]]
    titles: list[str] = field(default_factory=list)


def open_tokenizer() -> Tokenizer:
    """Return the embedded model's tokenizer."""
    return Tokenizer.from_file(str(bundled_model_folder() / "tokenizer.json"))


def read_json(path: Path) -> Any:
    """Return the "data" of a SQuAD file, gzipped or not."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return json.loads(content)["data"]


def read_squad(path: Path) -> Iterator[Source]:
    """Yield the articles of a SQuAD file, gzipped or not, named NAME.LANGUAGE.json[.gz]."""
    language = path.name.split(".json")[0].split(".")[-1]
    for entry in read_json(path):
        paragraphs = []
        for paragraph in entry["paragraphs"]:
            context = paragraph["context"]
            asked = [_asked(context, qa) for qa in paragraph["qas"]]
            paragraphs.append((context, asked))
        title = (entry.get("title") or "").replace("_", " ")
        yield Source(language, paragraphs, [title] * len(paragraphs) if title else [])


def _asked(context: str, qa: dict[str, Any]) -> Asked:
    answer = _answer(context, qa)
    evidence = tuple((int(one["start"]), int(one["end"])) for one in qa.get("evidence") or ()) if answer else ()
    return Asked(qa["question"], answer, evidence=evidence, id=str(qa.get("id", "")))


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
    """Cuts articles into passages and pairs them with questions, switching words where asked to.

    Args:
        wording: rewords a question of a language, for use.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        chance: random.Random,
        wording: Callable[[str, str], str] = lambda question, _: question,
    ) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._chance = chance
        self._wording = wording
        self.corpus = Corpus([], [])

    def add(
        self,
        source: Source,
        switches: Sequence[tuple[WordList, float] | None] = (None,),
        misleading: float = 0.0,
        whether: float = 0.0,
    ) -> None:
        """Add an article once for each of `switches`: a word list and the share of words it replaces, or as it is.

        Args:
            misleading: the share of questions asked again with a name or number exchanged.
            whether: the share asked again as whether their answer is so.
        """
        rivals: dict[str, list[int]] = {}
        for switch in switches:
            self._add_copy(source, switch, rivals, misleading, whether)

    def _add_copy(
        self,
        source: Source,
        switch: tuple[WordList, float] | None,
        ranked: dict[str, list[int]],
        misleading: float,
        whether: float,
    ) -> None:
        answers = {
            id(one): context[slice(*one.answer)] for context, some in source.paragraphs for one in some if one.answer
        }
        others = [one.question for _, questions in source.paragraphs for one in questions]
        first = len(self.corpus.passages)
        titled = bool(source.titles) and self._chance.random() < TITLED
        plain: list[str] = []
        asked: list[tuple[Asked, list[Example]]] = []
        for title, (context, questions) in zip(
            source.titles or [""] * len(source.paragraphs), source.paragraphs, strict=True
        ):
            cut = self.cut(context, source.language)
            changed = switch[0].switch(context, switch[1], self._chance) if switch else Switched(context)
            placed: list[list[Example]] = [[] for _ in questions]
            for sentences in cut:
                spans = [(changed.start(start), changed.end(end)) for start, end in sentences]
                shift = spans[0][0]
                text = changed.text[shift : spans[-1][1]]
                inside = [(start - shift, end - shift) for start, end in spans]
                passage, tokens = self.encode(text, inside, title if titled else "")
                for one, found in zip(questions, placed, strict=True):
                    if one.answer and sentences[0][0] <= one.answer[0] and one.answer[1] <= sentences[-1][1]:
                        start, end = changed.start(one.answer[0]) - shift, changed.end(one.answer[1]) - shift
                        evidence = tuple(
                            n
                            for n, (begins, ends) in enumerate(sentences)
                            if any(begins < b and ends > a for a, b in one.evidence) and n <= passage.sentences.max()
                        )
                        place = token_range(tokens, start, end)
                        found.append(
                            Example(_NOTHING, len(self.corpus.passages), *place, (), False, one.kind, evidence)
                        )
                self.corpus.passages.append(passage)
                plain.append(context[sentences[0][0] : sentences[-1][1]])
            asked += zip(questions, placed, strict=True)
        rank = ranker(plain)
        for one, places in asked:
            order = ranked.setdefault(one.question, rank(one.question))
            wordings = [one.question, "", ""]
            if places and self._chance.random() < misleading:
                wordings[1] = mislead(one.question, others, self._chance)
            if places and one.kind == "span" and self._chance.random() < whether:
                wordings[2] = asks_whether(one.question, answers[id(one)], one.language or source.language)
            if switch and not one.language and self._chance.random() < 2 / 3:
                wordings = [switch[0].switch(wording, switch[1], self._chance).text for wording in wordings]
            wordings = [self._wording(wording, one.language or source.language) for wording in wordings]
            own = {place.passage for place in places}
            rivals = tuple(first + number for number in order if first + number not in own)[:RIVALS]
            example = self._chance.choice(places) if places else Example(_NOTHING, -1, -1, -1, (), False, one.kind)
            if (example.passage >= 0 and example.start >= 0) or (not one.answer and rivals):
                asked_again = replace(example, kind="sentence")
                for kind, question in zip((example, example, asked_again), wordings, strict=True):
                    if question:
                        asked_as = self.encode_question(question)
                        wrong = question is wordings[1]
                        self.corpus.examples.append(replace(kind, question=asked_as, rivals=rivals, misleading=wrong))

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

    def cut(self, context: str, language: str) -> list[list[tuple[int, int]]]:
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

    def encode(
        self, text: str, sentences: Sequence[tuple[int, int]], title: str = ""
    ) -> tuple[Passage, npt.NDArray[np.int64]]:
        """Return a passage whose sentences lie at the given offsets of its text, and where its tokens lie there.

        Args:
            title: put before the text, read with it and no part of any sentence.
        """
        before = f"passage: {title}: " if title else "passage: "
        ids, offsets = self._tokens(before + text)
        spans = offsets - len(before)
        of = np.full(len(ids), -1, np.int32)
        for number, (first, last) in enumerate(sentences):
            inside = (spans[:, 0] < last) & (spans[:, 1] > first) & (spans[:, 1] > 0) & (spans[:, 1] > spans[:, 0])
            of[inside & (of < 0)] = number
        return Passage(ids[:PASSAGE_TOKENS], of[:PASSAGE_TOKENS]), spans[:PASSAGE_TOKENS]

    def _tokens(self, text: str) -> tuple[IntArray, npt.NDArray[np.int64]]:
        encoding = self._tokenizer.encode(text)
        offsets = np.asarray(encoding.offsets, np.int64)
        return np.asarray(encoding.ids, np.int32), offsets


def token_range(spans: npt.NDArray[np.int64], start: int, end: int) -> tuple[int, int]:
    """Return the first and last token of some characters of a passage, (-1, -1) where it is not read that far."""
    inside = np.flatnonzero(
        (spans[:, 0] < end) & (spans[:, 1] > start) & (spans[:, 1] > spans[:, 0]) & (spans[:, 1] > 0)
    )
    return (int(inside[0]), int(inside[-1])) if len(inside) else (-1, -1)


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
