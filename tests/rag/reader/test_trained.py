"""The trained reader: which passages it reads, and what its answers always are, whatever its weights say."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from index import Article, EmbeddedEncoder, SentenceTransformerEncoder, build_index
from index.models.embedded import bundled_model_folder
from index.settings import IndexSettings
from rag import Answer, Assistant, Settings
from rag.answering.answerer import LARGEST_SHARE
from rag.conversation.query import Query
from rag.reader.embedding import EmbeddingReader
from rag.reader.evidence import trimmed
from rag.reader.network import PassageReader
from rag.reader.trained import COEFFICIENTS, TrainedReader, open_reader, passage_reader, passages_to_read
from rag.reader.weights import trained_weights
from rag.retrieval.retriever import Candidates, Retriever
from tests.small_set import BREAD, TOWER

# Passages of a sentence or two, so that there are several to choose from.
SETTINGS = Settings(index=IndexSettings(passage_tokens=30, overlap_tokens=12), answer_bar=0.0, further_bar=0.0)
# One paragraph that is cut into passages.
ORCHARD = Article.read(
    "Der Obstgarten liegt am Hang. Dort stehen vierzig Apfelbäume. Im Herbst wird geerntet. Der Most reift im Keller. "
    "Im Winter ruhen die Bäume. Im März werden sie geschnitten. Die Bienen kommen im Mai. Ein Zaun hält die Rehe fern.",
    title="Obst",
    language="de",
)
QUESTIONS = [
    "Bei wie viel Grad backt man Brot?",
    "Wer wurde in Passau gegründet?",
    "Wie heißt die Enkelin?",
    "How tall is the tower?",
    "¿Cuándo se construyó la torre?",
    "这座塔有多高？",
    "Was kostet ein Auto in Japan?",
]
YES_OR_NO = [
    "Ist der Turm aus Holz?",
    "Was the tower built in the city?",
    "¿Es la torre de hierro?",
    "这座塔是不是铁的？",
]


@pytest.fixture(scope="module")
def asked(encoder: EmbeddedEncoder) -> Assistant:
    index = build_index([BREAD, TOWER, ORCHARD], encoder, SETTINGS.index)
    assert len(index.passages) > 5 and (index.passages[1:, 1] <= index.passages[:-1, 2]).any(), "some overlap"
    return Assistant(index, encoder, SETTINGS)


@pytest.fixture(scope="module")
def answers(asked: Assistant) -> list[Answer]:
    return [asked.ask(question) for question in QUESTIONS]


def fresh(encoder: EmbeddedEncoder) -> PassageReader:
    return PassageReader(encoder, trained_weights(encoder.weights))


def found(asked: Assistant, question: str, settings: Settings = SETTINGS) -> Candidates:
    return Retriever(asked.index, asked.encoder, settings).sentences(Query(question))


def test_the_settings_name_the_reader(encoder: EmbeddedEncoder) -> None:
    assert isinstance(open_reader(encoder, Settings()), TrainedReader)
    assert isinstance(open_reader(encoder, replace(Settings(), reader="embedding")), EmbeddingReader)
    assert passage_reader(encoder) is passage_reader(encoder), "loaded once"


@pytest.mark.model
def test_another_encoder_is_read_with_by_embedding() -> None:
    # A folder is another model, whatever is in it: what the weights are a difference to is not known.
    assert isinstance(open_reader(SentenceTransformerEncoder(str(bundled_model_folder())), Settings()), EmbeddingReader)


@pytest.mark.parametrize("candidate_passages", [1, 3, 20])
def test_passages_cover_each_candidate_that_of_the_best_first(asked: Assistant, candidate_passages: int) -> None:
    index = asked.index
    for question in QUESTIONS:
        candidates = found(asked, question, replace(SETTINGS, candidate_passages=candidate_passages))
        chosen = passages_to_read(candidates, index)
        held = [set(range(first, last + 1)) for _, first, last in index.passages[chosen].tolist()]
        assert int(candidates.rows[0]) in held[0]
        assert set(candidates.rows.tolist()) <= set().union(*held)
        places = {int(row): place for place, row in enumerate(candidates.rows)}
        new = [some & places.keys() - set().union(*held[:number]) for number, some in enumerate(held)]
        assert all(new), "none is read for nothing"
        best = [min(places[row] for row in some & places.keys()) for some in held]
        assert best == sorted(best)


def test_a_short_answer_lies_in_the_first_citation(asked: Assistant, answers: list[Answer]) -> None:
    spans = 0
    for answer in answers:
        assert not answer.abstained and answer.confidence == answer.statements[0].support
        first = answer.citations[0]
        text = asked.article(first.article_id).text
        if answer.span is None:
            assert answer.statements[0].text == first.text
            continue
        spans += 1
        start, end = answer.span
        assert first.start <= start < end <= first.end
        assert trimmed(text, start, end) == (start, end)
        short = end - start < LARGEST_SHARE * len(first.text)
        assert answer.statements[0].text == (text[start:end] if short else first.text)
        assert answer.statements[0].citations == (first,)
        assert len(answer.statements) == len(answer.citations) + short, "the sentences follow"
        assert answer.text.splitlines()[0] == f"{answer.statements[0].text} [1]"
        assert json.loads(json.dumps(answer.to_dict()))["span"] == [start, end]
    assert spans, "some question has one"


def test_a_question_for_yes_or_no_has_no_short_answer(asked: Assistant) -> None:
    for question in YES_OR_NO:
        answer = asked.ask(question)
        assert answer.citations and answer.span is None
        assert [statement.text for statement in answer.statements] == [cited.text for cited in answer.citations]


def test_probabilities_are_between_0_and_1_and_one_is_the_greatest(asked: Assistant) -> None:
    for question in QUESTIONS[1:4] + QUESTIONS[-1:]:
        for most in (1, 6):
            reader = open_reader(asked.encoder, replace(SETTINGS, read_passages=most))
            candidates = found(asked, question)
            reading = reader.read(Query(question), candidates, asked.index)
            chances = reading.probabilities
            assert chances.shape == candidates.rows.shape and chances.dtype == np.float32
            assert (chances >= 0).all() and (chances <= 1).all()
            assert (chances == chances.max()).sum() == 1
            if reading.span:
                _, start, end, _ = asked.index.sentences[candidates.rows[reading.order[0]]].tolist()
                assert start <= reading.span[0] < reading.span[1] <= end


def test_the_evidence_shown_has_the_answers_order(asked: Assistant, answers: list[Answer]) -> None:
    for answer in answers:
        hits = next(event.hits for event in asked.stream(answer.question) if event.kind == "evidence")
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
        assert [hit.probability for hit in hits] == sorted((hit.probability for hit in hits), reverse=True)
        assert hits[0].probability == answer.confidence
        if answer.span:
            assert (hits[0].article_id, hits[0].start) == (answer.citations[0].article_id, answer.citations[0].start)


def test_the_same_question_has_the_same_answer_again_and_in_threads(
    asked: Assistant, answers: list[Answer], encoder: EmbeddedEncoder
) -> None:
    assert [asked.ask(question) for question in reversed(QUESTIONS)] == answers[::-1]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(asked.ask, QUESTIONS * 2)) == answers * 2
    reader = TrainedReader(fresh(encoder), SETTINGS.read_passages, SETTINGS.sure, SETTINGS.short_answer_bar)
    assert Assistant(asked.index, encoder, SETTINGS, reader).ask(QUESTIONS[-1]) == answers[-1], "nothing was kept"


@pytest.mark.parametrize(("most", "sure", "read"), [(6, 0.0, 1), (1, 1.0, 1), (2, 1.0, 2)])
def test_no_more_passages_are_read_than_wanted(asked: Assistant, most: int, sure: float, read: int) -> None:
    passages = fresh(asked.encoder)
    question = "Was kostet ein Auto in Japan?"
    candidates = found(asked, question)
    assert len(passages_to_read(candidates, asked.index)) > 2
    reading = TrainedReader(passages, most, sure).read(Query(question), candidates, asked.index)
    assert len(passages._kept) == read
    unread = EmbeddingReader().alone(candidates)
    ranges = asked.index.passages[passages_to_read(candidates, asked.index)[:read]].tolist()
    outside = [not any(first <= row <= last for _, first, last in ranges) for row in candidates.rows]
    limit = reading.probabilities.max()
    expected = np.minimum(unread * (1 - limit), limit)[outside]
    assert any(outside) and np.allclose(reading.probabilities[outside], expected, atol=1e-6)


def test_without_the_trained_reader_there_is_no_short_answer(asked: Assistant) -> None:
    plain = Assistant(asked.index, asked.encoder, replace(SETTINGS, reader="embedding"))
    for question in QUESTIONS:
        answer = plain.ask(question)
        assert answer.span is None and answer.statements[0].text == answer.citations[0].text


def test_the_coefficients_are_for_all_that_is_known() -> None:
    stored = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    for kind in ("native", "foreign"):
        assert np.isfinite([stored[kind]["bias"], *stored[kind]["weights"].values()]).all()
        assert {"start_share", "end_share", "answers_share"} <= stored[kind]["weights"].keys()
