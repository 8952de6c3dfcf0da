"""The limits of a served web chat, as programs meet them: questions a minute, a full queue, sizes, others' uploads."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from rag import Answer, Assistant, Turn
from tests.guarded import MCP_HEADERS, PASSWORDS, log_in, make_users, served
from ui.web.limits import ALONE, Limits

pytestmark = pytest.mark.slow

QUESTION = "How tall is the tower?"


class Slow(Assistant):
    """The real assistant, which answers when it may."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.asked = threading.Semaphore(0)
        self.may_answer = threading.Event()

    def ask(self, question: str, history: Sequence[Turn | str] = (), language: str = "") -> Answer:
        self.asked.release()
        self.may_answer.wait(timeout=60)
        return super().ask(question, history, language)


def test_programs_are_told_how_long_to_wait(two_articles: Assistant) -> None:
    with served(two_articles, limits=Limits(questions_a_minute=3, sessions_an_address=2)) as app:
        url = app.url
        client = Client(url, verbose=False)
        client.predict(QUESTION, ["Who built it?"], api_name="/ask")
        client.predict(QUESTION, 1, api_name="/retrieve")
        with pytest.raises(AppError, match=r"Too many questions: 3 a minute\. Wait \d+ seconds\."):
            client.predict(QUESTION, [], api_name="/ask")
        assert client.predict("", 0, api_name="/articles")["total"] == 2, "is no question"
        other = Client(url, verbose=False)
        other.predict(QUESTION, [], api_name="/ask")
        asked = httpx.post(f"{url}gradio_api/call/ask", json={"data": [QUESTION, []]}).json()
        assert "event: complete" in httpx.get(f"{url}gradio_api/call/ask/{asked['event_id']}", timeout=30).text

        async def use() -> None:
            async with streamable_http_client(f"{url}mcp") as (*streams, _), ClientSession(*streams) as session:
                await session.initialize()
                assert not (await session.call_tool("ask", {"question": QUESTION})).isError
                refused = await session.call_tool("ask", {"question": QUESTION})
                assert refused.isError and "Too many questions: 6 a minute. Wait" in refused.content[0].text
                assert not (await session.call_tool("articles", {})).isError

        anyio.run(use)
        asked = httpx.post(f"{url}gradio_api/call/ask", json={"data": [QUESTION, []]}).json()
        said = httpx.get(f"{url}gradio_api/call/ask/{asked['event_id']}", timeout=30).text
        assert "event: error" in said and "Too many questions: 6 a minute" in said


def test_on_this_machine_a_whole_question_set_is_asked_without_a_limit(two_articles: Assistant) -> None:
    with served(two_articles) as app:
        client = Client(app.url, verbose=False)
        jobs = [client.submit(QUESTION, 1, api_name="/retrieve") for _ in range(40)]
        assert all(len(job.result(timeout=60)) == 1 for job in jobs)


def ask_by_mcp(url: str) -> str:
    call = {"name": "ask", "arguments": {"question": QUESTION}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    return httpx.post(f"{url}mcp", json=body, headers=MCP_HEADERS, timeout=60).text


def test_a_full_queue_says_so(two_articles: Assistant) -> None:
    slow = Slow(two_articles.index, two_articles.encoder)
    slow.may_answer.set()
    with served(slow, limits=replace(ALONE, waiting=1)) as app, ExitStack() as stack:
        url = app.url
        while httpx.get(f"{url}health", timeout=10).status_code != 200:
            time.sleep(0.1)
        while slow.asked.acquire(blocking=False):
            pass
        slow.may_answer.clear()
        client = Client(url, verbose=False)
        # One after the other: until the first is being answered it fills the queue.
        jobs = [client.submit(QUESTION, [], api_name="/ask")]
        assert slow.asked.acquire(timeout=30), "two are answered at a time"
        tool = stack.enter_context(ThreadPoolExecutor()).submit(ask_by_mcp, url)
        assert slow.asked.acquire(timeout=30), "by whichever way they come"
        jobs.append(client.submit(QUESTION, [], api_name="/ask"))
        while httpx.get(f"{url}gradio_api/queue/status").json()["queue_size"] != 1:
            time.sleep(0.05)
        with pytest.raises(Exception, match="Queue is full"):
            client.predict(QUESTION, [], api_name="/ask")
        assert "Queue is full" in ask_by_mcp(url)
        call = {"data": [QUESTION, []]}
        refused = httpx.post(f"{url}gradio_api/call/ask", json=call)
        assert refused.status_code == 503 and "Queue is full. Max size is 1" in refused.json()["detail"]
        config = httpx.get(f"{url}config").json()
        box = next(one["id"] for one in config["components"] if one["props"].get("elem_id") == "box")
        asks = next(one["id"] for one in config["dependencies"] if box in one["inputs"])
        joined = {"data": [QUESTION, None], "fn_index": asks, "session_hash": "x"}
        page = httpx.post(f"{url}gradio_api/queue/join", json=joined, headers={"accept-language": "de-DE"})
        assert page.status_code == 429 and page.json()["detail"].startswith("Gerade warten zu viele Fragen.")
        slow.may_answer.set()
        assert all(job.result(timeout=60)["citations"] for job in jobs), "who waited is answered"
        assert "citations" in tool.result(timeout=60)
        assert "citations" in ask_by_mcp(url), "its place is free again"


def test_callers_take_turns_and_each_has_a_bound(two_articles: Assistant) -> None:
    slow = Slow(two_articles.index, two_articles.encoder)
    slow.may_answer.set()
    limits = Limits(waiting=40, waiting_each=4, at_once=1)
    with served(slow, limits=limits) as app:
        url = app.url
        while httpx.get(f"{url}health", timeout=10).status_code != 200:
            time.sleep(0.1)
        config = httpx.get(f"{url}config").json()
        asks = next(one["id"] for one in config["dependencies"] if one["api_name"] == "ask")
        heard: list[str] = []
        asked = slow.ask

        def note(question: str, *more: Any) -> Answer:
            heard.append(question)
            return asked(question, *more)

        slow.ask = note  # type: ignore[method-assign]
        slow.may_answer.clear()

        def ask(question: str, session: str) -> int:
            call = {"data": [question, []], "fn_index": asks, "session_hash": session}
            return httpx.post(f"{url}gradio_api/queue/join", json=call, timeout=30).status_code

        greedy = [ask(f"How tall is the tower, {number}?", "greedy") for number in range(40)]
        assert greedy == [200] * 5 + [503] * 35, "one is computed, and four wait"
        assert ask("Who built the tower, second?", "second") == 200, "has the other place at once"
        while len(heard) < 2:
            time.sleep(0.05)
        assert ask("Who built the tower, third?", "third") == 200
        assert ask("How hot is the oven, third?", "third") == 200
        slow.may_answer.set()
        while len(heard) < 8:
            time.sleep(0.05)
        sessions = ["greedy" if "tall" in one else one.split()[-1].rstrip("?") for one in heard]
        assert sessions[:2] == ["greedy", "second"] and sessions[2] == "third", "whose first turn it is"
        assert "third" in sessions[3:6], "and then they take turns"


def test_what_is_too_large_is_refused(two_articles: Assistant) -> None:
    with served(two_articles, limits=replace(ALONE, upload_bytes=10_000)) as app:
        api = f"{app.url}gradio_api/"
        assert httpx.post(f"{api}upload", files={"files": b"x" * 9_000}).status_code == 200
        large = httpx.post(f"{api}upload", files={"files": b"x" * 20_000})
        assert large.status_code == 413 and "10000 bytes" in large.text
        parts = [("files", b"x" * 4_000) for _ in range(3)]
        assert httpx.post(f"{api}upload", files=parts).status_code == 413, "in several files neither"
        question = httpx.post(f"{api}call/ask", json={"data": ["x" * 20_000, []]})
        assert question.status_code == 413 and "10000 bytes" in question.json()["detail"]
        asked = httpx.post(f"{api}call/ask", json={"data": ["x" * 9_000, []]}).json()
        said = httpx.get(f"{api}call/ask/{asked['event_id']}", timeout=30).text
        assert "9000 characters" in said, "by the answers' own settings"


def handed_in(client: httpx.Client, path: str) -> int:
    data = {"path": path, "meta": {"_type": "gradio.FileData"}}
    body = {"data": [data], "fn_index": 0, "session_hash": "x"}
    return client.post("gradio_api/queue/join", json=body).status_code


def forms_of(path: str) -> list[str]:
    folder, name = path.rsplit("/", 1)
    return [path, f"{folder}/./{name}", f"{folder}/../{folder.rsplit('/', 1)[1]}/{name}", f"//{path.lstrip('/')}"]


@pytest.mark.parametrize("login", [True, False])
def test_what_one_uploads_no_other_opens(tmp_path: Path, two_articles: Assistant, login: bool) -> None:
    users = make_users(tmp_path / "users.json") if login else None
    with served(two_articles, users=users) as app, ExitStack() as stack:
        url = app.url
        anna, bert = (
            stack.enter_context(log_in(url, name) if login else httpx.Client(base_url=url, timeout=30))
            for name in PASSWORDS
        )
        if not login:
            bert.post("gradio_api/upload", files={"files": ("b.txt", b"Berts own")}).raise_for_status()
        (path,) = anna.post("gradio_api/upload", files={"files": ("a.txt", b"Annas secret")}).json()
        assert anna.get(f"gradio_api/file={path}").text == "Annas secret"
        assert handed_in(anna, path) == 200
        for form in forms_of(path):
            refused = bert.get(f"gradio_api/file={form}")
            assert refused.status_code == 403 and "somebody else" in refused.json()["detail"], form
            assert bert.get(f"gradio_api/file/{form}").status_code == 403
            assert handed_in(bert, form) == 403
        hidden = json.dumps({"data": [{"path": path}]}).replace("t", "\\u0074")
        body = hidden.replace('"data"', '"session_hash": "x", "fn_index": 0, "data"').replace("da\\u0074a", "data")
        body = body.replace("pa\\u0074h", "path")
        sent = bert.post("gradio_api/queue/join", content=body, headers={"content-type": "application/json"})
        assert sent.status_code == 403
        if login:
            by_basic = httpx.get(f"{url}gradio_api/file={path}", auth=("anna", PASSWORDS["anna"]), timeout=30)
            assert by_basic.text == "Annas secret", "she is the same user wherever she logs in"
        assert httpx.get(f"{url}gradio_api/file={path}").status_code in (401, 403)
        (same,) = bert.post("gradio_api/upload", files={"files": ("a.txt", b"Annas secret")}).json()
        assert same == path and bert.get(f"gradio_api/file={path}").status_code == 200, "who has it, has it"
