"""Serves the web chat: to this machine only unless asked, and without a request to any other machine.

The path of a request:

    browser, program ─► uvicorn, in a thread of its own; connections.py bounds its connections
      SecurityHeaders   policy.py    adds headers to every response
      OwnPages          origin.py    refuses what pages on other sites ask for, and foreign names of this server
      LoginGate         auth.py      with login on: notes the user, or answers 401
      Bodies            bodies.py    reads the body within bounds; refuses others' uploads and sessions
      our FastAPI app
        /health                      is the first question answered?
        /                            Gradio's page with our head, or the login page
        /login, /logout   auth.py
        /mcp              mcp.py     the calls of api.py, as tools
        /gradio_api/upload           uploads.py, which notes whose it is
        /page/…                      pages.py: pages of PDFs, drawn
        everything else ─► Gradio's FastAPI app
          /gradio_api/queue/join ─► queue.py ─► a handler of the page, or a call of api.py ─► Assistant
"""

from __future__ import annotations

import asyncio
import errno
import gc
import ipaddress
import logging
import socket
import threading
import time
import webbrowser
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import uvicorn
from fastapi import APIRouter, FastAPI, HTTPException
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from index import BelegError
from index.library import Library, unknown_article
from rag.feedback import FeedbackFile
from ui.texts import Language
from ui.web.api import Endpoints
from ui.web.articles import Catalogue, Selection
from ui.web.assets import page, page_head
from ui.web.auth import LoginGate, Logins, login_page, login_routes, open_logins, texts_of
from ui.web.bodies import Bodies
from ui.web.connections import OTHER_FILES, Connection, raise_file_limit
from ui.web.library_tab import SharedLibrary
from ui.web.limits import USER, Limits, QuestionLimit, default_limits, is_loopback
from ui.web.mcp import mcp_is_installed, mcp_routes, mcp_server
from ui.web.origin import OwnPages, SessionOwners
from ui.web.originals import Originals
from ui.web.page import build_app
from ui.web.pages import Pages
from ui.web.policy import SecurityHeaders
from ui.web.routes import malformed, program_routes
from ui.web.tasks import Work, follow
from ui.web.uploads import Uploads, folder, upload_route

if TYPE_CHECKING:
    import gradio as gr

    from rag import Assistant
    from ui.web.queue import FairQueue

PORTS_TRIED = 100
SYSTEM_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Arial", "sans-serif")
OPEN_TO_ALL = (
    "Anyone who reaches this machine may read its articles and ask: it listens on {host}, without login. "
    "To let in whom you know: beleg user add NAME, then beleg chat --login --host {host}"
)
# Any will do: the first question makes the model read its weights and the reader load.
WARMING_QUESTION = "What is this about?"
SECONDS_TO_END = 1
# Connections that the system keeps until they are accepted, and how many are accepted at once, before they are counted:
# some turns of the loop go by until one that makes room is closed, and all these are open files.
BACKLOG = 1024
ACCEPTED_AT_ONCE = 16
QUEUE = "/gradio_api/queue/join"
# How often to look for results that nobody has collected and uploads that nobody has read.
SECONDS_BETWEEN_SWEEPS = 60
# Sessions that Gradio keeps, each of some 170 KB, and of a user's own articles.
MOST_SESSIONS = 2000
# Addresses reserved for documentation (RFC 5737, RFC 3849). Asking for the way there sends nothing.
_ELSEWHERE = {4: (socket.AF_INET, "192.0.2.1"), 6: (socket.AF_INET6, "2001:db8::1")}


def launch(
    assistant: Assistant,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = False,
    *,
    examples: Mapping[Language, Sequence[str]] | None = None,
    users: str | Path | None = None,
    allowed_hosts: Sequence[str] = (),
    limits: Limits | None = None,
    feedback: Path | None = None,
    library: Path | None = None,
    editors: Sequence[str] = (),
    block: bool = True,
    say: Callable[[str], object] = print,
) -> Server:
    """Serve the web chat. With `block`, serve until Ctrl-C or SIGTERM, and then raise KeyboardInterrupt.

    Args:
        assistant: answers the questions.
        host: the address to listen on; the default can be reached from this machine only.
        port: the first port to try; if it is taken, the next free one is used and printed. 0 takes any.
        open_browser: open the page in the user's browser.
        examples: as for `build_app`.
        users: a users file, as `beleg user add` writes it: only they are let in, by name and password. None: anyone.
        allowed_hosts: names by which the chat is reached besides `host`, as `OwnPages` takes them: a proxy's.
        limits: how much anyone may ask; None: as `default_limits` says.
        feedback: the file that keeps what users say of answers; None shows no thumbs.
        library: the index folder that the assistant was opened from, where articles are kept, named and removed for
            good; None shows no library.
        editors: the users who may do that; "*" is anyone. None named: anyone where nobody else can reach the chat, and
            else nobody.
        block: False returns at once.
        say: takes the lines meant for the user.

    Raises:
        BelegError: no port from `port` on is free, `host` is no address of this machine, or the users file or the file
            of feedback cannot be used.
        RuntimeError: with `block`: the server ended by itself.
    """
    is_alone = users is None and not allowed_hosts and is_loopback(host)
    limits = limits or default_limits(host, login=users is not None or bool(allowed_hosts))
    if users is None and not is_alone:
        say(OPEN_TO_ALL.format(host=host))
    listening = _listen(host, port)
    originals = Originals(assistant, folder.open())
    free = listening.getsockname()[1]
    try:
        if port not in (0, free):
            say(f"Port {port} is taken; using {free}.")
        logins = open_logins(Path(users), limits, free) if users is not None else None
        limit = QuestionLimit(limits)
        uploads = Uploads(limits.upload_bytes)
        work = Work()
        drawn = Pages(originals)
        shared = shared_library(library, assistant, editors, is_alone=is_alone)
        kept_in = FeedbackFile(feedback) if feedback else None
        blocks = build_app(assistant, examples, limit, kept_in, uploads, work, drawn, shared)
        owners = SessionOwners()
        queue = _fair_queue(blocks, limits, owners)
        readiness = Readiness(assistant)
        tools = mcp_server(Endpoints(assistant, work), limit, queue.turn) if mcp_is_installed() else None
        pages = Middleware(OwnPages, host=host, allowed=allowed_hosts, login=logins is not None)
        catalogue = Catalogue(assistant)
        routes = program_routes(partial(_endpoints, assistant, catalogue, work), assistant, limit, queue.turn)
        app = _app(blocks, limits, readiness, uploads, owners, pages, logins, tools, routes, drawn)
        server = Server(app, blocks, listening, host, work, drawn)
    except BaseException:
        listening.close()
        folder.close()
        raise
    threading.Thread(target=readiness.warm_up, name="warm up", daemon=True).start()
    threading.Thread(target=follow, args=(assistant, work), name="follow the index", daemon=True).start()
    say(f"Beleg: {server.url}")
    if elsewhere := urls_from_elsewhere(host, free):
        say(f"From other machines, where the firewall lets them: {' or '.join(elsewhere)}")
    if open_browser:
        webbrowser.open(server.url)
    if block:
        try:
            server.wait()
        finally:
            server.close()
    return server


class Server:
    """A web chat that is being served, by uvicorn in a thread of its own.

    Attributes:
        app: the FastAPI app.
        blocks: the page, Gradio's part of it.
        url: the page's address, with a slash at its end.
        port: the port in it.
    """

    def __init__(
        self, app: FastAPI, blocks: gr.Blocks, listening: socket.socket, host: str, work: Work, drawn: Pages
    ) -> None:
        self.app, self.blocks, self._work, self._drawn = app, blocks, work, drawn
        self._is_closed = False
        self.port: int = listening.getsockname()[1]
        shown = "localhost" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host  # noqa: S104
        self.url = f"http://{shown}:{self.port}/"
        Connection.most = raise_file_limit() - OTHER_FILES
        config = uvicorn.Config(
            app,
            log_level="warning",
            http=Connection,
            ws="none",
            backlog=ACCEPTED_AT_ONCE,
            timeout_graceful_shutdown=SECONDS_TO_END,
        )
        self._uvicorn = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._uvicorn.run, args=([listening],), name="web chat", daemon=True)
        self._thread.start()
        while not self._uvicorn.started:
            if not self._thread.is_alive():
                raise BelegError("the web chat did not start. What went wrong is in the lines above.", "not-started")
            time.sleep(0.01)
        # asyncio has told the system of no more than it accepts at once.
        listening.listen(BACKLOG)

    def wait(self) -> None:
        """Return never; raises RuntimeError where the server ends without `close`."""
        self._thread.join()
        raise RuntimeError("the web chat has ended by itself; what went wrong is in the lines above")

    def close(self) -> None:
        """Stop serving. Requests have a second to end, and what computes has another one."""
        until = time.monotonic() + 2 * SECONDS_TO_END
        self._work.end()
        # Gradio's streams end only when they are told to, and uvicorn waits for them.
        self.blocks.close(verbose=False)
        log = logging.getLogger("uvicorn.error")
        log.addFilter(_nothing)
        self._uvicorn.should_exit = True
        self._thread.join(until - time.monotonic())
        if not self._thread.is_alive():
            log.removeFilter(_nothing)
        self._work.wait(until)
        if not self._is_closed:
            self._is_closed = True
            self._drawn.close()
            folder.close()


def shared_library(
    place: Path | None, assistant: Assistant, editors: Sequence[str], *, is_alone: bool
) -> SharedLibrary | None:
    """Return what users may change, by who may; `launch` says who that is. None where there is no library."""
    if place is None:
        return None
    everyone = "*" in editors or (is_alone and not editors)
    return SharedLibrary(Library(place), assistant, None if everyone else frozenset(editors))


def _nothing(record: logging.LogRecord) -> bool:
    """Let no record through: that requests are cut off is what closing a server does."""
    return False


class Readiness:
    """Whether a first question has been answered.

    Attributes:
        status: "warming up", then "ready", or "failed" where that question was not answered.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.status = "warming up"

    def warm_up(self) -> None:
        """Ask a first question, so that no user waits for what is loaded with it."""
        try:
            self._assistant.ask(WARMING_QUESTION)
            leave_out_of_collections()
            self.status = "ready"
        except Exception:
            logging.getLogger(__name__).exception("The first question was not answered.")
            self.status = "failed"

    def response(self) -> Response:
        """Return what /health answers: 200 when ready, 503 before."""
        said = {"status": self.status, "version": version("beleg"), "articles": len(self._assistant.articles)}
        return JSONResponse(said, 200 if self.status == "ready" else 503, {"Cache-Control": "no-store"})


@cache
def leave_out_of_collections() -> None:
    """Let no collection of garbage look at what is there now, once in a process: libraries and the model stay.

    They are half a million objects. To look at them takes a second, in which no thread does anything else, and it was
    done several times while a long text was read: that took three times as long.
    """
    gc.collect()
    gc.freeze()


def _fair_queue(blocks: gr.Blocks, limits: Limits, owners: SessionOwners) -> FairQueue:
    """Give a page its queue."""
    from ui.web.queue import FairQueue

    # Nothing goes round the queue.
    blocks.queue(api_open=False)
    blocks._queue = FairQueue(blocks, limits, owners)
    return blocks._queue


def _app(
    blocks: gr.Blocks,
    limits: Limits,
    readiness: Readiness,
    uploads: Uploads,
    owners: SessionOwners,
    pages: Middleware,
    logins: Logins | None,
    tools: Any,
    routes: APIRouter,
    drawn: Pages,
) -> FastAPI:
    """Return the app with every route; `pages` says whose pages may ask, and `tools` is the MCP server.

    `routes` are those for programs.
    """
    import gradio as gr

    middleware = [Middleware(SecurityHeaders), pages]
    if logins:
        middleware.append(Middleware(LoginGate, logins=logins))
    middleware.append(Middleware(Bodies, most_bytes=limits.upload_bytes, uploads=uploads, owners=owners))

    async def expire() -> None:
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_SWEEPS)
            blocks._queue.expire()  # type: ignore[attr-defined]
            await run_in_threadpool(uploads.forget_old)
            await run_in_threadpool(drawn.close_unused)

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(expire())
        async with tools.session_manager.run() if tools else nullcontext():
            yield
        sweeping.cancel()

    app = FastAPI(middleware=middleware, lifespan=running, openapi_url=None, docs_url=None, redoc_url=None)

    @app.api_route("/health", methods=["GET", "HEAD"])
    async def health() -> Response:
        return readiness.response()

    @app.api_route("/", methods=["GET", "HEAD"])
    def index(request: Request) -> Response:
        user = request.scope.get(USER)
        if logins and not user:
            return login_page(request)
        return page(gradios_page(request, user, deep_link=request.query_params.get("deep_link", "")), request)

    @app.exception_handler(RequestValidationError)
    async def malformed_request(request: Request, error: RequestValidationError) -> Response:
        return malformed(error.errors()[0])

    app.include_router(routes)
    if logins:
        app.include_router(login_routes(logins))
    if tools:
        app.router.routes.extend(mcp_routes(tools))
    blocks.state_session_capacity = MOST_SESSIONS
    gr.mount_gradio_app(
        app,
        blocks,
        "/",
        # Gradio calls it on some of its paths only; the gate has closed the others.
        auth_dependency=(lambda request: request.scope.get(USER)) if logins else None,
        app_kwargs={"exception_handlers": {503: _queue_full}},
        show_error=False,
        ssr_mode=False,
        run_history=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        max_file_size=limits.upload_bytes,
        footer_links=[],
        theme=gr.themes.Base(font=list(SYSTEM_FONTS), font_mono=["ui-monospace", "monospace"]),
        # Not css=, which Gradio rewrites so that each rule stands twice.
        head=page_head(),
    )
    gradios = cast(Any, cast(Mount, app.routes[-1]).app)
    # `blocks.close` tells this app to end its streams.
    blocks.app = gradios
    # What is mounted at / takes every path that no route before it has.
    app.router.routes[:0] = [upload_route(uploads, Path(gradios.uploaded_file_dir)), *drawn.routes()]
    gradios_page = next(route.endpoint for route in gradios.routes if isinstance(route, Route) and route.path == "/")
    return app


def _endpoints(assistant: Assistant, catalogue: Catalogue, work: Work, article_id: str) -> Endpoints:
    """Return what answers about one article, or about all for ""."""
    if not article_id:
        return Endpoints(assistant, work)
    if article_id not in assistant.index.article_rows:
        raise unknown_article(article_id)
    return Endpoints(catalogue.assistant(Selection(scope="one", open_id=article_id)), work)


async def _queue_full(request: Request, error: HTTPException) -> Response:
    """Answer a browser in its language with 429.

    Gradio's page has words of its own for 503, in English, and shows those of any other status as they are. Programs
    get the 503, which Gradio's client for Python knows.
    """
    if "accept-language" not in request.headers or request.scope["path"].rstrip("/") != QUEUE:
        return await http_exception_handler(request, error)
    return JSONResponse({"detail": texts_of(request)("chat.queue_full")}, 429)


def _listen(host: str, first: int) -> socket.socket:
    """Return a socket that listens on the first free port from this one on."""
    for port in range(first, min(first + PORTS_TRIED, 65536)):
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            listening = socket.create_server(address, family=family)
            # For the connections that it accepts, for which asyncio does not: the second part of an answer would wait
            # 40 ms for the browser to acknowledge the first.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return listening
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                said = f"cannot listen on {host!r}. Expected an address of this machine."
                raise BelegError(said, "host-foreign", host=host) from error
    said = f"no port from {first} to {port} is free on {host}. Name another with --port."
    raise BelegError(said, "no-port-free", first=str(first), last=str(port), host=host)


def urls_from_elsewhere(host: str, port: int) -> list[str]:
    """Return the addresses to type on another machine, by number first; none where `host` is one address itself."""
    try:
        everywhere = ipaddress.ip_address(host)
    except ValueError:
        return []
    if not everywhere.is_unspecified:
        return []
    found = [_own_address(*_ELSEWHERE[everywhere.version])]
    if everywhere.version == 4:
        # A server on :: answers IPv6 only, and a machine's name mostly stands for an IPv4 address.
        found.append(socket.gethostname())
    return [f"http://{one}:{port}/" for one in found if one not in ("", "localhost")]


def _own_address(family: socket.AddressFamily, there: str) -> str:
    """Return the address that this machine would call another from, as a URL has it; "" where there is no way."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((there, 9))
            address = ipaddress.ip_address(probe.getsockname()[0].partition("%")[0])
    except OSError:
        return ""
    if address.is_loopback or address.is_link_local or address.is_unspecified:
        return ""
    return f"[{address}]" if address.version == 6 else str(address)
