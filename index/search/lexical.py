"""Lexical search: BM25 (bm25s) over Snowball stems and character n-grams.

The n-grams match the parts of German compounds, inflections in languages without a stemmer, and words in scripts that
write no blanks.
"""

from __future__ import annotations

import logging
import re
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import save_array
from index.search.forward import Bags
from index.search.numbers import Number, find_numbers
from index.search.postings import FILES, Postings, PostingsWriter
from index.settings import IndexSettings

# Letters with their marks: Python's \w does not match the vowel signs of Indic scripts.
_WORD = re.compile(r"[\w\u0300-\u036f\u0900-\u0dff\u0e00-\u0eff\u0f71-\u0f84\u102b-\u103e\u17b4-\u17d3]+")
_DROPS_MARKS = re.compile(r"[a-zα-ωß-ɏͰ-ϿḀ-ỿἀ-῿\u0590-\u06ff\u0750-\u077f]")
# Scripts that write no blanks between words: their runs are cut into overlapping pairs (bigrams), as Lucene's CJK
# analyzer does.
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch",
    "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
# What a text without any term has: bm25s wants one.
NO_TERM = ""
_stemmers = threading.local()


def fold(text: str) -> str:
    """Return a text without differences of spelling: lower case, ß as ss, umlauts and accents as their base letters.

    Marks are dropped from Latin, Greek, Arabic and Hebrew letters only: in other scripts they belong to the letter (й,
    हिन्दी, ไทย).
    """
    folded: list[str] = []
    base = ""
    for character in unicodedata.normalize("NFKD", text.casefold()):
        if unicodedata.category(character) != "Mn":
            base = character
        elif _DROPS_MARKS.match(base):
            continue
        folded.append(character)
    return unicodedata.normalize("NFC", "".join(folded))


def words(text: str) -> list[str]:
    """Return the words of a text, folded; runs of an unspaced script as overlapping pairs of characters."""
    found: list[str] = []
    for word in _WORD.findall(fold(text)):
        at = 0
        for run in UNSPACED.finditer(word):
            found += [word[at : run.start()]] if run.start() > at else []
            characters = run.group()
            found += [characters[i : i + 2] for i in range(max(1, len(characters) - 1))]
            at = run.end()
        found += [word[at:]] if at < len(word) else []
    return found


def stem(word: str, language: str) -> str:
    """Return the Snowball stem of a folded word (Porter 2001), or the word where its language has no stemmer."""
    algorithm = _SNOWBALL.get(language)
    if algorithm is None:
        return word
    cache: dict[str, Any] = _stemmers.__dict__
    if algorithm not in cache:
        import Stemmer

        cache[algorithm] = Stemmer.Stemmer(algorithm)
    return str(cache[algorithm].stemWord(word))


def stems(text: str, languages: Iterable[str]) -> list[str]:
    """Return the stems of a text's words, and its numbers in every reading (`find_numbers`).

    A word that two languages stem differently has both stems.
    """
    chosen = tuple(languages)
    numbers = find_numbers(text, chosen)
    said = words(without(text, [number for number in numbers if not number.in_words and not number.in_word]))
    found = [one for word in said for one in sorted({stem(word, code) for code in chosen}) or [word]]
    return found + [reading for number in numbers for reading in number.readings]


def without(text: str, numbers: Iterable[Number]) -> str:
    """Return a text with a blank in the place of each of some numbers of it."""
    kept, at = [], 0
    for number in numbers:
        kept.append(text[at : number.start])
        at = number.end
    return " ".join([*kept, text[at:]])


def ngrams(text: str, length: int) -> list[str]:
    """Return the character n-grams ("#" and `length` characters) of a text's words that are longer than that.

    Numbers have none: 2012 is no part of 20123.
    """
    long = (word for word in words(text) if len(word) > length and not word.isdigit())
    return ["#" + word[i : i + length] for word in long for i in range(len(word) - length + 1)]


class LexicalIndex:
    """BM25 scores of a question's terms in a list of texts."""

    def __init__(self, bm25: Any) -> None:
        self._bm25 = bm25

    @classmethod
    def build(cls, texts: Iterable[Sequence[str]], settings: IndexSettings) -> LexicalIndex:
        """Index texts given as lists of terms, in an order that is the same on every run."""
        writer = LexicalWriter(settings)
        for text in texts:
            writer.add_text(text)
        return writer.done()

    @classmethod
    def of(cls, postings: Postings, vocabulary: dict[str, int], settings: IndexSettings) -> LexicalIndex:
        """Return the index of postings.

        Args:
            vocabulary: each term's number, counted from 0 in the dict's order; NO_TERM is the first.
        """
        import bm25s

        # bm25s logs at DEBUG, whatever level was asked for.
        logging.getLogger("bm25s").setLevel(logging.WARNING)
        bm25 = bm25s.BM25(k1=settings.bm25_k1, b=settings.bm25_b)
        bm25.scores = {
            "data": postings.data,
            "indices": postings.indices,
            "indptr": postings.indptr,
            "num_docs": postings.texts,
        }
        bm25.vocab_dict, bm25.nonoccurrence_array = vocabulary, None
        return cls(bm25)

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Read what `save` wrote."""
        import bm25s

        return cls(bm25s.BM25.load(folder, mmap=True, allow_pickle=False, show_progress=False))

    def save(self, folder: Path) -> None:
        """Write into a folder, as arrays and JSON without pickle."""
        folder.mkdir(exist_ok=True)
        bm25 = copy(self._bm25)
        # What is mapped from there must not be written again.
        for name, file in FILES.items():
            save_array(folder / file, bm25.scores[name])
        bm25.scores = {name: np.zeros(0) for name in FILES} | {"num_docs": bm25.scores["num_docs"]}
        with TemporaryDirectory(dir=folder.parent) as beside:
            bm25.save(beside, allow_pickle=False, show_progress=False)
            for path in Path(beside).iterdir():
                if path.name not in FILES.values():
                    path.replace(folder / path.name)

    def only(self, rows: npt.NDArray[np.int64]) -> LexicalIndex:
        """Return the scores of some of the texts, in the order of their rows; terms weigh what they weigh among all."""
        scores = self._bm25.scores
        places = np.full(scores["num_docs"], -1, np.int64)
        places[rows] = np.arange(len(rows))
        found = places[scores["indices"]]
        held = found >= 0
        before = np.concatenate([[0], np.cumsum(held)])
        bm25 = copy(self._bm25)
        bm25.scores = {
            "data": scores["data"][held],
            "indices": found[held].astype(scores["indices"].dtype),
            "indptr": before[scores["indptr"]].astype(scores["indptr"].dtype),
            "num_docs": len(rows),
        }
        return LexicalIndex(bm25)

    @cached_property
    def terms(self) -> list[str]:
        """The terms by their numbers."""
        return list(self._bm25.vocab_dict)

    def ids(self, terms: Iterable[str]) -> list[int]:
        """Return the numbers of those of some terms that are known, each once."""
        found: list[int] = self._bm25.get_tokens_ids(list(dict.fromkeys(terms)))
        return found

    def knows(self, term: str) -> bool:
        """Return whether any text has a term."""
        known, starts = self._bm25.get_tokens_ids([term]), self._bm25.scores["indptr"]
        return bool(known) and bool(starts[known[0] + 1] > starts[known[0]])

    def idf(self, term: str) -> float:
        """Return the weight of a term: high where few texts have it; the highest where none has."""
        known = self._bm25.get_tokens_ids([term])
        starts, texts = self._bm25.scores["indptr"], self._bm25.scores["num_docs"]
        found_in = float(starts[known[0] + 1] - starts[known[0]]) if known else 0.0
        return float(np.log(1 + (texts - found_in + 0.5) / (found_in + 0.5)))

    def scores(self, question_terms: Iterable[str]) -> npt.NDArray[np.float32]:
        """Return the BM25 score of every text for a question, shape (texts,)."""
        known = self._bm25.get_tokens_ids(list(dict.fromkeys(question_terms)))
        if not known:
            return np.zeros(self._bm25.scores["num_docs"], np.float32)
        scores: npt.NDArray[np.float32] = self._bm25.get_scores(known)
        return scores

    def coverage(self, question_terms: Iterable[str]) -> npt.NDArray[np.float32]:
        """Return, for every text, the share of the question's weight (the sum of its terms' idf) found in it.

        Shape (texts,), 0 for nothing; a term that no text has weighs as much as the rarest.
        """
        asked = list(dict.fromkeys(question_terms))
        known = self._bm25.get_tokens_ids(asked)
        texts, starts = self._bm25.scores["num_docs"], self._bm25.scores["indptr"]
        found_in = np.zeros(len(asked))
        found_in[: len(known)] = [starts[i + 1] - starts[i] for i in known]
        weight = np.log(1 + (texts - found_in + 0.5) / (found_in + 0.5)).sum()
        return self.scores(asked) / np.float32(max(weight, 1e-6))


class LexicalWriter:
    """Makes a lexical index of texts as they come; see `PostingsWriter` for the arguments.

    Attributes:
        vocabulary: the number of each term that was seen, in the order in which they came.
    """

    def __init__(self, settings: IndexSettings, folder: Path | None = None, memory: int = 0) -> None:
        self._settings, self._postings = settings, PostingsWriter(settings, folder, memory)
        self.vocabulary = {NO_TERM: 0}

    def number(self, term: str) -> int:
        """Return the number of a term."""
        return self.vocabulary.setdefault(term, len(self.vocabulary))

    def add(self, texts: Bags) -> None:
        """Add texts given by the numbers of their terms. Raises OSError for a full disk."""
        self._postings.add(texts)

    def add_text(self, text: Sequence[str]) -> None:
        """Add a text given as a list of terms."""
        self.add(Bags.of_lists([[self.number(term) for term in text]]))

    def done(self) -> LexicalIndex:
        """Return the index."""
        return LexicalIndex.of(self._postings.done(len(self.vocabulary)), self.vocabulary, self._settings)
