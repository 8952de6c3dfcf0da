"""URLs: real servers on this machine, and what of the network is not read for a visitor of the web chat."""

from __future__ import annotations

import gzip
import http.server
import ipaddress
import shutil
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from index import ArticleError
from index.documents import fetch as module
from index.documents.fetch import fetch, is_public

Handler = http.server.BaseHTTPRequestHandler
PAGE = "<p>The old bridge is closed. Größe zählt.</p>".encode()


def send(handler: Handler, content: bytes = PAGE, status: int = 200, **headers: str) -> None:
    shown = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(content))}
    handler.send_response(status)
    for name, value in {**shown, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
        if value:
            handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)


@contextmanager
def server(
    answer: Callable[[Handler], None], tls: ssl.SSLContext | None = None
) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Serve on a free port of 127.0.0.1; yield the address and the headers of each request."""
    asked: list[dict[str, str]] = []

    class Answers(Handler):
        def do_GET(self) -> None:  # noqa: N802
            asked.append({**{name.lower(): value for name, value in self.headers.items()}, "path": self.path})
            with suppress(BrokenPipeError, ConnectionResetError):
                answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    serving = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    serving.daemon_threads = True
    if tls:
        serving.socket = tls.wrap_socket(serving.socket, server_side=True)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{serving.server_port}", asked
    finally:
        serving.shutdown()
        serving.server_close()


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names that a name server would know, with its answers in turn; 127.0.0.1 counts as public, and only it."""
    names: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in names:
            return real(names[name].pop(0), port, *rest, **more)
        # No name server is asked by a test.
        assert name and name.replace(".", "").replace(":", "").isalnum(), name
        return real(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(module, "is_public", lambda address: str(address) == "127.0.0.1" or is_public(address))
    return names


def code(url: str, *, from_chat: bool = False) -> str:
    with pytest.raises(ArticleError, match="Expected") as caught:
        fetch(url, from_chat=from_chat)
    return caught.value.code


def test_a_page_is_fetched_with_its_type_and_charset() -> None:
    steps: list[tuple[str, int, int]] = []
    with server(lambda handler: send(handler)) as (url, asked):
        found = fetch(f"{url}/a%20b?c=d#part", from_chat=False, progress=lambda *step: steps.append(step))
    assert (found.content, found.content_type, found.charset) == (PAGE, "text/html", "utf-8")
    assert found.url_after_redirects == f"{url}/a%20b?c=d" and asked[0]["path"] == "/a%20b?c=d"
    assert steps[-1] == ("fetching", len(PAGE), len(PAGE))
    assert "cookie" not in asked[0]


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(PAGE, mtime=0)),
        ("x-gzip", gzip.compress(PAGE[:10], mtime=0) + gzip.compress(PAGE[10:], mtime=0)),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", zlib.compress(PAGE, wbits=-15)),
        ("identity", PAGE),
    ],
)
def test_a_packed_page_is_unpacked(encoding: str, packed: bytes) -> None:
    with server(lambda handler: send(handler, packed, Content_Encoding=encoding)) as (url, _):
        assert fetch(url, from_chat=False).content == PAGE


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 1_000_000)
    bomb = gzip.compress(b"\0" * 200_000_000, mtime=0)
    began = time.monotonic()
    with server(lambda handler: send(handler, bomb, Content_Encoding="gzip")) as (url, _):
        assert code(url) == "url-too-large"
    assert time.monotonic() - began < 6


def test_a_page_without_an_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 1_000_000)

    def endless(handler: Handler) -> None:
        send(handler, b"", Content_Length="")
        while True:
            handler.wfile.write(b"<p>more" * 1000)

    with server(endless) as (url, _):
        assert code(url) == "url-too-large"
    with server(lambda handler: send(handler, b"", Content_Length="99999999999")) as (url, _):
        assert code(url) == "url-too-large"


@pytest.mark.parametrize("part", ["header", "body"])
def test_a_server_that_drips_is_left(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.setattr(module, "TOTAL_SECONDS", 1.0)

    def drip(handler: Handler) -> None:
        if part == "body":
            send(handler, b"", Content_Length="100000")
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(100):
            handler.wfile.write(b"X-A: b\r\n" if part == "header" else b"a")
            time.sleep(0.1)

    began = time.monotonic()
    with server(drip) as (url, _):
        assert code(url) == "url-too-slow"
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (lambda handler: send(handler, status=404), "url-status"),
        (lambda handler: send(handler, status=503), "url-status"),
        (lambda handler: send(handler, Content_Type="image/png"), "url-type"),
        (lambda handler: send(handler, Content_Type="text/css"), "url-type"),
        (lambda handler: send(handler, Content_Encoding="br"), "url-packed"),
        (lambda handler: send(handler, gzip.compress(PAGE, mtime=0)[:-9], Content_Encoding="gzip"), "url-unreachable"),
        (lambda handler: send(handler, PAGE, Content_Encoding="gzip"), "url-unreachable"),
        (lambda handler: send(handler, b""), "url-empty"),
        (lambda handler: send(handler, PAGE, Content_Length="5000"), "url-unreachable"),
        (lambda handler: handler.wfile.write(b"220 mail ready\r\n"), "url-unreachable"),
        (lambda handler: None, "url-unreachable"),
        (lambda handler: send(handler, status=302, Location="/again"), "url-redirects"),
        (lambda handler: send(handler, status=302, Location="file:///etc/passwd"), "url-not-http"),
        (lambda handler: send(handler, status=302, Location="http://me:secret@127.0.0.1/"), "url-with-login"),
    ],
)
def test_each_fault_of_a_server_has_its_error(answer: Callable[[Handler], None], expected: str) -> None:
    with server(answer) as (url, _):
        assert code(url) == expected


def test_an_address_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert code(f"http://127.0.0.1:{taken.getsockname()[1]}/") == "url-unreachable"


@pytest.mark.parametrize("from_chat", [False, True])
@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/x",
        "javascript:alert(1)",
        "//example.org",
        "bridge.html",
        "",
        "http://",
        "http:///x",
        "http://[::1",
        "http://a b/",
        "gopher://x",
        "data:text/html,x",
    ],
)
def test_what_is_no_web_address_is_not_fetched(url: str, from_chat: bool) -> None:
    assert code(url, from_chat=from_chat) == "url-not-http"


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ArticleError) as caught:
        fetch("https://me:secret@example.org/", from_chat=False)
    assert caught.value.code == "url-with-login" and "secret" not in str(caught.value)
    assert "secret" not in str(caught.value.values)


def test_redirects_are_followed_and_cookies_are_not_kept() -> None:
    def answer(handler: Handler) -> None:
        if handler.path == "/end":
            return send(handler)
        return send(handler, b"", status=301, Location="/end", Set_Cookie="a=b")

    with server(answer) as (url, asked):
        assert fetch(url, from_chat=False).url_after_redirects == f"{url}/end"
    assert [one["path"] for one in asked] == ["/", "/end"] and "cookie" not in asked[1]


PRIVATE = [
    "127.0.0.1", "127.1.2.3", str(ipaddress.IPv4Address(0)), "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
    "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
    "255.255.255.255", "168.63.129.16", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:7f00:1::", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "100::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert code(f"http://{host}/", from_chat=True) == "url-not-public"


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_public_addresses(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "LOCALHOST.", "①②⑦.0.0.1"]
)
def test_other_ways_to_write_this_machine(host: str) -> None:
    with server(lambda handler: send(handler)) as (url, asked):
        assert code(f"http://{host}:{url.rpartition(':')[2]}/", from_chat=True) in (
            "url-not-public",
            "url-host-unknown",
            "url-not-http",
        )
    assert not asked


def test_ports_of_other_services_are_not_asked_for_a_visitor() -> None:
    assert code("http://93.184.216.34:25/", from_chat=True) == "url-not-public"


def test_a_name_is_resolved_once_and_the_connection_goes_to_what_was_checked(named: dict[str, list[str]]) -> None:
    named["bridge.test"] = ["127.0.0.1", "127.0.0.2"]
    with server(lambda handler: send(handler)) as (url, asked):
        port = url.rpartition(":")[2]
        found = fetch(f"http://bridge.test:{port}/x", from_chat=True)
    assert found.content == PAGE and found.url_after_redirects == f"http://bridge.test:{port}/x"
    assert asked[0]["host"] == f"bridge.test:{port}"
    # A second look-up would have had the other answer.
    assert named["bridge.test"] == ["127.0.0.2"]


def test_a_name_that_leads_into_the_own_network_is_refused(named: dict[str, list[str]]) -> None:
    named["inside.test"] = ["127.0.0.2"]
    with server(lambda handler: send(handler)) as (url, asked):
        assert code(f"http://inside.test:{url.rpartition(':')[2]}/", from_chat=True) == "url-not-public"
    assert not asked


@pytest.mark.parametrize(
    "target", ["http://127.0.0.2:{}/", "http://inside.test:{}/", "//127.0.0.2:{}/", "http://169.254.169.254/latest"]
)
def test_a_redirect_into_the_own_network_is_refused(named: dict[str, list[str]], target: str) -> None:
    named.update({"bridge.test": ["127.0.0.1"], "inside.test": ["127.0.0.3"]})
    holder: list[str] = []
    with server(lambda handler: send(handler, b"", 302, Location=target.format(holder[0]))) as (url, asked):
        holder.append(url.rpartition(":")[2])
        assert code(f"http://bridge.test:{holder[0]}/", from_chat=True) == "url-not-public"
    assert len(asked) == 1


def test_a_proxy_of_the_environment_is_not_asked_for_a_visitor(
    named: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    named["bridge.test"] = ["127.0.0.1"]
    with server(lambda handler: send(handler, b"from the proxy")) as (proxy, through), server(send) as (url, asked):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert fetch(f"http://bridge.test:{url.rpartition(':')[2]}/", from_chat=True).content == PAGE
        assert asked and not through
        # The user's own machine may need it.
        assert fetch("http://bridge.test/", from_chat=False).content == b"from the proxy"


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert code("http://no-such.test/", from_chat=True) == "url-host-unknown"
    assert code("http://no-such.test/", from_chat=False) == "url-host-unknown"


def test_a_name_server_that_never_answers_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: waiting.wait(20))
    monkeypatch.setattr(module, "TOTAL_SECONDS", 0.5)
    began = time.monotonic()
    assert code("http://slow.test/", from_chat=True) == "url-too-slow"
    assert time.monotonic() - began < 5
    waiting.set()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate")
def test_a_certificate_must_be_of_the_name_and_trusted(
    named: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=bridge.test "
        "-addext subjectAltName=DNS:bridge.test -keyout key.pem -out cert.pem".split(),
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    named.update({"bridge.test": ["127.0.0.1"] * 3, "other.test": ["127.0.0.1"]})
    with server(lambda handler: send(handler), tls) as (url, _):
        port = url.rpartition(":")[2]
        assert code(f"https://bridge.test:{port}/", from_chat=True) == "url-certificate"
        assert code(f"https://bridge.test:{port}/") == "url-certificate"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        # The connection goes to an address, the certificate is checked against the name.
        assert fetch(f"https://bridge.test:{port}/", from_chat=True).content == PAGE
        assert code(f"https://other.test:{port}/", from_chat=True) == "url-certificate"
