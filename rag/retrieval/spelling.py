"""What a question is read as: in the spelling of the articles, however it was typed.

Word by word, and with words of the articles wherever they have one: capitals throughout ("WER BAUTE DIE ORGEL?"), marks
left out or written out ("Bruecke"), hyphens ("UBahnstation", "e mail"), thousands, and typos in words that are neither
in the articles nor ordinary ("Kishdia"). An ordinary word is one that the encoder reads as a single token: the usual
words of all its languages are, and misspelt ones are not. So no word list is needed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise, product

from index.index import Index
from index.models.encoder import Encoder
from index.search.lexical import UNSPACED, fold, stem, words
from index.search.numbers import Number, find_numbers
from index.search.vocabulary import LARGE, UNKNOWN, WORD, Vocabulary, key_of
from rag.conversation.language import FUNCTION_WORDS, question_language
from rag.settings import SpellingSettings

_WRITTEN_OUT = (("ae", "a"), ("oe", "o"), ("ue", "u"))
# Letters that lose their marks, where a keyboard has none: tried one at a time in a word that is not ordinary as it is.
_MARKS = {
    "de": {"a": "ä", "o": "ö", "u": "ü", "ae": "ä", "oe": "ö", "ue": "ü"},
    "es": {"a": "á", "e": "é", "i": "í", "o": "ó", "u": "ú", "n": "ñ"},
    "fr": {"a": "à", "e": "é", "c": "ç"},
}
# What inflection and derivation put at the end of a word, or exchange there, in German, English, Spanish and French.
_ENDINGS = frozenset(
    """
    e en er es em an n s t te ten tes ter st et est in innen ie ien ik isch ig lich ern eln el ung ungen d r ed ing ers
    ly al ic ish ist ists ism ity ies y a o as os ia io ico ica al ales ent ant eur euse ion ions
    """.split()
) | {""}
_ROMAN = re.compile("[IVXLC]{2,}")
# A number with or without marks between its digits.
_MARKED = re.compile(r"\w+([.,'’\u00a0\u202f ]\w+)*")
# Four digits that may be a year.
YEARS = range(1000, 2101)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
_FUNCTION_WORDS = frozenset(word for known in FUNCTION_WORDS.values() for word in known.all)
# More parts of one word with a hyphen are not written apart.
_MOST_PARTS = 3


def normalised(question: str, index: Index, encoder: Encoder, settings: SpellingSettings | None = None) -> str:
    """Return a question in the spelling of an index's articles; most questions come back as they are."""
    return _Question(question, index, encoder, settings or SpellingSettings()).read()


def with_capitals(question: str, index: Index) -> str:
    """Return a German question that has no capital ("wie hoch ist die kaltmiete") with those of the articles.

    In other languages, what has capitals in headings and cells only is no name.
    """
    own = question.partition(" (")[0]
    if any(c.isupper() for c in own) or question_language(words(own)) != "de":
        return question

    def written(found: re.Match[str]) -> str:
        row = index.vocabulary.row(key_of(found.group()))
        if row is None or index.vocabulary.case[row] != LARGE:
            return found.group()
        form = index.vocabulary.form(row)
        return form if form.casefold() == found.group().casefold() else found.group()

    return WORD.sub(written, own) + question[len(own) :]


class _Question:
    """One question, its words, and what is known of them."""

    def __init__(self, text: str, index: Index, encoder: Encoder, settings: SpellingSettings) -> None:
        self._text, self._index, self._encoder, self._settings = text, index, encoder, settings
        self._vocabulary: Vocabulary = index.vocabulary
        self._matches = [found for found in WORD.finditer(text) if not UNSPACED.search(found.group())]
        letters = [c for c in text if c.isupper() or c.islower()]
        long = [found for found in self._matches if len(found.group()) > 1]
        self._is_shouted = len(long) > 1 and sum(c.isupper() for c in letters) >= settings.shouted * len(letters)
        self._has_capitals = any(c.isupper() for c in text[1:])
        self._language = question_language(words(text))
        self._is_own = self._language in index.languages or not self._language

    def read(self) -> str:
        """Return the text with what is put right."""
        numbers = find_numbers(self._text, {self._language, *self._index.languages})
        written = [(number.start, number.end, self._number(number)) for number in numbers]
        taken = {at for number in numbers for at in range(number.start, number.end)}
        place = 0
        while place < len(self._matches):
            found = self._matches[place]
            parts, word = 1, found.group()
            if found.start() not in taken and not any(c.isdigit() for c in word):
                parts, word = self._joined(place) or (1, self._word(word, is_first=place == 0))
                written.append((found.start(), self._matches[place + parts - 1].end(), word))
            place += parts
        pieces, at = [], 0
        for start, end, word in sorted(written):
            pieces += [self._text[at:start], word]
            at = end
        return "".join([*pieces, self._text[at:]])

    def _number(self, number: Number) -> str:
        """Return a number with the marks that the articles write it with."""
        own = self._text[number.start : number.end]
        if number.in_words:
            return own.lower() if self._is_shouted else own
        row = self._vocabulary.row(number.readings[0])
        if row is None or self._vocabulary.has_twin[row] or (own.isdigit() and int(own) in YEARS):
            return own
        form = self._vocabulary.form(row)
        # "-07-30" is the rest of a date, and no way to write 30.
        return form if _MARKED.fullmatch(form) else own

    def _word(self, word: str, *, is_first: bool) -> str:
        """Return one word as the articles write it, or as it is."""
        key = key_of(word)
        row = self._vocabulary.row(key)
        if self._is_shouted and key in _FUNCTION_WORDS:
            return self._as_first(word.lower(), is_first)
        if row is not None:
            return self._known(word, row, is_first)
        if (written := self._written_out(word)) is not None:
            return self._as_first(self._form(word, written), is_first)
        if "-" in word.strip("-"):
            parts = [self._word(part, is_first=False) if part else part for part in word.split("-")]
            return self._as_first("-".join(parts), is_first)
        plain = self._plain(word)
        if plain == word or self._is_shouted:
            meant = self._meant(plain, key) if self._may_be_typo(plain, key) else None
            plain = plain if meant is None else self._form(word, meant)
        return self._as_first(plain, is_first)

    def _known(self, word: str, row: int, is_first: bool) -> str:
        """Return a word that the articles have: their capitals, their hyphens, their umlauts where it lost them."""
        form = self._vocabulary.form(row)
        if self._is_shouted or (word.isupper() and len(word) > len("NATO") and not form.isupper()):
            return self._as_first(self._form(word, row), is_first)
        if form.casefold() == word.casefold() or self._vocabulary.has_twin[row]:
            return word
        has_marks = form.casefold() != fold(form)
        lost_marks = has_marks and word.casefold() == fold(word) and not self._is_ordinary(word)
        if "-" in form or "-" in word or lost_marks:
            return self._as_first(self._form(word, row), is_first)
        return word

    def _form(self, word: str, row: int) -> str:
        """Return the articles' form of a word; one that only opens sentences there has the capitals of the question."""
        form = self._vocabulary.form(row)
        if self._vocabulary.case[row] != UNKNOWN:
            return form
        if self._is_shouted:
            return self._most_ordinary([form[0].lower() + form[1:], form])
        return form[0].lower() + form[1:] if word[0].islower() else form

    def _plain(self, word: str) -> str:
        """Return a word that the articles do not have: of the ways to write it, the most ordinary one."""
        if self._is_shouted and _ROMAN.fullmatch(word):
            return word
        ways = [word.lower(), word.capitalize()] if self._is_shouted else [word]
        plain = self._most_ordinary(ways) if self._language == "de" else ways[0]
        marks = _MARKS.get(self._language)
        if not marks or self._is_ordinary(plain) or not word.isascii():
            return plain
        marked = [
            way[:at] + mark + way[at + len(letter) :]
            for way in (ways if self._language == "de" else ways[:1])
            for letter, mark in marks.items()
            for at in range(1, len(way))
            if len(letter) > 1 or len(word) >= self._settings.marks_from
            if way.startswith(letter, at)
        ]
        ordinary = [way for way, count in zip(marked, self._encoder.token_counts(marked), strict=True) if count == 1]
        return ordinary[0] if len(ordinary) == 1 else plain

    def _most_ordinary(self, ways: list[str]) -> str:
        counts = self._encoder.token_counts(ways)
        return ways[counts.index(min(counts))]

    def _written_out(self, word: str) -> int | None:
        """Return the row of a word whose umlauts are written otherwise ("Bruecke", or "Müller" for "Mueller")."""
        lower = word.casefold()
        if (row := self._vocabulary.row(key_of(lower.translate(_UMLAUTS)))) is not None:
            return row
        parts = re.split("(ae|oe|ue)", lower)
        if not 1 < len(parts) <= 2 * _MOST_PARTS + 1:
            return None
        choices = [(part, dict(_WRITTEN_OUT)[part]) if number % 2 else (part,) for number, part in enumerate(parts)]
        for spelt in list(product(*choices))[1:]:
            row = self._vocabulary.row(key_of("".join(spelt)))
            if (
                row is not None
                and self._vocabulary.form(row).casefold().translate(_UMLAUTS).replace("ß", "ss") == lower
            ):
                return row
        return None

    def _joined(self, place: int) -> tuple[int, str] | None:
        """Return how many words from here on the articles write as one with a hyphen, and that word ("e mail")."""
        for parts in range(_MOST_PARTS, 1, -1):
            some = self._matches[place : place + parts]
            between = [self._text[a.end() : b.start()] for a, b in pairwise(some)]
            if not self._is_own or len(some) < parts or any(gap != " " for gap in between):
                continue
            keys = [key_of(found.group()) for found in some]
            strange = any(len(key) == 1 or self._vocabulary.row(key) is None for key in keys)
            row = self._vocabulary.row("".join(keys)) if strange and not _FUNCTION_WORDS.issuperset(keys) else None
            if (
                row is not None
                and (form := self._vocabulary.form(row))
                and ("-" in form or not any(key in _FUNCTION_WORDS for key in keys))
            ):
                return parts, self._as_first(form, place == 0)
        return None

    def _may_be_typo(self, word: str, key: str) -> bool:
        """Return whether a word that the articles do not have may be one of theirs, misspelt."""
        if len(key) < self._settings.one_typo_from or key in _FUNCTION_WORDS or not word.isalpha():
            return False
        index = self._index
        if any(index.passage_terms.knows(stem(key, language)) for language in index.languages):
            return False
        return not self._is_ordinary(word)

    def _meant(self, word: str, key: str) -> int | None:
        """Return the row of the word that a misspelt one most probably means; None where that is not clear."""
        vocabulary, settings = self._vocabulary, self._settings
        is_own = self._is_own
        # Where nothing has a capital, names have none.
        is_name = word[0].isupper() or self._is_shouted or not self._has_capitals
        if not is_own and (not is_name or self._language == "de"):
            return None
        tokens = min(self._encoder.token_counts(_cased(word)))
        most = 2 if is_own and is_name and len(key) >= settings.two_typos_from else 1
        ranked = []
        for distance, row in vocabulary.near(key, most):
            form, other, is_small = vocabulary.form(row), vocabulary.key(row), vocabulary.case[row] != LARGE
            starts_alike = other[0] == key[0]
            if not starts_alike and (is_small or distance > 1 or len(key) < settings.other_first_letter_from):
                continue
            is_slip = _is_slip(key, other)
            if is_small and word[0].isupper() and not self._is_shouted:
                continue
            # A misspelt word falls into more tokens than the word it means. A name may fall into as many.
            own = min(self._encoder.token_counts(_cased(form)))
            if len(other) == len(key) and not is_slip and (is_small or (own == 1 and not word[0].isupper())):
                # Another letter in an ordinary word is mostly another word (gezählt, gewählt).
                continue
            is_rare_name = own > 1 and is_name and not is_small
            in_names = 1 if distance > 1 else -1 if word[0].isupper() else 0
            least = in_names if is_rare_name else 2 if is_small else 1
            if tokens - own < least or (distance > 1 and not is_rare_name):
                continue
            if not is_slip and _are_inflected(key, other):
                continue
            ranked.append(((distance, not starts_alike), row))
        ranked.sort()
        best = [row for rank, row in ranked if rank == ranked[0][0]]
        if len(best) > 1 and len({stem(vocabulary.key(row), self._index.languages[0]) for row in best}) > 1:
            return None
        return max(best, key=lambda row: int(vocabulary.counts[row])) if best else None

    def _is_ordinary(self, word: str) -> bool:
        return min(self._encoder.token_counts(_cased(word))) <= 1

    def _as_first(self, word: str, is_first: bool) -> str:
        starts_large = is_first and self._text[self._matches[0].start()].isupper()
        return word[0].upper() + word[1:] if starts_large else word


def _cased(word: str) -> Sequence[str]:
    return list(dict.fromkeys([word, word.lower(), word.capitalize()]))


def _are_inflected(one: str, other: str) -> bool:
    """Return whether two words differ by their endings only, as forms of one word and its derivations do."""
    alike = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    alike = min(len(one), len(other)) if alike is None else alike
    return {one[alike:], other[alike:]} <= _ENDINGS


def _is_slip(one: str, other: str) -> bool:
    """Return whether two neighbouring letters are swapped, or one letter is doubled in one of two words only."""
    short, long = sorted((one, other), key=len)
    if len(short) == len(long):
        return sorted(one) == sorted(other)
    return any(short == long[:at] + long[at + 1 :] and long[at] == long[at - 1] for at in range(1, len(long)))
