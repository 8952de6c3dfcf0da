"""A Milvus server that stops while questions are asked: programs get a 503, the page a sentence, and then answers again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from index import EmbeddedEncoder
from index.served.address import Address
from index.served.publish import publish
from rag import Assistant
from tests.served import SETTINGS, WITHOUT_EXTRA, archive, free_port, milvus_lite_server
from ui.texts import TEXTS
from ui.web.chat import Chat
from ui.web.server import launch
from ui.web.session import Conversation

pytest.importorskip("pymilvus", reason=WITHOUT_EXTRA)
pytestmark = pytest.mark.slow

# Until a connection is tried anew.
SECONDS = 120
# Asked before the server stops, and not.
HIGH, BEDS = "How tall is the tower?", "Wie viele Betten hat das Krankenhaus Lindau?"


def test_a_server_that_stops_is_told_of_until_it_is_back(tmp_path: Path, encoder: EmbeddedEncoder) -> None:
    port = free_port()
    with milvus_lite_server(tmp_path / "data", port) as address:
        publish(archive()[:20], Address.parse(f"{address}/towns"), lambda: encoder)
        assistant = Assistant.from_index(f"{address}/towns", settings=SETTINGS)
        app = launch(assistant, port=0, block=False, say=lambda line: None)
        chat, conversation = Chat(assistant, {}), Conversation()
        *_, html = chat.ask(conversation, HIGH, TEXTS["de"])
        assert "330 metres" in html

    def ask(question: str) -> httpx.Response:
        return httpx.post(f"{app.url}api/ask", json={"question": question}, timeout=60)

    said = {
        "message": "The articles cannot be read at the moment. Ask again in a minute.",
        "type": "server_error",
        "code": "articles-away",
    }
    try:
        for question in (HIGH, BEDS):
            refused = ask(question)
            assert refused.status_code == 503 and refused.json() == {"error": said}
            assert refused.headers["retry-after"] == "60" and refused.headers["cache-control"] == "no-store"
        found = httpx.post(f"{app.url}api/retrieve", json={"question": BEDS}, timeout=60)
        assert found.status_code == 503 and found.json() == {"error": said}
        program = openai.OpenAI(base_url=f"{app.url}v1", api_key="none", max_retries=0)
        asked: dict[str, Any] = {"model": "beleg", "messages": [{"role": "user", "content": BEDS}]}
        with pytest.raises(openai.InternalServerError, match="cannot be read at the moment") as error:
            program.chat.completions.create(**asked)
        assert error.value.status_code == 503 and error.value.code == "articles-away"
        with pytest.raises(openai.APIError, match="cannot be read at the moment"):
            list(program.chat.completions.create(**asked, stream=True))
        *_, html = chat.ask(conversation, BEDS, TEXTS["de"])
        assert "Die Artikel lassen sich gerade nicht lesen. Bitte in einer Minute noch einmal fragen." in html
        assert address not in html and "330 metres" in html, "what was answered before is still there"
        with milvus_lite_server(tmp_path / "data", port):
            until = time.monotonic() + SECONDS
            while (answer := ask(BEDS)).status_code == 503 and time.monotonic() < until:
                time.sleep(1)
            assert answer.json()["citations"][0]["text"].startswith("Das Krankenhaus Lindau hat")
            *_, html = chat.ask(conversation, BEDS, TEXTS["de"])
            assert "gerade nicht lesen" not in html and "Krankenhaus Lindau hat" in html
    finally:
        app.close()
