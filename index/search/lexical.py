"""Lexical search: BM25 over Snowball stems and character n-grams.

The n-grams match the parts of German compounds, inflections in languages without a stemmer, and words in scripts that
write no blanks.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index.search.dense import IntArray
from index.search.forward import Bags
from index.search.lexicon import Lexicon
from index.search.numbers import Number, find_numbers
from index.search.postings import Postings
from index.search.postings_writer import PostingsWriter
from index.settings import IndexSettings

# Letters with their marks: Python's \w does not match the vowel signs of Indic scripts.
_WORD = re.compile(r"[\w\u0300-\u036f\u0900-\u0dff\u0e00-\u0eff\u0f71-\u0f84\u102b-\u103e\u17b4-\u17d3]+")
# Before it no character is a mark.
_FIRST_MARK = "\u0300"
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
# What a text without any term has, as of bm25s.
NO_TERM = ""
# Terms whose numbers are kept after they were looked up.
_MOST_KNOWN = 10_000
_stemmers = threading.local()


def fold(text: str) -> str:
    """Return a text without differences of spelling: lower case, ß as ss, umlauts and accents as their base letters.

    Marks are dropped from Latin, Greek, Arabic and Hebrew letters only: in other scripts they belong to the letter (й,
    हिन्दी, ไทย).
    """
    if text.isascii():
        return text.lower()
    folded: list[str] = []
    base = ""
    for character in unicodedata.normalize("NFKD", text.casefold()):
        if character < _FIRST_MARK or unicodedata.category(character) != "Mn":
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


class Terms(Protocol):
    """Numbered terms: a `Lexicon`, or those of a served index."""

    def __len__(self) -> int:
        """Return how many numbers there are."""

    def term(self, number: int) -> str:
        """Return the term of a number."""

    def number(self, term: str) -> int | None:
        """Return the number of a term; None where there is no such term."""


class Scores(Protocol):
    """What terms score in some texts: `Postings`, or those of a part of a served index."""

    def __len__(self) -> int:
        """Return how many texts there are, by which terms weigh."""

    def only(self, rows: IntArray) -> Scores:
        """Return the scores of some of the texts, in the order of their rows."""

    def found_in(self, terms: Sequence[int]) -> list[int]:
        """Return how many texts have each of some terms."""

    def scores(self, terms: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return the score of every text."""


@dataclass(frozen=True)
class LexicalIndex:
    """BM25 scores of a question's terms in a list of texts.

    Attributes:
        lexicon: the terms by their numbers.
        postings: which texts have each, and its score there.
    """

    lexicon: Terms
    postings: Scores

    @classmethod
    def build(cls, texts: Iterable[Sequence[str]], settings: IndexSettings) -> LexicalIndex:
        """Index texts given as lists of terms, in an order that is the same on every run."""
        writer = LexicalWriter(settings)
        for text in texts:
            writer.add_text(text)
        return writer.done()

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Map what `save` wrote. Raises OSError or ValueError where it is not as it was written."""
        return cls(Lexicon.load(folder), Postings.load(folder))

    def save(self, folder: Path) -> None:
        """Write into a folder, as arrays without pickle.

        Raises TypeError where `of_archive`: `join_articles` makes an index that can be saved.
        """
        if not (isinstance(self.lexicon, Lexicon) and isinstance(self.postings, Postings)):
            raise TypeError("a part of a served index cannot be saved as it is")
        folder.mkdir(exist_ok=True)
        self.lexicon.save(folder)
        self.postings.save(folder)

    @property
    def of_archive(self) -> bool:
        """Whether terms weigh what they weigh in a served index that these texts are a part of."""
        return not isinstance(self.postings, Postings)

    def only(self, rows: IntArray) -> LexicalIndex:
        """Return the scores of some of the texts, in the order of their rows; terms weigh what they weigh among all."""
        return replace(self, postings=self.postings.only(rows))

    @cached_property
    def _known(self) -> dict[str, int | None]:
        return {}

    def _number(self, term: str) -> int | None:
        # A question asks for each of its terms several times.
        known = self._known
        try:
            return known[term]
        except KeyError:
            number = self.lexicon.number(term)
        if len(known) >= _MOST_KNOWN:
            # Other threads may look terms up meanwhile.
            known.clear()
        known[term] = number
        return number

    def ids(self, terms: Iterable[str]) -> list[int]:
        """Return the numbers of those of some terms that are known, each once."""
        found = (self._number(term) for term in dict.fromkeys(terms))
        return [number for number in found if number is not None]

    def knows(self, term: str) -> bool:
        """Return whether any text has a term."""
        return any(self.postings.found_in(self.ids([term])))

    def idf(self, term: str) -> float:
        """Return the weight of a term: high where few texts have it; the highest where none has."""
        texts, found_in = len(self.postings), float(sum(self.postings.found_in(self.ids([term]))))
        return float(np.log(1 + (texts - found_in + 0.5) / (found_in + 0.5)))

    def scores(self, question_terms: Iterable[str]) -> npt.NDArray[np.float32]:
        """Return the BM25 score of every text for a question, shape (texts,)."""
        return self.postings.scores(self.ids(question_terms))

    def coverage(self, question_terms: Iterable[str]) -> npt.NDArray[np.float32]:
        """Return, for every text, the share of the question's weight (the sum of its terms' idf) found in it.

        Shape (texts,), 0 for nothing; a term that no text has weighs as much as the rarest.
        """
        asked = list(dict.fromkeys(question_terms))
        known = self.ids(asked)
        texts, found_in = len(self.postings), np.zeros(len(asked))
        found_in[: len(known)] = self.postings.found_in(known)
        weight = np.log(1 + (texts - found_in + 0.5) / (found_in + 0.5)).sum()
        return self.postings.scores(known) / np.float32(max(weight, 1e-6))


class LexicalWriter:
    """Makes a lexical index of texts as they come; see `PostingsWriter` for the arguments.

    Attributes:
        vocabulary: the number of each term that was seen, in the order in which they came.
    """

    def __init__(self, settings: IndexSettings, folder: Path | None = None, memory: int = 0) -> None:
        self._folder, self._postings = folder, PostingsWriter(settings, folder, memory)
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
        made = LexicalIndex(Lexicon.of(self.vocabulary, self._folder), self._postings.done(len(self.vocabulary)))
        if self._folder:
            made.save(self._folder)
        return made
