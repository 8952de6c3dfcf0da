"""The XLM-R tokenizer of the embedded model, as a `tokenizers` pipeline: NMT-NFKC, metaspace, Unigram, <s> … </s>."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class UnigramVocabulary:
    """What a weight file says of its tokenizer.

    Attributes:
        pieces, scores: the vocabulary and its log probabilities, aligned.
        normalisation: what single characters are replaced by, "" for nothing.
        bos, eos, pad, unk: numbers of the special pieces.
    """

    pieces: Sequence[str]
    scores: Sequence[float]
    normalisation: Mapping[str, str]
    bos: int
    eos: int
    pad: int
    unk: int


def unigram_tokenizer(vocabulary: UnigramVocabulary) -> Tokenizer:
    """Return the tokenizer (Unigram: Kudo 2018, arXiv 1804.10959)."""
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors

    pieces = vocabulary.pieces
    scored = list(zip(pieces, vocabulary.scores, strict=True))
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=vocabulary.unk, byte_fallback=False))
    tokenizer.normalizer = _normalizer(pieces, vocabulary.normalisation)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    bos, eos = pieces[vocabulary.bos], pieces[vocabulary.eos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, vocabulary.bos), (eos, vocabulary.eos)],
    )
    special = [pieces[i] for i in (vocabulary.bos, vocabulary.pad, vocabulary.eos, vocabulary.unk)]
    tokenizer.add_special_tokens([AddedToken(piece, special=True, normalized=False) for piece in special])
    return tokenizer


def _normalizer(pieces: Sequence[str], normalisation: Mapping[str, str]) -> Any:
    """The map of characters, as NFKC and what differs from it: removed, blanks, and kept as they are.

    NFKC also composes what a decomposed text has apart, as SentencePiece's own map of sequences does.
    """
    from tokenizers import Regex, normalizers

    removed = [c for c, to in normalisation.items() if to == "" and unicodedata.normalize("NFKC", c)]
    blanks = [c for c, to in normalisation.items() if to == " " and unicodedata.normalize("NFKC", c) != " "]
    known = set(pieces)
    kept = [
        c
        for c in map(chr, range(0xA0, 0x2FA20))
        if c in known and c not in normalisation and unicodedata.normalize("NFKC", c) != c
    ]
    # A kept character steps aside, into the private use area, while NFKC runs.
    aside = [(c, chr(0xF700 + i)) for i, c in enumerate(kept)]
    return normalizers.Sequence(
        [
            normalizers.Replace(Regex(_character_class(removed)), ""),
            normalizers.Replace(Regex(_character_class(blanks)), " "),
            *(normalizers.Replace(c, other) for c, other in aside),
            normalizers.NFKC(),
            *(normalizers.Replace(other, c) for c, other in aside),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )


def _character_class(characters: list[str]) -> str:
    return "[" + "".join(f"\\x{{{ord(c):x}}}" for c in characters) + "]"
