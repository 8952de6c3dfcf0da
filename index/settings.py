"""Every number that changes what is indexed, and the types and bounds that all settings are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

Progress = Callable[[str, int, int], None]
"""Called with the name of a task, how many of its steps are done, and how many there are."""

# Bytes that joining the parts of an index may hold before it writes them; `beleg index build --memory` sets others.
BUILD_MEMORY = 256_000_000
# The schema is built at the first use: `import index` stays fast.
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)
Count = Annotated[int, Field(ge=1)]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, slots=True, config=STRICT)
class IndexSettings:
    """How articles become passages, vectors and terms. An index stores the settings it was made with.

    Chosen on the development half of XQuAD-R (24 articles, 612 questions), German and English, each asked in both.
    """

    # Longest passage in the encoder's tokens, without prompt and special tokens. 128, 256 and 384 were tried: 256 puts
    # the German sentence among the first three most often (0.925; 0.915 and 0.918).
    passage_tokens: Count = 256
    # Tokens of sentences repeated from the passage before, where a paragraph is cut.
    overlap_tokens: Annotated[int, Field(ge=0)] = 48
    # Whether a passage is encoded under its article's title and the headings above it. It finds the passage a little
    # oftener (410 questions of GermanQuAD, all articles together, passage hit@1 0.849 and 0.856), but the reader's
    # coefficients are fitted without: questions that sound like the title are answered more, wrongly too.
    vectors_under_headings: bool = False
    # BM25: Robertson & Zaragoza 2009, in the Lucene variant; k1 and b are Anserini's for short texts.
    bm25_k1: NotNegative = 0.9
    bm25_b: Share = 0.4
    # Length of the character n-grams indexed beside the stems (McNamee & Mayfield 2004).
    ngram: Count = 4
