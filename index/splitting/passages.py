"""Sentences → Passages, by langchain-text-splitters' merging, measured in the encoder's tokens.

The splitter is given sentence numbers, not text: what it returns are numbers again, so that nothing ever has to
be searched for in the article, repeated sentences or not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import version
from itertools import groupby

from index.article import Passage, Sentence
from index.settings import IndexSettings

# Raised whenever sentences or passages of the same text would come out otherwise.
RULES_VERSION = 1


def splitter_mark() -> str:
    """Name what decides where sentences and passages end: these rules and the two libraries under them."""
    libraries = " ".join(f"{name} {version(name)}" for name in ("sentencex", "langchain-text-splitters"))
    return f"rules {RULES_VERSION} {libraries}"


def split_passages(
    sentences: Sequence[Sentence], token_counts: Sequence[int], settings: IndexSettings
) -> list[Passage]:
    """Return passages of whole sentences, in order; every sentence is in at least one.

    Paragraphs stay whole where they fit, several to a passage; a longer one is cut between sentences, with
    overlap; a sentence longer than the limit is a passage by itself.

    Args:
        sentences: all of one article, in order.
        token_counts: their lengths in the encoder's tokens, aligned with `sentences`.
    """
    merge = _merger(token_counts, settings)
    merged: list[str] = []
    pending: list[str] = []
    for _, group in groupby(sentences, key=lambda sentence: sentence.paragraph):
        numbers = [sentence.number for sentence in group]
        if sum(token_counts[number] for number in numbers) <= settings.passage_tokens:
            pending.append(_unit(numbers[0], numbers[-1]))
            continue
        merged += merge(pending)
        pending = []
        merged += merge([_unit(number, number) for number in numbers])
    merged += merge(pending)
    ends = [[int(number) for unit in units.split() for number in unit.split("-")] for units in merged]
    return [Passage(numbers[0], numbers[-1]) for numbers in ends]


def _unit(first: int, last: int) -> str:
    return f"{first}-{last}"


def _merger(token_counts: Sequence[int], settings: IndexSettings) -> Callable[[list[str]], list[str]]:
    # Imported here: langchain loads slowly, and a saved index needs none of it.
    from langchain_text_splitters import TextSplitter

    class SentenceNumberSplitter(TextSplitter):
        """A TextSplitter whose pieces are runs of sentence numbers, each as long as its sentences are in tokens."""

        def split_text(self, text: str) -> list[str]:
            return self.merge(text.split())

        def merge(self, units: list[str]) -> list[str]:
            return self._merge_splits(units, " ")

    def tokens(unit: str) -> int:
        if not unit.strip():
            return 0
        first, last = (int(number) for number in unit.split("-"))
        # A sentence over the limit counts as filling it: it gets a passage to itself, and langchain no cause to warn.
        # One of no known token still takes room, or it would join such a passage.
        return min(sum(max(1, count) for count in token_counts[first : last + 1]), settings.passage_tokens)

    splitter = SentenceNumberSplitter(
        chunk_size=settings.passage_tokens, chunk_overlap=settings.overlap_tokens, length_function=tokens
    )
    return splitter.merge
