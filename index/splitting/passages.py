"""Sentences → Passages, by langchain-text-splitters' merging, measured in the encoder's tokens.

The splitter gets sentence numbers in place of text and returns numbers: nothing is searched for in the article, so that
repeated sentences are told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import version
from itertools import groupby

from index.article import Passage, Sentence
from index.settings import IndexSettings

# Raised whenever the same text would have other sentences or passages.
RULES_VERSION = 4


def splitter_mark() -> str:
    """Return what determines where sentences and passages end: the version of these rules and of two libraries."""
    libraries = " ".join(f"{name} {version(name)}" for name in ("sentencex", "langchain-text-splitters"))
    return f"rules {RULES_VERSION} {libraries}"


def split_passages(
    sentences: Sequence[Sentence], token_counts: Sequence[int], settings: IndexSettings
) -> list[Passage]:
    """Return passages of whole sentences, in order; every sentence is in at least one.

    Blocks that fit stay whole, several to a passage. A longer one is cut between sentences, with overlap. A
    sentence longer than the limit is a passage by itself.

    Args:
        sentences: all of one article, in order.
        token_counts: their lengths in the encoder's tokens, aligned with `sentences`.
    """
    merge = _merger(token_counts, settings)
    merged: list[str] = []
    pending: list[str] = []
    for _, group in groupby(sentences, key=lambda sentence: sentence.block):
        numbers = [sentence.number for sentence in group]
        if sum(token_counts[number] for number in numbers) <= settings.passage_tokens:
            pending.append(f"{numbers[0]}-{numbers[-1]}")
            continue
        merged += merge(pending) + merge([f"{number}-{number}" for number in numbers])
        pending = []
    merged += merge(pending)
    ends = [[int(number) for run in runs.split() for number in run.split("-")] for runs in merged]
    return [Passage(numbers[0], numbers[-1]) for numbers in ends]


def _merger(token_counts: Sequence[int], settings: IndexSettings) -> Callable[[list[str]], list[str]]:
    # Imported here: langchain loads slowly, and is not needed to open a saved index.
    from langchain_text_splitters import TextSplitter

    class SentenceNumberSplitter(TextSplitter):
        """A TextSplitter whose pieces are runs of sentence numbers, each as long as its sentences are in tokens."""

        def split_text(self, text: str) -> list[str]:
            return self.merge(text.split())

        def merge(self, runs: list[str]) -> list[str]:
            return self._merge_splits(runs, " ")

    def tokens(run: str) -> int:
        if not run.strip():
            return 0
        first, last = (int(number) for number in run.split("-"))
        # A sentence over the limit counts as filling it: it gets a passage to itself, and langchain does not warn. A
        # sentence without known tokens counts as one token, or it would join such a passage.
        return min(sum(max(1, count) for count in token_counts[first : last + 1]), settings.passage_tokens)

    splitter = SentenceNumberSplitter(
        chunk_size=settings.passage_tokens, chunk_overlap=settings.overlap_tokens, length_function=tokens
    )
    return splitter.merge
