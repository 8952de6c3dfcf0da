"""A quotation answer → the same with an LLM's prose above it, as far as sentences prove that prose.

Nothing is shown and then taken back: a statement is shown once it is proved, and the quotations follow when the LLM has
ended, in whatever way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from index import Index
from index.errors import LLMError
from index.models.embedded_encoder import is_embedded
from index.models.encoder import Encoder
from index.view import read_text
from rag.answer import Answer, Citation, Event, Hit, LLMUse, Statement, Withheld
from rag.answering.prose.connection import CUT_OFF, LLM
from rag.answering.prose.lines import Line, Lines
from rag.answering.prose.prompt import prompt, shown_sources
from rag.answering.prose.proof import Proof, Source, Verdict
from rag.reader.network import PassageReader
from rag.reader.trained import passage_reader
from rag.settings import Settings

# A model that says the same so often, says nothing else any more.
_MOST_REPEATS = 3


def open_writer(encoder: Encoder, settings: Settings) -> ProseWriter | None:
    """Return the writer for the LLM that the settings name; None where they name none.

    Raises:
        ExtraError: `openai` is not installed.
        LLMError: the URL is none.
    """
    if not settings.llm.url:
        return None
    return ProseWriter(settings, passage_reader(encoder) if is_embedded(encoder) else None)


class ProseWriter:
    """Asks an LLM for prose and shows what is proved. Threads may share one.

    Args:
        reader: of the embedded model, whose support head judges; without it nothing is shown but whole sentences.

    Raises:
        ExtraError, LLMError: the LLM cannot be asked at all.
    """

    def __init__(self, settings: Settings, reader: PassageReader | None) -> None:
        self._settings, self._reader = settings, reader
        self._llm = LLM(settings.llm)

    @property
    def host(self) -> str:
        """The host that questions and passages go to; "" for this machine."""
        return self._llm.host

    def events(self, quoted: Answer, hits: Sequence[Hit], passages: Sequence[int], index: Index) -> Iterator[Event]:
        """Yield a text as it forms, and last the answer; "" as text is a sign that the LLM is still awaited.

        Args:
            quoted: the answer without an LLM.
            hits: sentences with their probabilities to answer.
            passages: rows of `Index.passages` to show to the LLM, the likeliest first.
        """
        attempt = _Attempt(quoted, hits, index, self._settings)
        use = LLMUse("not asked", self._settings.llm.model, self._llm.host)
        if quoted.confidence >= self._settings.llm.ask_bar and not quoted.differs:
            sources = shown_sources(passages, index, self._settings.llm)
            messages = prompt(quoted.question, quoted.read_as, sources, index, quoted.language)
            lines, proof = Lines(quoted.language), Proof(sources, index, self._reader, self._settings.llm)
            failure: LLMError | None = None
            try:
                for line in self._lines(messages, lines):
                    if line is None:
                        yield Event("text")
                        continue
                    said = attempt.add(line, proof)
                    if said:
                        yield Event("text", text=f"{said}\n")
                    if attempt.is_full:
                        break
            except LLMError as error:
                failure = error
            attempt.end()
            use = _use(use, attempt, lines, failure)
        answer = attempt.answer(use)
        below = answer.text.split("\n")[len(attempt.shown) :]
        for number, rest in enumerate(below, start=1):
            yield Event("text", text=rest if number == len(below) else f"{rest}\n")
        yield Event("answer", answer=answer)

    def _lines(self, messages: list[dict[str, str]], lines: Lines) -> Iterator[Line | None]:
        """Yield the LLM's statements, and None where it is still awaited."""
        pieces = self._llm.stream(messages)
        try:
            for piece in pieces:
                if piece == CUT_OFF:
                    return
                if not piece:
                    yield None
                yield from lines.feed(piece)
            yield from lines.end()
        finally:
            pieces.close()


def _use(use: LLMUse, attempt: _Attempt, lines: Lines, failure: LLMError | None) -> LLMUse:
    if failure is not None:
        values = {name: str(value) for name, value in failure.values.items()}
        return replace(use, outcome="failed", error=str(failure), code=failure.code, values=values)
    if attempt.shown:
        return replace(use, outcome="prose")
    return replace(use, outcome="declined" if lines.declined and not attempt.withheld else "unsupported")


class _Attempt:
    """One answer as it forms.

    Attributes:
        shown: statements that are proved; withheld: those that are not.
    """

    def __init__(self, quoted: Answer, hits: Sequence[Hit], index: Index, settings: Settings) -> None:
        self._quoted, self._index, self._settings = quoted, index, settings
        self._likely = {(hit.article_id, hit.sentence_index): hit.probability or 0.0 for hit in hits}
        self.shown: list[Statement] = []
        self.withheld: list[Withheld] = []
        self._citations = list(quoted.citations)
        # Proved, and of other sentences than those that answer: shown beside a statement of these, not alone.
        self._besides: list[tuple[str, Verdict]] = []
        self._seen: dict[str, int] = {}

    @property
    def is_full(self) -> bool:
        """Whether no more statements are read."""
        is_repeating = max(self._seen.values(), default=0) >= _MOST_REPEATS
        return len(self._seen) >= self._settings.llm.max_statements or is_repeating

    def add(self, line: Line, proof: Proof) -> str:
        """Check a statement; return it with its markers where it is shown, else ""."""
        key = " ".join(line.text.casefold().split())
        self._seen[key] = self._seen.get(key, 0) + 1
        if self._seen[key] > 1:
            return ""
        verdict = proof.check(line.text, line.numbers)
        if verdict.reason:
            self.withheld.append(Withheld(line.text, verdict.reason))
            return ""
        if not self._answers(verdict) and (self._quoted.abstained or not self.shown):
            self._besides.append((line.text, verdict))
            return ""
        besides = [] if self._quoted.abstained else self._besides
        told = [self._statement(*one) for one in [*besides, (line.text, verdict)]]
        besides.clear()
        self.shown += told
        return "\n".join(map(_written, told))

    def end(self) -> None:
        """Withhold what is true and says nothing of what was asked: no statement that answers came with it."""
        self.withheld += [Withheld(text, "question") for text, _ in self._besides]
        self._besides.clear()

    def _statement(self, text: str, verdict: Verdict) -> Statement:
        return Statement(text, tuple(self._cited(source) for source in verdict.sources), verdict.support, "prose")

    def _answers(self, verdict: Verdict) -> bool:
        """Return whether a source is quoted as the answer, or likely enough to be one."""
        quoted = {(one.article_id, one.sentence_index) for one in self._quoted.citations}
        places = [self._place(source) for source in verdict.sources]
        return any(one in quoted or self._likely.get(one, 0.0) >= self._settings.llm.ask_bar for one in places)

    def _place(self, source: Source) -> tuple[str, int]:
        article, number, *_ = self._index.locate(source.row)
        return article.id, number

    def _cited(self, source: Source) -> Citation:
        article, number, start, end = self._index.locate(source.row)
        for known in self._citations:
            if (known.article_id, known.sentence_index) == (article.id, number):
                return known
        place = article.place(start, end)
        cited = Citation(len(self._citations) + 1, article.id, number, start, end, article.text[start:end], place)
        self._citations.append(cited)
        return cited

    def answer(self, use: LLMUse) -> Answer:
        """Return the whole: the prose, and below it the quotations, those of its own sentences too."""
        quoted = self._quoted
        if not self.shown:
            return replace(quoted, withheld=tuple(self.withheld), llm=use)
        likely = [self._likely.get((one.article_id, one.sentence_index), 0.0) for one in self._citations]
        added = [
            Statement(read_text(one.text), (one,), chance)
            for one, chance in zip(self._citations, likely, strict=True)
            if one not in quoted.citations
        ]
        before = [] if quoted.abstained else [quoted.text]
        text = "\n".join([*map(_written, self.shown), *before, *map(_written, added)])
        return replace(
            quoted,
            text=text,
            abstained=False,
            reason="",
            confidence=max(likely, default=0.0) if quoted.abstained else quoted.confidence,
            statements=(*self.shown, *quoted.statements, *added),
            citations=tuple(self._citations),
            nearest=(),
            withheld=tuple(self.withheld),
            llm=use,
        )


def _written(statement: Statement) -> str:
    return " ".join([statement.text, *(f"[{citation.number}]" for citation in statement.citations)])
