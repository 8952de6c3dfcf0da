"""Which way a message of a conversation is read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag import Answer, Assistant, Turn
from rag.conversation.follow_up import understand
from rag.reader.embedding import EmbeddingReader
from rag.reader.query_reader import QueryReader
from rag.reader.trained import open_reader
from rag.retrieval.retriever import Retriever
from rag.settings import Settings

ORGAN = (
    "Die Orgel von Estrup\n\nDie Orgel baute 1698 Arp Hansen aus Tondern. Seine Werkstatt übernahm später ein Neffe, der sie "
    "nach Husum verlegte. Sie hat 1.204 Pfeifen. Jeden ersten Sonntag im Monat gibt es um 17 Uhr ein Konzert. "
    "Organistin ist seit 2011 Levke Thomsen."
)


@pytest.fixture(scope="module")
def organ() -> Assistant:
    return Assistant.from_text(ORGAN, language="de")


def told(assistant: Assistant, *messages: str) -> Answer:
    turns: list[Turn] = []
    for message in messages:
        turns.append(Turn(message, assistant.ask(message, turns)))
    answer = turns[-1].answer
    assert answer
    return answer


@pytest.mark.parametrize(
    "messages",
    [
        ("Wer spielt die Orgel?", "und seit wann macht sie das"),
        ("who plays the organ", "since when does she do that"),
        # In a language without function words here.
        ("Kto gra na organach?", "A od kiedy?"),
    ],
)
def test_a_message_goes_on_from_what_was_answered(organ: Assistant, messages: tuple[str, ...]) -> None:
    answer = told(organ, *messages)
    assert [one.text for one in answer.citations] == ["Organistin ist seit 2011 Levke Thomsen."]
    assert answer.statements[0].text == "2011"


def test_a_reader_that_knows_no_turns_reads_the_question_as_rewritten(organ: Assistant) -> None:
    history = [Turn("Wer spielt die Orgel?", organ.ask("Wer spielt die Orgel?"))]
    query = understand("Wie viele Pfeifen hat sie?", history)
    settings = replace(Settings(), reader="embedding")
    retriever = Retriever(organ.index, organ.encoder, settings)
    for reader, in_context in ((EmbeddingReader(), ""), (open_reader(organ.encoder, Settings()), query.in_context)):
        found = QueryReader(reader, retriever, organ.index, settings).read(query, retriever.sentences(query), history)
        assert found.query.in_context == in_context
        best = int(found.candidates.rows[found.reading.order[0]])
        assert organ.index.sentence_text(best) == "Sie hat 1.204 Pfeifen."


@pytest.mark.parametrize("question", ["Gibt es Konzerte?", "Gibt es auch Konzerte?", "are there also concerts"])
def test_what_stands_alone_is_answered_in_a_conversation_as_it_is_without(organ: Assistant, question: str) -> None:
    # Answered, and not answered, before.
    for messages in ((question,), ("Wer spielt die Orgel?", question), ("Was kostet ein Zug nach Rom?", question)):
        assert told(organ, *messages).citations[0].text.startswith("Jeden ersten Sonntag")
