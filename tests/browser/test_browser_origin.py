"""Pages of other ports, subdomains and sites, in a real browser: they read nothing, change nothing, log out nobody.

The names lead to this machine by a flag of Chromium. As they are not localhost and there is no TLS, it says of its
requests as little as it does in a network at home.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from rag import Assistant
from tests.browser.chromium import start_chromium
from tests.guarded import PASSWORDS, make_users, served

pytestmark = pytest.mark.browser

# What a page elsewhere can try. Each says what it could read; "" is nothing.
ATTACKS = {
    "fetch": "fetch(url + 'config', {credentials: 'include'})",
    "fetch without cookie": "fetch(url + 'config')",
    "ask": """fetch(url + 'gradio_api/call/ask', {method: 'POST', credentials: 'include', body: '{"data": ["x", []]}'})""",
    "mcp": """fetch(url + 'mcp', {method: 'POST', credentials: 'include',
        headers: {'content-type': 'application/json', accept: 'application/json, text/event-stream'},
        body: '{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'})""",
    "info": "fetch(url + 'gradio_api/info', {credentials: 'include'})",
    "page": "fetch(url, {credentials: 'include'})",
}
READ = "async (url) => { try { return await (await %s).text(); } catch (error) { return ''; } }"
BLIND = """
async (url) => {
  const form = new FormData();
  form.append("files", new File(["planted"], "planted.txt"));
  try { await fetch(url + "gradio_api/upload", {method: "POST", mode: "no-cors", credentials: "include", body: form}); }
  catch (error) {}
  for (const method of ["get", "post"]) {
    const frame = document.createElement("iframe");
    frame.name = "frame-" + method;
    document.body.append(frame);
    const sent = document.createElement("form");
    Object.assign(sent, { method, action: url + "logout", target: frame.name });
    document.body.append(sent);
    sent.submit();
  }
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
"""


@pytest.fixture(scope="module")
def named() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = start_chromium(playwright, "--host-resolver-rules=MAP *.example 127.0.0.1")
        yield started
        started.close()


@contextmanager
def elsewhere() -> Iterator[int]:
    """Serve an empty page on another port; gives the port."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>elsewhere</title>")

        def log_message(self, *said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Empty)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def attacked(page: Any, url: str) -> dict[str, str]:
    found = {name: page.evaluate(READ % call, url) for name, call in ATTACKS.items()}
    page.evaluate(BLIND, url)
    return {name: text for name, text in found.items() if text}


@pytest.mark.parametrize("origin", ["chat.example", "sub.chat.example", "evil.example"])
def test_with_login_a_page_elsewhere_reads_nothing_and_logs_nobody_out(
    named: Browser, two_articles: Assistant, tmp_path: Path, origin: str
) -> None:
    with served(two_articles, users=make_users(tmp_path / "users.json")) as app, elsewhere() as port:
        url = f"http://chat.example:{app.port}/"
        context = named.new_context(locale="de-DE")
        page = context.new_page()
        page.goto(url)
        page.get_by_label("Benutzername").fill("anna")
        page.get_by_label("Passwort").fill(PASSWORDS["anna"])
        page.keyboard.press("Enter")
        page.locator(".sentence").first.wait_for()
        other = context.new_page()
        other.goto(f"http://{origin}:{port}/")
        assert attacked(other, url) == {}
        assert not [one for one in uploaded(app) if one.endswith("planted.txt")]
        page.reload()
        page.locator(".sentence").first.wait_for()
        page.get_by_role("button", name="anna abmelden").click()
        expect(page.locator("input[type=password]")).to_be_visible()
        context.close()


def test_without_login_a_page_elsewhere_reads_nothing(named: Browser, two_articles: Assistant) -> None:
    with served(two_articles, allowed_hosts=["chat.example"]) as app, elsewhere() as port:
        context = named.new_context()
        for host in ("chat.example", "127.0.0.1", "127.0.0.2" if app.port else "", "localhost"):
            page = context.new_page()
            page.goto(f"http://evil.example:{port}/")
            assert attacked(page, f"http://{host}:{app.port}/") == {}, host
            page.close()
        assert not [one for one in uploaded(app) if one.endswith("planted.txt")]
        context.close()


def test_a_name_that_an_attacker_has_led_here_is_not_answered(named: Browser, two_articles: Assistant) -> None:
    with served(two_articles) as app:
        context = named.new_context()
        page = context.new_page()
        for path in ("", "config", "gradio_api/info", "health"):
            answer = page.goto(f"http://rebound.example:{app.port}/{path}")
            assert answer and answer.status == 421, path
        found = attacked(page, f"http://rebound.example:{app.port}/")
        assert all("no name of this server" in text or "Name dieses Servers" in text for text in found.values()), found
        assert not [one for one in uploaded(app) if one.endswith("planted.txt")]
        context.close()


def uploaded(app: Any) -> list[str]:
    return [str(one) for one in app.blocks.upload_file_set]
