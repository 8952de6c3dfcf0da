"""The MCP server, by the official client: over standard input and output, and in the web app."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from rag import Assistant
from tests.small_set import TOWER
from ui.web.api import Endpoints

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
QUESTION = "How tall is the tower?"
TOOLS = {"ask", "retrieve", "articles", "read_sentence"}
Use = Callable[[ClientSession], Awaitable[None]]


def over_stdio(use: Use, errors: Path, *options: str) -> None:
    async def run() -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        server = StdioServerParameters(
            command=sys.executable, args=["-m", "ui.cli.main", "mcp", *options], env=environment
        )
        with errors.open("w") as log:
            async with stdio_client(server, errlog=log) as streams, ClientSession(*streams) as session:
                await session.initialize()
                await use(session)

    anyio.run(run)


def over_http(use: Use, served_url: str) -> None:
    async def run() -> None:
        async with streamable_http_client(f"{served_url}mcp") as (*streams, _), ClientSession(*streams) as session:
            await session.initialize()
            await use(session)

    anyio.run(run)


def test_over_stdio_an_answer_and_its_sentence_are_read(tmp_path: Path, two_articles: Assistant) -> None:
    path = tmp_path / "tower.txt"
    path.write_text(TOWER.text, encoding="utf-8")

    async def use(session: ClientSession) -> None:
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        assert tools.keys() == TOOLS
        assert "exact source sentences" in (tools["ask"].description or "")
        assert tools["ask"].inputSchema["required"] == ["question"]
        assert all(tool.annotations and tool.annotations.readOnlyHint for tool in tools.values())
        answer = await structured(session, "ask", question=QUESTION)
        assert answer["citations"][0]["text"] == "The tower is 330 metres tall."
        cited = answer["citations"][0]
        place = {name: cited[name] for name in ("article_id", "sentence_index")}
        read = await structured(session, "read_sentence", **place)
        assert read["text"] == cited["text"] == TOWER.text[read["start"] : read["end"]]
        listed = await structured(session, "articles")
        assert [one["id"] for one in listed["articles"]] == [TOWER.id]
        wrong = await session.call_tool("ask", {"question": " "})
        assert wrong.isError and "the question is empty. Expected a question" in wrong.content[0].text
        again = await structured(session, "ask", question=QUESTION)
        assert again == answer, "an error ends nothing"

    over_stdio(use, tmp_path / "errors", "--article", str(path))
    assert "Traceback" not in (tmp_path / "errors").read_text()


def test_ctrl_c_ends_it_while_it_waits_for_a_line() -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "a test", "version": "1"}}
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})
    with subprocess.Popen(
        [sys.executable, "-m", "ui.cli.main", "mcp"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write(line + "\n")
        process.stdin.flush()
        assert "Beleg" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130


def test_a_mistake_at_the_start_is_one_line(tmp_path: Path) -> None:
    async def use(session: ClientSession) -> None:
        raise AssertionError("there is no session")

    with pytest.raises(BaseException):  # noqa: B017 - the client's own group of errors: the server has gone
        over_stdio(use, tmp_path / "errors", "--article", str(tmp_path / "missing.txt"))
    said = (tmp_path / "errors").read_text()
    assert said.startswith("beleg: ") and "missing.txt" in said and said.count("\n") == 1


def test_the_web_app_offers_the_same_tools(served_url: str, two_articles: Assistant) -> None:
    async def use(session: ClientSession) -> None:
        tools = (await session.list_tools()).tools
        assert {tool.name for tool in tools} == TOOLS
        assert any("exact source sentences" in (tool.description or "") for tool in tools)
        answer = await structured(session, "ask", question=QUESTION)
        assert answer == Endpoints(two_articles).ask(QUESTION)
        hits = (await structured(session, "retrieve", question=QUESTION, k=2))["result"]
        assert hits == Endpoints(two_articles).retrieve(QUESTION, 2)
        wrong = await session.call_tool("read_sentence", {"article_id": "nowhere", "sentence_index": 0})
        assert wrong.isError and "no article 'nowhere'" in wrong.content[0].text

    over_http(use, served_url)


def test_a_page_elsewhere_cannot_reach_the_tools(served_url: str) -> None:
    called = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"accept": "application/json, text/event-stream"}
    assert httpx.post(f"{served_url}mcp", json=called, headers=accept | {"host": "evil.example"}).status_code == 421
    assert (
        httpx.post(f"{served_url}mcp", json=called, headers=accept | {"origin": "http://evil.example"}).status_code
        == 403
    )
    assert httpx.post(f"{served_url}mcp", json=called, headers=accept).status_code == 200


async def structured(session: ClientSession, tool: str, **given: Any) -> Any:
    result = await session.call_tool(tool, given)
    assert not result.isError, result.content
    found = result.structuredContent or {}
    texts = [json.loads(block.text) for block in result.content]
    assert texts == found.get("result", [found]), "as text for clients that read no more"
    return found
