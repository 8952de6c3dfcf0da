"""What is shown of statements that are true, and of those that differ from a sentence in one thing.

    python -m benchmarks.prose [XQUAD_R] [--each 60] [--show FILE]

Statements are made of single sentences, as they stand, shortened or without a phrase, and then changed in one thing
(training/claims.py), and held to their sentence as an LLM's statement would be (rag/answering/prose/proof.py). A row
for each pair of languages (statement → article) and kind of statement: how many there were, and how many were shown. Of
changed ones that should be none. The first rows are of the articles in eval_questions.json, of which the reader has
learned nothing; XQuAD-R's development half it has seen, so only its lexical checks are as strict elsewhere.
FILE gets every statement that was shown, with its sentence.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

from index import Article, build_index
from index.models.embedded_encoder import EmbeddedEncoder, open_encoder
from rag.answering.prose.proof import Proof, Source
from rag.reader.trained import passage_reader
from rag.settings import LLMSettings
from training.claims import CHANGES, ClaimMaker, shortened, without_phrase
from training.corpus import read_json

ROOT = Path(__file__).parent.parent
PAIRS = ("en:de", "de:en", "es:de", "zh:en")


def main() -> None:
    """Read the arguments, measure, print a row for each kind of statement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xquad", type=Path, nargs="?")
    parser.add_argument("--each", type=int, default=60, help="sentences of each pair of languages")
    parser.add_argument("--show", type=Path)
    arguments = parser.parse_args()
    encoder = open_encoder()
    shown: list[dict[str, str]] = []
    for language in ("de", "en"):
        rows = list(_own(language, encoder, arguments.each, shown))
        _print(f"{language} → {language}", rows)
    for pair in PAIRS if arguments.xquad else ():
        asked, language = pair.split(":")
        _print(
            f"{asked} → {language}", list(_parallel(arguments.xquad, asked, language, encoder, arguments.each, shown))
        )
    if arguments.show:
        arguments.show.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in shown), encoding="utf-8")


def _own(
    language: str, encoder: EmbeddedEncoder, most: int, shown: list[dict[str, str]]
) -> Iterator[tuple[str, bool, float]]:
    """Yield for each statement what kind it is, whether it is shown and the seconds that the check took."""
    chance = random.Random(language)
    maker = ClaimMaker(chance, {})
    listed = json.loads((ROOT / "eval_questions.json").read_text(encoding="utf-8"))["articles"]
    own = [one for one in listed if one["language"] == language]
    for one in own:
        index = build_index([Article.read(one["text"], title=one["title"], language=language)], encoder)
        proof, sources = _proof(index, encoder)
        for source in chance.sample(sources, min(len(sources), max(1, most // len(own)))):
            text = " ".join(source.text.split())
            yield from _held(text, source, proof, " ".join(s.text for s in sources), language, maker, chance, shown)


def _parallel(
    folder: Path,
    asked: str,
    language: str,
    encoder: EmbeddedEncoder,
    most: int,
    shown: list[dict[str, str]],
) -> Iterator[tuple[str, bool, float]]:
    """Yield the same of statements in one language about sentences in another."""
    chance = random.Random(f"{asked} {language}")
    maker = ClaimMaker(chance, {})
    texts, claims = (read_json(folder / f"{name}.json") for name in (language, asked))
    paragraphs = [
        (one, other)
        for own, others in zip(texts, claims, strict=True)
        for one, other in zip(own["paragraphs"], others["paragraphs"], strict=True)
        if len(one["sentences"]) == len(other["sentences"])
    ]
    for one, other in chance.sample(paragraphs, min(most, len(paragraphs))):
        index = build_index([Article.read(one["context"], language=language)], encoder)
        proof, sources = _proof(index, encoder)
        if len(sources) != len(other["sentences"]):
            continue
        number = chance.randrange(len(sources))
        said = " ".join(other["sentences"][number].split())
        yield from _held(said, sources[number], proof, " ".join(other["sentences"]), asked, maker, chance, shown)


def _proof(index, encoder: EmbeddedEncoder) -> tuple[Proof, list[Source]]:  # type: ignore[no-untyped-def]
    article = index.articles[0]
    above = (article.title,) if article.is_titled else ()
    found = [
        Source(row + 1, row, next(n for n, p in enumerate(index.passages.tolist()) if p[1] <= row <= p[2]),
               index.sentence_text(row), above)
        for row in range(len(index.sentences))
    ]  # fmt: skip
    return Proof(found, index, passage_reader(encoder), LLMSettings()), found


def _held(
    text: str,
    source: Source,
    proof: Proof,
    others: str,
    language: str,
    maker: ClaimMaker,
    chance: random.Random,
    shown: list[dict[str, str]],
) -> Iterator[tuple[str, bool, float]]:
    short = without_phrase(shortened(text, chance), language, chance)
    made = {"as it is": text, "shortened": short} if short != text else {"as it is": text}
    made |= {f"{change} changed": maker.changed(said, others, language, change)
             for change in CHANGES for said in [chance.choice([text, short])]}  # fmt: skip
    for kind, said in made.items():
        if said and (kind in ("as it is", "shortened") or said not in (text, short)):
            begun = time.perf_counter()
            verdict = proof.check(said, [source.number])
            if not verdict.reason:
                shown.append({"kind": kind, "statement": said, "sentence": source.text})
            yield kind, not verdict.reason, time.perf_counter() - begun


def _print(name: str, rows: list[tuple[str, bool, float]]) -> None:
    for kind in dict.fromkeys(kind for kind, _, _ in rows):
        found = [is_shown for other, is_shown, _ in rows if other == kind]
        print(f"{name:8} {kind:18} {len(found):4} shown {sum(found):4}", flush=True)
    seconds = sorted(took for _, _, took in rows)
    print(f"{name:8} {'ms a check':18} median {1000 * seconds[len(seconds) // 2]:.0f}, 95 in 100 below "
          f"{1000 * seconds[int(0.95 * len(seconds))]:.0f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
