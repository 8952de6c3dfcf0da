"""Every number that changes what is indexed, in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """How articles become passages, vectors and terms. An index keeps those it was made with.

    Chosen on the development half of XQuAD-R (24 articles, 612 questions), German and English, each asked in both.
    """

    # Longest passage in the encoder's tokens, prompt and special tokens aside. 128, 256 and 384 were tried: 256 puts
    # the German sentence among the first three most often (0.925; 0.915 and 0.918).
    passage_tokens: int = 256
    # Sentences repeated from the passage before, in tokens, where a paragraph has to be cut.
    overlap_tokens: int = 48
    # BM25: Robertson & Zaragoza 2009, in the Lucene variant; k1 and b as Anserini has them for short texts.
    bm25_k1: float = 0.9
    bm25_b: float = 0.4
    # Length of the character n-grams that stand beside the stems (McNamee & Mayfield 2004).
    ngram: int = 4
