"""What programs can ask: over the web API with Gradio's client and plain HTTP, and whether the server is ready."""

from __future__ import annotations

import gc
import json
import time

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from index import ArticleError, QuestionError
from rag import Assistant, Turn
from tests.small_set import BREAD, TOWER
from ui.web.api import MOST_EARLIER, Endpoints

QUESTION = "Wie hoch ist der Turm?"
NAMES = {"/ask", "/retrieve", "/articles", "/read_sentence"}


@pytest.fixture(scope="module")
def client(served_url: str) -> Client:
    return Client(served_url, verbose=False)


def test_the_endpoints_are_named_and_described(client: Client) -> None:
    described = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert described.keys() == NAMES, "and no handler of the page"
    for endpoint in described.values():
        assert endpoint["description"]
        assert all(one["parameter_name"] for one in endpoint["parameters"])


def test_ask_returns_what_to_dict_gives(client: Client, two_articles: Assistant) -> None:
    expected = two_articles.ask(QUESTION)
    assert client.predict(QUESTION, [], api_name="/ask") == expected.to_dict()
    follow_up = two_articles.ask("Und wann wurde er gebaut?", [Turn(QUESTION, expected)])
    assert client.predict("Und wann wurde er gebaut?", [QUESTION], api_name="/ask") == follow_up.to_dict()
    assert follow_up.read_as != follow_up.question


def test_a_message_that_tells_no_language_is_answered_in_the_one_that_is_accepted(
    served_url: str, two_articles: Assistant
) -> None:
    called = httpx.post(
        f"{served_url}gradio_api/call/ask",
        json={"data": ["1889?", []]},
        headers={"accept-language": "fr-CH, de;q=0.5"},
        timeout=60,
    )
    stream = httpx.get(f"{served_url}gradio_api/call/ask/{called.json()['event_id']}", timeout=60).text
    assert two_articles.ask("1889?").language != "fr" and '"language": "fr"' in stream
    assert Endpoints(two_articles).ask("1889?", language="fr")["language"] == "fr"


def test_retrieve_finds_sentences_that_read_sentence_shows(client: Client, two_articles: Assistant) -> None:
    hits = client.predict(QUESTION, 3, api_name="/retrieve")
    assert [hit["text"] for hit in hits] == [hit.text for hit in two_articles.retrieve(QUESTION, k=3)]
    article, number = hits[0]["article_id"], hits[0]["sentence_index"]
    read = client.predict(article, number, 2, api_name="/read_sentence")
    text = two_articles.article(article).text
    assert text[read["start"] : read["end"]] == read["text"] == hits[0]["text"]
    whole = [text[one.span.start : one.span.end] for one in two_articles.sentences(article)]
    assert [*read["before"], read["text"], *read["after"]] == whole[max(0, number - 2) : number + 3]


def test_articles_are_listed_and_found_by_title(client: Client, two_articles: Assistant) -> None:
    every = client.predict("", 0, api_name="/articles")
    assert every["total"] == 2 and [one["id"] for one in every["articles"]] == [BREAD.id, TOWER.id]
    assert every["articles"][1]["sentences"] == len(two_articles.sentences(TOWER.id))
    found = client.predict(TOWER.title.upper(), 0, api_name="/articles")
    assert [one["id"] for one in found["articles"]] == [TOWER.id] and found["total"] == 1
    rest = client.predict("", 1, api_name="/articles")
    assert rest["total"] == 2 and [one["id"] for one in rest["articles"]] == [TOWER.id]


def test_plain_http_is_enough(served_url: str, two_articles: Assistant) -> None:
    called = httpx.post(f"{served_url}gradio_api/call/ask", json={"data": [QUESTION, []]}, timeout=60)
    stream = httpx.get(f"{served_url}gradio_api/call/ask/{called.json()['event_id']}", timeout=60).text
    event, data = stream.strip().splitlines()[-2:]
    assert event == "event: complete"
    assert json.loads(data.removeprefix("data: ")) == [two_articles.ask(QUESTION).to_dict()]


def test_what_is_wrong_is_said(client: Client, two_articles: Assistant) -> None:
    for call, words in (
        ((" ", []), "the question is empty"),
        (("x" * 5000, []), "5000 characters"),
        ((QUESTION, ["a"] * (MOST_EARLIER + 1)), "history"),
    ):
        with pytest.raises(AppError, match=words):
            client.predict(*call, api_name="/ask")
    with pytest.raises(AppError, match="k is 0. Expected 1 to 100"):
        client.predict(QUESTION, 0, api_name="/retrieve")
    endpoints = Endpoints(two_articles)
    with pytest.raises(ArticleError, match="no article 'nowhere'"):
        endpoints.read_sentence("nowhere", 0)
    with pytest.raises(ArticleError, match="Expected 0 to"):
        endpoints.read_sentence(TOWER.id, -1)
    with pytest.raises(QuestionError, match="k is 101"):
        endpoints.retrieve(QUESTION, 101)


def test_around_a_sentence_is_what_there_is(two_articles: Assistant) -> None:
    sentences = two_articles.sentences(TOWER.id)
    read = Endpoints(two_articles).read_sentence(TOWER.id, 0, 1000)
    assert read["before"] == [] and len(read["after"]) == min(20, len(sentences) - 1)
    alone = Endpoints(two_articles).read_sentence(TOWER.id, len(sentences) - 1, -3)
    assert alone["before"] == alone["after"] == []
    assert TOWER.text[alone["start"] : alone["end"]] == alone["text"]


def test_health_says_when_the_server_is_ready(served_url: str) -> None:
    for _ in range(600):
        said = httpx.get(f"{served_url}health", timeout=10)
        if said.status_code == 200:
            break
        assert said.status_code == 503 and said.json()["status"] == "warming up"
        time.sleep(0.1)
    assert said.json()["status"] == "ready" and said.json()["articles"] == 2
    assert gc.get_freeze_count() > 100_000, "no collection of garbage stops all threads to look at the model"
    assert httpx.head(f"{served_url}health", timeout=10).status_code == 200
    assert httpx.post(f"{served_url}health", timeout=10).status_code in (404, 405)
