"""A URL that the user named → its bytes, over http or https, within limits.

A web chat may fetch for anybody: then no address of its own network is read. The name is resolved once, the address is
checked, and the connection goes to that address, so that a second answer of the name server changes nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import ssl
import threading
import zlib
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import ArticleError
from index.settings import Progress

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 50_000_000
MAX_REDIRECTS = 5
CONNECT_SECONDS = 10.0
# Between two pieces of an answer.
READ_SECONDS = 15.0
# From the first name looked up to the last byte, redirects included.
TOTAL_SECONDS = 60.0
# Types that a module here may read; "text/" ones besides. A type that says nothing is left to the file's own bytes.
READABLE_TYPES = frozenset(
    {
        "",
        "application/octet-stream",
        "binary/octet-stream",
        "application/xhtml+xml",
        "application/xml",
        "application/pdf",
        "application/x-pdf",
        "application/epub+zip",
        "application/zip",
        "application/msword",
        "application/rtf",
        "application/csv",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.oasis.opendocument.text",
        "application/x-subrip",
        "application/markdown",
        "application/json",
        "application/x-ndjson",
        "message/rfc822",
    }
)
_NO_TEXT_TYPES = frozenset({"text/css", "text/javascript", "text/ecmascript", "text/event-stream"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {
    "User-Agent": "Beleg (reads a page that its user named)",
    "Accept": "text/html,application/xhtml+xml,application/pdf,text/*;q=0.9,*/*;q=0.5",
    # What zlib unpacks within bounds; not brotli, which makes gigabytes of a kilobyte.
    "Accept-Encoding": "gzip, deflate",
}
# Networks that `ipaddress` calls global, in one Python version or another, but which lead to others' insides: IPv4 in
# IPv6 (compatible, NAT64, 6to4, Teredo), the old site-local ones, and the host's own services of Oracle's and
# Microsoft's clouds.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/32",
        "fec0::/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "168.63.129.16/32",
    )
)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a URL led to.

    Attributes:
        content: unpacked.
        content_type: in lower case, without its parameters; "" where the server named none.
        charset: as the server declared it; "" where it did not.
        url_after_redirects: where it was found.
    """

    content: bytes
    content_type: str
    charset: str
    url_after_redirects: str


def fetch(url: str, *, from_chat: bool, progress: Progress | None = None) -> Fetched:
    """Return what a URL leads to.

    Args:
        from_chat: whether a visitor of the web chat asked: then only public addresses are read, and no proxy is used.
            Else the user's own machine and network may be read too.
        progress: called with "fetching", the bytes so far, and how many there are (0: not known).

    Raises:
        ArticleError: the URL is none, not http(s), with a login, not public; the server is not found, does not answer,
            refuses, redirects too often, or sends too much or something else than a document.
    """
    done: list[Fetched | BaseException] = []

    def work() -> None:
        try:
            done.append(asyncio.run(_Fetch(url, from_chat, progress).run()))
        except BaseException as error:  # handed to the caller, whatever it is
            done.append(error)

    # In a thread of its own: the caller may have a loop running, and a name server that never answers blocks a thread.
    thread = threading.Thread(target=work, name="fetch", daemon=True)
    thread.start()
    thread.join(TOTAL_SECONDS + 2)
    if not done:
        raise _too_slow(url)
    if isinstance(done[0], BaseException):
        raise done[0]
    return done[0]


def is_public(address: Address) -> bool:
    """Return whether an address is one of the internet's, and leads to nothing else."""
    if isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or address.scope_id):
        return False
    return (
        address.is_global
        and not (address.is_multicast or address.is_reserved or address.is_private or address.is_loopback)
        and not (address.is_link_local or address.is_unspecified)
        and not any(address in network for network in _NOT_PUBLIC if network.version == address.version)
    )


class _Fetch:
    def __init__(self, url: str, from_chat: bool, progress: Progress | None) -> None:
        self._named = url.strip()
        self._from_chat = from_chat
        self._progress = progress

    async def run(self) -> Fetched:
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                return await self._follow()
        except TimeoutError:
            raise _too_slow(self._named) from None

    async def _follow(self) -> Fetched:
        import httpx

        limits = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        url = self._checked(self._named)
        async with httpx.AsyncClient(
            headers=_HEADERS,
            timeout=limits,
            follow_redirects=False,
            # Proxies come from the environment; certificates in either case.
            trust_env=not self._from_chat,
            verify=httpx.create_ssl_context(),
        ) as client:
            for _ in range(MAX_REDIRECTS + 1):
                async with AsyncExitStack() as stack:
                    response = await self._answer(client, url, stack)
                    # One visit is no session: what one host sets is not told to another.
                    client.cookies.clear()
                    if response.status_code not in _REDIRECTS or "location" not in response.headers:
                        return await self._read(response, url)
                    url = self._checked(response.headers["location"], url)
        raise ArticleError(
            f"{self._named} redirects more than {MAX_REDIRECTS} times. Expected a page; open it in a browser and give "
            "the address that it ends at.",
            "url-redirects",
            url=self._named,
            most=MAX_REDIRECTS,
        )

    def _checked(self, written: str, before: httpx.URL | None = None) -> httpx.URL:
        """Return a URL that may be read, as far as can be told without its address."""
        import httpx

        try:
            url = httpx.URL(written) if before is None else before.join(written)
            scheme, host = url.scheme, url.host
        except (httpx.InvalidURL, ValueError, UnicodeError):
            scheme = host = ""
            url = httpx.URL()
        # A name as it is sent; a letter beyond ASCII is encoded in it.
        if scheme not in ("http", "https") or not host or not re.fullmatch(rb"[A-Za-z0-9._:\[\]-]+", url.raw_host):
            raise ArticleError(
                f"{written} is no address of a web page. Expected one that begins with https:// or http://.",
                "url-not-http",
                url=written,
            )
        if url.userinfo:
            shown = str(url.copy_with(userinfo=None))
            raise ArticleError(
                f"{shown} was given with a name or password in it, which would be kept with the article. Expected an "
                "address without; download the file and give that.",
                "url-with-login",
                url=shown,
            )
        # As browsers do: a web server listens there, and mail and other servers do not.
        if self._from_chat and url.port is not None and url.port < 1024 and url.port not in (80, 443):
            raise _not_public(self._named)
        return url.copy_with(fragment=None)

    async def _answer(self, client: httpx.AsyncClient, url: httpx.URL, stack: AsyncExitStack) -> httpx.Response:
        import httpx

        try:
            if not self._from_chat:
                return await stack.enter_async_context(client.stream("GET", url))
            failed: Exception | None = None
            for address in await self._addresses(url):
                # To exactly this address; the name goes into the Host header and is what the certificate must say.
                request = client.build_request(
                    "GET",
                    url.copy_with(host=str(address)),
                    headers={"Host": url.netloc.decode("ascii")},
                    extensions={"sni_hostname": url.raw_host.decode("ascii")},
                )
                try:
                    response = await client.send(request, stream=True)
                except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                    failed = error
                    continue
                stack.push_async_callback(response.aclose)
                return response
            raise failed or httpx.ConnectError("no address")
        except httpx.TimeoutException:
            raise _too_slow(self._named) from None
        except httpx.HTTPError as error:
            raise self._unreachable(error, url) from None
        except (httpx.InvalidURL, ValueError, UnicodeError):
            raise self._unreachable(None, url) from None

    async def _addresses(self, url: httpx.URL) -> list[Address]:
        """Return the public addresses of a host, at most three.

        Raises:
            ArticleError: there is no host of that name, or none of its addresses is public.
        """
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            found = await asyncio.get_running_loop().run_in_executor(None, _resolve, url.raw_host.decode("ascii"), port)
        except (OSError, UnicodeError, ValueError):
            raise self._not_found(url) from None
        public = [address for address in dict.fromkeys(found) if is_public(address)]
        if not public:
            raise _not_public(self._named)
        return public[:3]

    async def _read(self, response: httpx.Response, url: httpx.URL) -> Fetched:
        import httpx

        if response.status_code != 200:
            raise ArticleError(
                f"{self._named} answers with the status {response.status_code} {response.reason_phrase}. Expected a "
                "page that anybody may read; open it in a browser, save it, and give that file.",
                "url-status",
                url=self._named,
                status=response.status_code,
            )
        content_type, charset = _content_type(response.headers.get("content-type", ""))
        if content_type in _NO_TEXT_TYPES or not (content_type in READABLE_TYPES or content_type.startswith("text/")):
            raise ArticleError(
                f"{self._named} is of the type {content_type}. Expected a web page, a PDF or another document.",
                "url-type",
                url=self._named,
                type=content_type,
            )
        written = response.headers.get("content-length", "")
        announced = int(written) if re.fullmatch(r"\d{1,15}", written) else 0
        if announced > MAX_BYTES:
            raise self._too_large()
        unpacked = self._unpacker(response.headers.get("content-encoding", ""))
        content = bytearray()
        received = 0
        try:
            async for piece in response.aiter_raw(1 << 16):
                received += len(piece)
                content += piece if unpacked is None else unpacked.add(piece, MAX_BYTES + 1 - len(content))
                if len(content) > MAX_BYTES or received > MAX_BYTES:
                    raise self._too_large()
                if self._progress is not None:
                    self._progress("fetching", received, max(announced, received) if announced else 0)
            if unpacked is not None and content and not unpacked.is_whole:
                raise self._unreachable(None, url)
        except httpx.TimeoutException:
            raise _too_slow(self._named) from None
        except (httpx.HTTPError, zlib.error) as error:
            raise self._unreachable(error, url) from None
        if not content:
            raise ArticleError(f"{self._named} is empty. Expected a page with text.", "url-empty", url=self._named)
        return Fetched(bytes(content), content_type, charset, str(url))

    def _unpacker(self, encoding: str) -> _Unpacked | None:
        names = [name for name in encoding.lower().replace(" ", "").split(",") if name and name != "identity"]
        if not names:
            return None
        if names not in (["gzip"], ["x-gzip"], ["deflate"]):
            raise ArticleError(
                f"{self._named} is packed as {encoding}, which was not asked for. Expected it unpacked or as gzip; "
                "download the file and give that.",
                "url-packed",
                url=self._named,
                encoding=encoding,
            )
        return _Unpacked(names == ["deflate"])

    def _unreachable(self, error: Exception | None, url: httpx.URL) -> ArticleError:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLError):
                return ArticleError(
                    f"{self._named} has no valid certificate for {url.host}. Expected one that this machine trusts; "
                    "check the address, or download the file and give that.",
                    "url-certificate",
                    url=self._named,
                    host=url.host,
                )
            if isinstance(cause, socket.gaierror):
                return self._not_found(url)
            cause = cause.__cause__ or cause.__context__
        return ArticleError(
            f"{self._named} does not answer as a web server does. Expected a page; check the address and the network.",
            "url-unreachable",
            url=self._named,
        )

    def _not_found(self, url: httpx.URL) -> ArticleError:
        return ArticleError(
            f"{self._named} cannot be read: there is no server named {url.host}. Expected a name that can be found; "
            "check the address and the network.",
            "url-host-unknown",
            url=self._named,
            host=url.host,
        )

    def _too_large(self) -> ArticleError:
        return ArticleError(
            f"{self._named} has more than {MAX_BYTES // 1_000_000} MB. Expected at most that; download it and give the "
            "part that is needed.",
            "url-too-large",
            url=self._named,
            most=MAX_BYTES // 1_000_000,
        )


class _Unpacked:
    """Unpacks gzip and deflate piece by piece, into no more bytes than are asked for."""

    def __init__(self, is_deflate: bool) -> None:
        self._is_deflate = is_deflate
        # gzip or zlib, as the first bytes say.
        self._zlib = zlib.decompressobj(47)

    @property
    def is_whole(self) -> bool:
        """Whether the end was reached."""
        return self._zlib.eof

    def add(self, piece: bytes, most: int) -> bytes:
        """Return what the next piece holds, at most so many bytes. Raises zlib.error."""
        try:
            content = self._zlib.decompress(piece, most)
        except zlib.error:
            if not self._is_deflate:
                raise
            # Some servers leave out what zlib begins with.
            self._is_deflate = False
            self._zlib = zlib.decompressobj(-zlib.MAX_WBITS)
            content = self._zlib.decompress(piece, most)
        while self._zlib.eof and self._zlib.unused_data.startswith(b"\x1f\x8b") and len(content) < most:
            # gzip may be several files one after the other.
            rest, self._zlib = self._zlib.unused_data, zlib.decompressobj(47)
            content += self._zlib.decompress(rest, most - len(content))
        return content


def _resolve(host: str, port: int) -> list[Address]:
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(address[0])) for *_, address in found]


def _content_type(header: str) -> tuple[str, str]:
    """Return a Content-Type header's type and charset."""
    kind, *parameters = header.split(";")
    charset = ""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip("\"'")
    return kind.strip().lower(), charset


def _too_slow(url: str) -> ArticleError:
    return ArticleError(
        f"{url} takes too long. Expected all of it within {TOTAL_SECONDS:.0f} seconds; try again later, or download "
        "the file and give that.",
        "url-too-slow",
        url=url,
        seconds=round(TOTAL_SECONDS),
    )


def _not_public(url: str) -> ArticleError:
    return ArticleError(
        f"{url} leads to an address that is not public. Expected a page of the internet; for one of your own network, "
        "give it to beleg in a shell.",
        "url-not-public",
        url=url,
    )
