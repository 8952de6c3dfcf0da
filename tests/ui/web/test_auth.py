"""With login on, over real HTTP: what is closed, who comes in and how, and that guessing is slow."""

from __future__ import annotations

import base64
import json
import re
import socket
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AuthenticationError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from rag import Assistant
from tests.guarded import MCP_HEADERS, PASSWORDS, log_in, make_users, served
from tests.small_set import BREAD, TOWER
from ui.web.limits import SHARED
from ui.web.users import Users

ANNA, BERT = (("anna", PASSWORDS["anna"]), ("bert", PASSWORDS["bert"]))
QUESTION = "How tall is the tower?"
# The login page, and what is asked for without a login.
OPEN = {"/", "/login", "/logout", "/health", "/favicon.ico", "/manifest.json", "/robots.txt"}
TOOLS = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "articles", "arguments": {}}}


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_users(tmp_path_factory.mktemp("users") / "users.json")


@pytest.fixture(scope="module")
def guarded(two_articles: Assistant, users: Path) -> Iterator[Any]:
    limits = replace(SHARED, failed_logins_a_minute=1000)
    with served(two_articles, users=users, limits=limits) as app:
        yield app


@pytest.fixture(scope="module")
def url(guarded: Any) -> str:
    return str(guarded.url)


def test_every_path_that_gradio_has_is_closed_but_for_the_login_page(guarded: Any, url: str) -> None:
    described = guarded.app.openapi()["paths"] | guarded.blocks.app.openapi()["paths"]
    paths = [(how.upper(), re.sub(r"\{[^}]*\}", "x", path)) for path, methods in described.items() for how in methods]
    assert ("POST", "/gradio_api/queue/join") in paths and ("GET", "/config") in paths and len(paths) > 60
    extra = [
        ("GET", "/page/x"),
        ("GET", "/page/x/1"),
        ("POST", "/mcp"),
        ("GET", "/mcp/"),
        ("GET", "//config"),
        ("GET", "/assets"),
        ("GET", "/openapi.json"),
    ]
    found = set()
    for method, path in paths + extra:
        answer = httpx.request(method, url.rstrip("/") + path, timeout=30)
        if answer.status_code != 401:
            found.add(path)
    assert found <= OPEN, found - OPEN
    assert "/" in found and "/login" in found


def test_what_is_open_says_nothing_of_the_articles(url: str) -> None:
    for path in OPEN:
        said = httpx.get(url.rstrip("/") + path, timeout=30).text
        assert BREAD.id not in said and TOWER.id not in said and "230 Grad" not in said
    assert "Brot" not in httpx.get(url).text, "not even a title"
    assert httpx.get(url, params={"deep_link": "a" * 32}).status_code == 200


@pytest.mark.parametrize("path", ["/assets/../config", "/assets/..%2fconfig", "/static/%2e%2e/config", "/%2fconfig"])
def test_no_detour_leads_past_the_login(url: str, path: str) -> None:
    host, port = httpx.URL(url).host, httpx.URL(url).port
    # httpx would tidy the path.
    with socket.create_connection((host, port), timeout=10) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.split()[1] in (b"401", b"403", b"404") and b"components" not in answer


def test_the_login_form_lets_in(url: str) -> None:
    wrong = httpx.post(f"{url}login", data={"username": "anna", "password": PASSWORDS["bert"]}, timeout=30)
    assert wrong.status_code == 400 and not wrong.cookies
    assert httpx.post(f"{url}login", data={"username": "nobody", "password": "whatever"}).status_code == 400
    with log_in(url, "anna") as anna:
        assert anna.get("config").json()["username"] == "anna"
        assert anna.post("logout").status_code == 303
        assert anna.get("config").status_code == 401
    assert httpx.get(f"{url}config", cookies={"access-token-x": "y"}).status_code == 401


def test_a_long_login_is_not_read(url: str) -> None:
    long = httpx.post(f"{url}login", data={"username": "anna", "password": "x" * 20_000})
    assert long.status_code == 413 and "at most" in long.json()["detail"]
    assert httpx.post(f"{url}login", content=iter([b"username=anna"])).status_code == 413, "nor one of no said length"


def test_a_name_or_password_that_takes_long_to_normalise_is_none(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    marks = "a" + "\u0301\u0323" * 2000
    longest: list[int] = []
    normalise = unicodedata.normalize

    def noted(form: Any, text: str) -> str:
        longest.append(len(text))
        return normalise(form, text)

    monkeypatch.setattr(unicodedata, "normalize", noted)
    for name, password in ((marks, "x"), ("anna", marks), (marks[:60], "x"), ("anna", "x" * 12_000)):
        sent = base64.b64encode(f"{name}:{password}".encode()).decode()
        assert httpx.get(f"{url}config", headers={"authorization": f"Basic {sent}"}, timeout=30).status_code == 401
        form = {"username": name, "password": password}
        assert httpx.post(f"{url}login", data=form, timeout=30).status_code in (400, 413)
    assert max(longest, default=0) <= 4096


def test_programs_come_in_by_http_basic(url: str) -> None:
    asked = httpx.post(f"{url}gradio_api/call/ask", json={"data": [QUESTION, []]}, auth=ANNA, timeout=30).json()
    answer = httpx.get(f"{url}gradio_api/call/ask/{asked['event_id']}", auth=ANNA, timeout=30).text
    assert "The tower is 330 metres tall." in json.loads(answer.split("data: ")[1])[0]["text"]
    for wrong in (("anna", "wrong password"), ("nobody", PASSWORDS["anna"]), ("", "")):
        refused = httpx.get(f"{url}config", auth=wrong, timeout=30)
        assert refused.status_code == 401 and refused.headers["www-authenticate"].startswith("Basic")
    for header in ("Basic", "Basic !!!", "Basic YW5uYQ==", "Bearer x", "Basic /////w=="):
        assert httpx.get(f"{url}config", headers={"authorization": header}).status_code == 401
    unasked = httpx.get(f"{url}config")
    assert "www-authenticate" not in unasked.headers, "or the browser would open a window of its own"
    assert "Log in first" in unasked.json()["detail"]


def test_gradios_client_logs_in(url: str, two_articles: Assistant) -> None:
    client = Client(url, auth=ANNA, verbose=False)
    assert client.predict(QUESTION, [], api_name="/ask") == two_articles.ask(QUESTION).to_dict()
    with pytest.raises(AuthenticationError):
        Client(url, verbose=False)
    with pytest.raises((AuthenticationError, ValueError)):
        Client(url, auth=("anna", "wrong password"), verbose=False)


def test_mcp_is_closed_too_and_lets_in_by_basic_or_cookie(url: str) -> None:
    closed = httpx.post(f"{url}mcp", json=TOOLS, headers=MCP_HEADERS)
    assert closed.status_code == 401 and closed.headers["www-authenticate"] == 'Basic realm="Beleg", charset="UTF-8"'
    assert httpx.post(f"{url}mcp", json=TOOLS, headers=MCP_HEADERS, auth=("anna", "wrong!!!")).status_code == 401
    with log_in(url, "anna") as anna:
        assert BREAD.id in anna.post("mcp", json=TOOLS, headers=MCP_HEADERS).text

    async def use() -> None:
        async with (
            httpx.AsyncClient(auth=BERT, timeout=30) as http,
            streamable_http_client(f"{url}mcp", http_client=http) as (*streams, _),
            ClientSession(*streams) as session,
        ):
            await session.initialize()
            answer = await session.call_tool("ask", {"question": QUESTION})
            assert not answer.isError and "330 metres" in answer.content[0].text

    anyio.run(use)


def test_another_sites_page_reads_nothing_with_a_users_cookie(url: str) -> None:
    with log_in(url, "anna") as anna:
        own = {"host": "beleg.example"}
        elsewhere = [{"sec-fetch-site": site, "sec-fetch-mode": "cors"} for site in ("cross-site", "same-site")]
        # Where a server is reached by its name and without TLS, browsers send no more than this.
        elsewhere += [{"origin": origin} for origin in ("null", "http://beleg.example:1", "http://a.beleg.example")]
        for foreign in elsewhere:
            for answer in (
                anna.get("config", headers=own | foreign),
                anna.get("", headers=own | foreign),
                anna.post("mcp", json=TOOLS, headers=MCP_HEADERS | own | foreign),
                anna.post("logout", headers=own | foreign),
                anna.post("login", data={"username": "x", "password": "y"}, headers=own | foreign),
                anna.get("config", headers=own | foreign, auth=ANNA),
            ):
                assert answer.status_code == 403 and "Another site's page" in answer.json()["detail"], foreign
                assert "access-control-allow-origin" not in answer.headers
            assert anna.get("config").status_code == 200, "and she is still logged in"
        link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
        assert b"gradio_config" in anna.get("", headers=own | link).content, "a link leads where she is logged in"
        assert anna.get("logout").status_code != 303 and anna.get("config").status_code == 200, "logs nobody out"
        for ours in ({"sec-fetch-site": "same-origin"}, {"origin": "https://beleg.example"}):
            assert anna.get("config", headers=own | ours).status_code == 200
            proxied = anna.post("mcp", json=TOOLS, headers=MCP_HEADERS | own | ours)
            assert proxied.status_code == 200, "by the name that TLS is in front of"


def test_without_login_only_its_own_names_are_answered(two_articles: Assistant) -> None:
    said: list[str] = []
    with served(two_articles, said, allowed_hosts=["Beleg.example"]) as app:
        assert "without login" in said[0], "a proxy lets others in"
        port = app.port
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}", "192.0.2.7", "beleg.example:8443"):
            assert httpx.get(f"{app.url}config", headers={"host": host}).status_code == 200, host
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "localhost.evil.example", ""):
            for path in ("config", "health", "gradio_api/info", "mcp"):
                refused = httpx.get(f"{app.url}{path}", headers={"host": host})
                assert refused.status_code == 421 and "--allow-host" in refused.json()["detail"]
        upload = {"files": {"files": b"x"}, "headers": {"origin": "http://evil.example"}}
        assert httpx.post(f"{app.url}gradio_api/upload", **upload).status_code == 403
        rewritten = {"origin": "https://beleg.example", "host": f"127.0.0.1:{port}"}
        assert httpx.get(f"{app.url}config", headers=rewritten).status_code == 200, "a proxy that names us anew"
        assert (
            httpx.get(f"{app.url}config", headers=rewritten | {"origin": "https://beleg.example:1"}).status_code == 403
        )


def test_a_login_over_tls_is_for_tls_only_and_ends(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = {"username": "anna", "password": PASSWORDS["anna"]}
    plain = httpx.post(f"{url}login", data=typed, timeout=30)
    behind = httpx.post(f"{url}login", data=typed, headers={"x-forwarded-proto": "https"}, timeout=30)
    assert "secure" not in plain.headers["set-cookie"].lower() and "secure" in behind.headers["set-cookie"].lower()
    now = time.monotonic()
    with log_in(url, "anna") as anna:
        for day in range(30):
            monkeypatch.setattr(time, "monotonic", lambda day=day: now + day * 24 * 3600)
            assert anna.get("config").status_code == 200, day
        monkeypatch.setattr(time, "monotonic", lambda: now + 30.1 * 24 * 3600)
        assert anna.get("config").status_code == 401, "however often it was used"


def test_who_is_removed_or_has_another_password_is_out_at_once(tmp_path: Path, two_articles: Assistant) -> None:
    path = make_users(tmp_path / "users.json")
    with served(two_articles, users=path) as app:
        url = app.url
        with log_in(url, "anna") as anna, log_in(url, "bert") as bert:
            assert anna.get("config").status_code == bert.get("config").status_code == 200
            assert httpx.get(f"{url}config", auth=ANNA, timeout=30).status_code == 200
            Users(path).remove("anna")
            assert anna.get("config").status_code == 401 and bert.get("config").status_code == 200
            assert httpx.get(f"{url}config", auth=ANNA, timeout=30).status_code == 401
            Users(path).add("anna", "another password")
            assert anna.get("config").status_code == 401, "an old login is none of the new user's"
            assert httpx.get(f"{url}config", auth=ANNA, timeout=30).status_code == 401
            with log_in(url, "anna", "another password") as again:
                assert again.get("config").status_code == 200
            path.chmod(0o644)
            assert bert.get("config").status_code == 401, "a file that cannot be trusted lets in nobody"
            assert httpx.get(url).status_code == 200 and httpx.get(f"{url}health").status_code in (200, 503)


@pytest.mark.parametrize("form", [True, False])
def test_guessing_is_slow(users: Path, two_articles: Assistant, form: bool) -> None:
    with served(two_articles, users=users, limits=replace(SHARED, failed_logins_a_minute=3)) as app:
        url = app.url

        def attempt(password: str, name: str = "anna", **headers: str) -> httpx.Response:
            if form:
                typed = {"username": name, "password": password}
                return httpx.post(f"{url}login", data=typed, headers=headers, timeout=30)
            return httpx.get(f"{url}config", auth=(name, password), headers=headers, timeout=30)

        for _ in range(5):
            assert attempt(PASSWORDS["bert"], "bert").status_code == 200, "who knows it is never slowed"
        wrong = [attempt(f"wrong {number}").status_code for number in range(3)]
        assert wrong == [400 if form else 401] * 3
        refused = attempt("wrong 4")
        assert refused.status_code == 429 and 0 < int(refused.headers["retry-after"]) <= 60
        assert "Too many failed logins: 3 a minute. Wait" in refused.json()["detail"]
        german = attempt("wrong 5", **{"accept-language": "de"})
        assert "Zu viele Fehlversuche: 3 in der Minute" in german.json()["detail"]
        assert attempt(PASSWORDS["anna"]).status_code == 429, "or the answer would tell a right guess"
        assert httpx.get(url).status_code == 200, "the page is still there"


def test_without_login_all_is_open_on_this_machine_and_warned_of_elsewhere(two_articles: Assistant) -> None:
    said: list[str] = []
    with served(two_articles, said) as app:
        assert httpx.get(f"{app.url}config").status_code == 200
        assert len(said) == 1 and said[0].startswith("Beleg: ")
    said.clear()
    with served(two_articles, said, host="0.0.0.0") as app:  # noqa: S104
        assert "without login" in said[0] and "beleg user add NAME" in said[0] and "--login" in said[0]
        assert said[1] == f"Beleg: {app.url}" and said[2].startswith("From other machines")
        urls = re.findall(r"http://\S+", said[2])
        assert urls and not [url for url in urls if re.match(r"http://(localhost|0\.|127\.)", url)]
        number = next((url for url in urls if re.match(r"http://[\d.]+:", url)), app.url)
        assert httpx.get(f"{number}config", trust_env=False, timeout=30).status_code == 200


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="no IPv6")
def test_an_ipv6_address_is_listened_on_too(two_articles: Assistant) -> None:
    with served(two_articles, host="::1") as app:
        assert app.url.startswith("http://[::1]:") and httpx.get(f"{app.url}config").status_code == 200
        called = httpx.post(f"{app.url}mcp", json={}, headers=MCP_HEADERS)
        assert "Invalid Host header" not in called.text


def test_a_name_in_any_script_logs_in(tmp_path: Path, two_articles: Assistant) -> None:
    Users(tmp_path / "users.json").add("Zoë Müller", "пароль на память")
    with served(two_articles, users=tmp_path / "users.json") as app:
        name, password = "Zoe\u0308 Müller", "пароль на память"
        with log_in(app.url, name, password) as zoe:
            assert zoe.get("config").status_code == 200
        basic = httpx.get(f"{app.url}config", auth=(name, password), timeout=30)
        assert basic.status_code == 200
