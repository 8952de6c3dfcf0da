"""Claims about passages, as a corpus: of sentences, of answers, of PAWS-X's pairs, of parallel sentences."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from training.claims import Claim, ClaimMaker, read_pairs
from training.corpus import Asked, CorpusBuilder, Example, Source, read_json

# A sentence of fewer or more characters says too little or too much for one claim.
SHORTEST, LONGEST = 25, 320
# Other sentences around one of PAWS-X, from other pairs.
AROUND = 3


class ClaimBuilder:
    """Adds claims about articles to a corpus.

    Args:
        builder: cuts and encodes texts, and holds the corpus.
        maker: makes the claims.
    """

    def __init__(self, builder: CorpusBuilder, maker: ClaimMaker, chance: random.Random) -> None:
        self._builder, self._maker, self._chance = builder, maker, chance

    def add(self, source: Source, of_sentences: float, of_answers: float) -> None:
        """Add an article's passages, with claims of a share of their sentences and of their questions."""
        answers = [c[a.answer[0] : a.answer[1]] for c, asked in source.paragraphs for a in asked if a.answer]
        for context, asked in source.paragraphs:
            for spans in self._builder.cut(context, source.language):
                texts = [context[start:end] for start, end in spans]
                claims = []
                for number, text in enumerate(texts):
                    if SHORTEST <= len(text) <= LONGEST and self._chance.random() < of_sentences:
                        claims.append(self._maker.of_sentence(texts, number, source.language))
                for one in asked:
                    if self._chance.random() < of_answers:
                        claims.append(self._of_answer(one, answers, context, spans, texts, source.language))
                self._put(context, spans, [claim for claim in claims if claim])

    def _of_answer(
        self,
        one: Asked,
        answers: Sequence[str],
        context: str,
        spans: Sequence[tuple[int, int]],
        texts: Sequence[str],
        language: str,
    ) -> Claim | None:
        if not one.answer or one.kind != "span":
            return None
        inside = [n for n, (start, end) in enumerate(spans) if start <= one.answer[0] and one.answer[1] <= end]
        if not inside:
            return None
        answer = context[slice(*one.answer)]
        return self._maker.of_answer(one.question, answer, answers, texts, inside[0], one.language or language)

    def add_pairs(self, path: Path, leave_out: int = 0) -> None:
        """Add PAWS-X's pairs, each sentence once as the claim, among sentences of other pairs; not the first some."""
        pairs = read_pairs(path)[leave_out:]
        for one, other, same in pairs:
            for said, text in ((one, other), (other, one)):
                around = [self._chance.choice(pairs)[0] for _ in range(self._chance.randint(0, AROUND))]
                place = self._chance.randint(0, len(around))
                self.add_one([*around[:place], text, *around[place:]], Claim(said, place, same))

    def add_parallel(self, folder: Path, languages: Sequence[str], without_fold: int | None, folds: int) -> None:
        """Add XQuAD-R's sentences as claims about the same paragraph in another language, half of them changed."""
        data = {language: read_json(folder / f"{language}.json") for language in languages}
        for number in range(len(data[languages[0]])):
            if without_fold is not None and number % folds == without_fold:
                continue
            for place in range(len(data[languages[0]][number]["paragraphs"])):
                same = {language: data[language][number]["paragraphs"][place] for language in languages}
                for own in same.values():
                    for asked, other in same.items():
                        if len(own["sentences"]) == len(other["sentences"]):
                            self._add_parallel(own, other, asked)

    def _add_parallel(self, own: dict[str, object], other: dict[str, object], language: str) -> None:
        sentences: list[str] = other["sentences"]  # type: ignore[assignment]
        claims = []
        for number in range(len(sentences)):
            if len(sentences[number]) <= LONGEST:
                claims.append(self._maker.of_sentence(sentences, number, language))
        spans: list[tuple[int, int]] = [(start, end) for start, end in own["sentence_breaks"]]  # type: ignore[attr-defined]
        self._put(str(own["context"]), spans, [claim for claim in claims if claim])

    def add_one(self, texts: Sequence[str], claim: Claim) -> None:
        """Add a passage of some sentences and a claim about it."""
        context, spans = "", []
        for text in texts:
            context += " " if context else ""
            spans.append((len(context), len(context) + len(text)))
            context += text
        self._put(context, spans, [claim])

    def _put(self, context: str, spans: Sequence[tuple[int, int]], claims: Sequence[Claim]) -> None:
        if not claims:
            return
        shift = spans[0][0]
        inside = [(start - shift, end - shift) for start, end in spans]
        passage, _ = self._builder.encode(context[shift : spans[-1][1]], inside)
        number = len(self._builder.corpus.passages)
        self._builder.corpus.passages.append(passage)
        for claim in claims:
            tokens = (passage.sentences == claim.sentence).nonzero()[0]
            if not len(tokens):
                continue
            first = int(tokens[0])
            supporting = (claim.sentence,) if claim.supported else ()
            question = self._builder.encode_question(claim.text)
            self._builder.corpus.examples.append(
                Example(question, number, first, first, (), kind="claim", sentences=supporting)
            )
