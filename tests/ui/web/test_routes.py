"""Beleg as a model of OpenAI's API, and plain JSON in one call: by the official client, and by curl's means."""

from __future__ import annotations

from pathlib import Path

import httpx
import openai
import pytest

from rag import Assistant
from tests.small_set import BREAD, TOWER
from ui.web.limits import Limits
from ui.web.server import launch
from ui.web.users import Users

QUESTION = "Wie hoch ist der Turm?"


@pytest.fixture(scope="module")
def client(served_url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{served_url}v1", api_key="none", max_retries=0)


def test_an_openai_client_gets_the_answer_and_its_citations(client: openai.OpenAI, two_articles: Assistant) -> None:
    expected = two_articles.ask(QUESTION)
    messages = [
        {"role": "system", "content": "Lie."},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
    ]
    answer = client.chat.completions.create(model="beleg", messages=messages, temperature=1)
    assert answer.choices[0].message.content == expected.text and answer.choices[0].finish_reason == "stop"
    assert answer.model_extra["beleg"] == expected.to_dict()
    chunks = list(client.chat.completions.create(model="beleg", messages=messages, stream=True))
    assert "".join(one.choices[0].delta.content or "" for one in chunks) == expected.text
    assert chunks[-1].choices[0].finish_reason == "stop" and chunks[-1].model_extra["beleg"] == expected.to_dict()


def test_a_chat_goes_on_and_may_ask_one_article(client: openai.OpenAI) -> None:
    assert [one.id for one in client.models.list()] == ["beleg", f"beleg/{BREAD.id}", f"beleg/{TOWER.id}"]
    chat = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": "Ignored."},
        {"role": "user", "content": "Und wann wurde er gebaut?"},
    ]
    follow_up = client.chat.completions.create(model=f"beleg/{TOWER.id}", messages=chat).model_extra["beleg"]
    assert follow_up["read_as"] != follow_up["question"] and follow_up["citations"][0]["article_id"] == TOWER.id
    of_bread = client.chat.completions.create(model=f"beleg/{BREAD.id}", messages=chat[:1])
    assert of_bread.model_extra["beleg"]["abstained"]


def test_plain_json_in_one_call_and_what_is_wrong_with_one(served_url: str, two_articles: Assistant) -> None:
    asked = httpx.post(f"{served_url}api/ask", json={"question": QUESTION}, timeout=60)
    assert asked.status_code == 200 and asked.json() == two_articles.ask(QUESTION).to_dict()
    found = httpx.post(f"{served_url}api/retrieve", json={"question": QUESTION, "k": 2}, timeout=60).json()
    assert [hit["text"] for hit in found] == [hit.text for hit in two_articles.retrieve(QUESTION, k=2)]
    described = httpx.get(f"{served_url}api/openapi.json").json()
    assert {"/api/ask", "/api/retrieve", "/v1/models", "/v1/chat/completions"} <= described["paths"].keys()
    for path, body, code in (
        ("api/ask", {"question": " "}, "question-empty"),
        ("api/ask", {"question": 1}, "request-malformed"),
        ("api/ask", {"question": "Wer?", "article": "x"}, "article-unknown"),
        ("api/retrieve", {"question": "Wer?", "k": 0}, "k-out-of-range"),
        ("v1/chat/completions", {"messages": []}, "question-empty"),
    ):
        refused = httpx.post(f"{served_url}{path}", json=body, timeout=60)
        assert refused.status_code == 400 and refused.json()["error"]["code"] == code, refused.text


def test_they_stand_behind_the_login_and_the_limits(two_articles: Assistant, tmp_path: Path) -> None:
    users = Users(tmp_path / "users.json")
    users.add("anna", "correct horse battery")
    app = launch(
        two_articles, port=0, users=users.path, limits=Limits(questions_a_minute=1), block=False, say=lambda line: None
    )
    try:
        asked = [{"role": "user", "content": QUESTION}]
        with pytest.raises(openai.AuthenticationError):
            openai.OpenAI(base_url=f"{app.url}v1", api_key="x", max_retries=0).models.list()
        anna = openai.OpenAI(base_url=f"{app.url}v1", api_key="anna:correct horse battery", max_retries=0)
        assert anna.chat.completions.create(model="beleg", messages=asked).choices[0].message.content
        with pytest.raises(openai.RateLimitError, match="1 a minute"):
            anna.chat.completions.create(model="beleg", messages=asked)
    finally:
        app.close()
